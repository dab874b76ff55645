/// Whom a request goes to: scheme, host and port (RFC 6454). Keys and the count of requests belong to one.
struct Origin: Hashable, Sendable, CustomStringConvertible {
  let scheme: String
  let host: String
  let port: Int

  /// - Returns: nil where the text is no absolute http or https URL.
  init?(of url: String) {
    guard let mark = url.firstRange(of: "://") else { return nil }
    scheme = url[..<mark.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    var authority = url[mark.upperBound...].prefix { !"/?#\\".contains($0) }
    if let at = authority.lastIndex(of: "@") {
      authority = authority[authority.index(after: at)...]
    }
    var port = scheme == "https" ? 443 : 80
    // The colons of an IPv6 address stand in brackets.
    let afterBracket = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[afterBracket...].lastIndex(of: ":") {
      let digits = authority[authority.index(after: colon)...]
      if !digits.isEmpty {
        guard let number = Int(digits), (1...65535).contains(number) else { return nil }
        port = number
      }
      authority = authority[..<colon]
    }
    guard !authority.isEmpty else { return nil }
    host = authority.lowercased()
    self.port = port
  }

  /// Whether what is sent cannot be read on the way: https, or this very machine.
  var isPrivate: Bool {
    scheme == "https" || ["localhost", "127.0.0.1", "[::1]"].contains(host)
  }

  /// As in a URL; the scheme's own port is left out.
  var description: String {
    let isUsual = port == (scheme == "https" ? 443 : 80)
    return "\(scheme)://\(host)\(isUsual ? "" : ":\(port)")"
  }
}
