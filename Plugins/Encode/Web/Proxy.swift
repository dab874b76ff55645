/// The proxy that libcurl takes for an address, as people may read it.
///
/// libcurl decides by itself (https://curl.se/libcurl/c/CURLOPT_PROXY.html); this says what it decided, so that an
/// error can name whom to suspect.
enum Proxy {
  /// "the proxy HOST:PORT of VARIABLE", without user name and password; nil where there is none.
  static func words(for origin: Origin, _ environment: Environment = .ofProcess) -> String? {
    // HTTP_PROXY in capitals is not read: a CGI request could set it.
    let names =
      origin.scheme == "https"
      ? ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
      : ["http_proxy", "all_proxy", "ALL_PROXY"]
    for name in names {
      guard let value = environment[name] else { continue }
      if isExempt(origin.host, environment["no_proxy"] ?? environment["NO_PROXY"] ?? "") {
        return nil
      }
      let place = withoutCredentials(value).split(separator: "/", omittingEmptySubsequences: true)
      let host = place.first { !$0.hasSuffix(":") } ?? ""
      return "the proxy \(host) of \(name)"
    }
    return nil
  }

  private static func isExempt(_ host: String, _ list: String) -> Bool {
    list.split(whereSeparator: { ", ".contains($0) }).contains { entry in
      let entry = entry.lowercased()
      let name = entry.hasPrefix(".") ? String(entry.dropFirst()) : entry
      return entry == "*" || host == name || host.hasSuffix("." + name)
    }
  }

  /// Text of libcurl's in which whatever stands before an `@`, up to a quote, slash or space, is left out.
  static func withoutCredentials(_ text: String) -> String {
    var result = ""
    for character in text {
      if character == "@" {
        while let last = result.last, !" '\"/".contains(last) { result.removeLast() }
      } else {
        result.append(character)
      }
    }
    return result
  }
}
