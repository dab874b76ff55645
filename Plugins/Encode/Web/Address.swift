/// The URL of a file to fetch; `s3://BUCKET/KEY` is read as the https address of a public bucket
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
struct Address: Equatable {
  struct Fault: Error { let reason: String }

  /// The absolute URL.
  let text: String

  /// - Parameters:
  ///   - text: a URL of scheme file, http, https or s3, or a path.
  ///   - directory: where relative paths begin, absolute.
  init(_ text: String, from directory: String) throws(Fault) {
    guard text.utf8.count <= 8192, text.utf8.allSatisfy({ $0 > 0x1F && $0 != 0x7F }) else {
      throw Fault(reason: "the url is too long or has control characters")
    }
    guard let end = text.firstRange(of: "://")?.lowerBound else {
      let path = text.hasPrefix("/") ? text : "\(directory)/\(text)"
      self.text = "file://" + Self.escaped(path)
      return
    }
    let scheme = text[..<end].lowercased()
    if scheme == "s3" {
      self.text = try Self.publicBucket(text[end...].dropFirst(3))
      return
    }
    guard ["file", "http", "https"].contains(scheme) else {
      throw Fault(
        reason: "the scheme '\(scheme.prefix(20))' is not supported; use https, http or file")
    }
    let rest = text[end...].dropFirst(3)
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else {
      throw Fault(
        reason:
          "the url holds a user name or password, which would be kept in the provenance record")
    }
    guard scheme == "file" || !authority.isEmpty else {
      throw Fault(reason: "the url has no host")
    }
    guard !rest.contains(" ") else {
      throw Fault(reason: "the url has a space in it; write it as %20")
    }
    self.text = "\(scheme)://\(rest)"
  }

  private static func publicBucket(_ place: Substring) throws(Fault) -> String {
    let bucket = place.prefix { $0 != "/" }
    let key = String(place.dropFirst(bucket.count + 1))
    let isHostName = bucket.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
    }
    guard !bucket.isEmpty, isHostName, !key.isEmpty else {
      throw Fault(
        reason:
          "'s3://\(place.prefix(80))' is no place in a bucket that https can name; write its https address"
      )
    }
    return "https://\(bucket).s3.amazonaws.com/\(escaped(key))"
  }

  /// The last component of the path, percent-decoding undone only where there is none: an escaped name is
  /// left as it is and refused later.
  var lastComponent: String {
    let path = text.prefix { $0 != "?" && $0 != "#" }
    return path.split(separator: "/").last.map(String.init) ?? ""
  }

  /// The path of a local file, percent-decoding undone; nil for any other scheme.
  static func localPath(of url: String) -> String? {
    guard url.hasPrefix("file://") else { return nil }
    let rest = url.dropFirst(7).prefix { $0 != "?" && $0 != "#" }
    var bytes: [UInt8] = []
    var text = rest.drop { $0 != "/" }.utf8
    while let byte = text.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(Substring(text.prefix(2)), radix: 16) {
        bytes.append(value)
        text = text.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A path with everything but letters, digits, `/`, `-`, `.`, `_` and `~` percent-encoded (RFC 3986).
  private static func escaped(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        text.unicodeScalars.append(UnicodeScalar(byte))
      default:
        text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return text
  }
}
