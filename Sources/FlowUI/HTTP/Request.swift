/// What a browser asks for.
public struct Request: Sendable {
  public var method: String
  /// The parts of the path between its slashes, percent-decoded.
  public var path: [String]
  /// As in the address, with its query: to lead back to it.
  public var target: String
  public var query: [String: String]
  /// By lower-case name.
  public var headers: [String: String]

  /// - Parameters:
  ///   - target: path and query as they stand in the request line.
  ///   - headers: by name, of whatever case.
  public init(method: String, target: String, headers: [String: String]) {
    self.method = method
    self.target = target
    self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { _, last in last }
    let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = (halves.first ?? "").split(separator: "/").map { URLText.decoded($0) }
    query = [:]
    for field in (halves.count > 1 ? halves[1] : "").split(separator: "&").prefix(32) {
      let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[URLText.decoded(pair[0])] = pair.count > 1 ? URLText.decoded(pair[1]) : ""
    }
  }

  /// The value of a cookie (RFC 6265, section 5.4).
  func cookie(_ name: String) -> String? {
    for pair in (headers["cookie"] ?? "").split(separator: ";") {
      let trimmed = pair.drop { $0 == " " }
      if trimmed.hasPrefix("\(name)=") { return String(trimmed.dropFirst(name.count + 1)) }
    }
    return nil
  }
}

/// Percent-encoding (RFC 3986, section 2.1).
enum URLText {
  /// `text` with what is encoded decoded, `+` as the space that forms make of it; what is no UTF-8 is shown as such.
  static func decoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "+") {
        bytes.append(UInt8(ascii: " "))
      } else if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `text` as a part of a path or a value of a query.
  static func encoded(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return encoded
  }
}
