import Testing

@testable import Encode

/// Which proxy an error names.
@Suite struct ProxyTests {
  func words(_ url: String, _ variables: [String: String]) throws -> String? {
    let origin = try #require(Origin(of: url))
    return Proxy.words(for: origin, Environment { variables[$0] })
  }

  @Test func itIsNamedWithoutItsPassword() throws {
    for value in ["http://me:canary@gate:3128/", "me:canary@gate:3128", "http://me:c@n@gate:3128"] {
      #expect(
        try words("http://h/x", ["http_proxy": value]) == "the proxy gate:3128 of http_proxy")
    }
  }

  @Test func eachSchemeHasItsOwn() throws {
    let variables = ["HTTPS_PROXY": "a:1", "all_proxy": "socks5://b:2"]
    #expect(try words("https://h/x", variables) == "the proxy a:1 of HTTPS_PROXY")
    #expect(try words("http://h/x", variables) == "the proxy b:2 of all_proxy")
    #expect(try words("http://h/x", ["HTTP_PROXY": "a:1"]) == nil)
  }

  @Test(arguments: ["*", "h.org", ".h.org", "a, h.org,b"]) func someHostsAreExempt(list: String)
    throws
  {
    let variables = ["http_proxy": "a:1", "no_proxy": list]
    #expect(try words("http://www.h.org/x", variables) == nil)
    #expect(
      try words("http://i.org/x", variables) == (list == "*" ? nil : "the proxy a:1 of http_proxy"))
  }

  @Test func whatLibcurlSaysIsToldWithoutPasswords() {
    #expect(
      Proxy.withoutCredentials("Unsupported proxy syntax in 'http://me:canary@gate:x': bad")
        == "Unsupported proxy syntax in 'http://gate:x': bad")
  }
}
