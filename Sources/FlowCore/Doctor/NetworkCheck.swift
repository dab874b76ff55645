import Files

/// What steps that fetch need: certificates, and the proxy that they would take.
enum NetworkCheck {
  static var findings: [Finding] { [certificates] + proxies }

  /// Where distributions keep the certificates of authorities.
  private static let bundles = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
  ]

  private static var certificates: Finding {
    for name in ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
      guard let path = environment(name), !path.isEmpty else { continue }
      if Path.exists(path) { return .ok("certificates", "\(path), by \(name)") }
      return .warning(
        "certificates", "\(name) names \(path), which is not there", fix: "unset \(name)")
    }
    if let bundle = bundles.first(where: Path.exists) { return .ok("certificates", bundle) }
    return .warning(
      "certificates", "none were found: nothing can be fetched by https",
      fix: "apt-get install ca-certificates")
  }

  private static var proxies: [Finding] {
    ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"].compactMap { name in
      guard let value = environment(name), !value.isEmpty else { return nil }
      // What stands before the @ may be a password.
      let host = value.split(separator: "@").last.map(String.init) ?? ""
      return .ok("proxy", "\(host), by \(name)")
    }
  }
}
