/// A provider's list of digests, as md5sum writes it: `digest  path`, or `digest *path`, one file a line.
struct DigestList {
  /// Digests by the whole path, without a leading `./`.
  private var digests: [Substring: Substring] = [:]
  /// By the last part of the path; nil where several paths end in it.
  private var byName: [Substring: Substring?] = [:]

  init(_ text: [UInt8]) {
    for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let fields = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      guard fields.count == 2, fields[0].utf8.count == 32, fields[0].allSatisfy(\.isHexDigit) else {
        continue
      }
      var path = fields[1].drop { $0 == " " || $0 == "*" }
      if path.hasPrefix("./") { path = path.dropFirst(2) }
      digests[path] = fields[0]
      let name = path.split(separator: "/").last ?? path
      byName[name] = byName[name] == nil ? fields[0] : .some(nil)
    }
  }

  /// How many files it lists.
  var count: Int { digests.count }

  /// The digest of a file at an address: of the longest path in the list that ends the address.
  func md5(of url: String) -> String? {
    let parts = url.split(separator: "/")
    for start in parts.indices {
      if let digest = digests[Substring(parts[start...].joined(separator: "/"))] {
        return digest.lowercased()
      }
    }
    guard let name = parts.last, let digest = byName[name] ?? nil else { return nil }
    return digest.lowercased()
  }
}
