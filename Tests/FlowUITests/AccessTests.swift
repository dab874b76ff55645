import FlowTesting
import Testing

@testable import FlowUI

/// Who may read the pages.
@Suite struct AccessTests {
  private let directory: TemporaryDirectory
  private let access = Access(port: 8470)
  private let site: Site

  init() throws {
    directory = try TemporaryDirectory()
    site = Site(stateDirectory: directory.at("none"), access: access)
  }

  private func reply(
    _ target: String, method: String = "GET", host: String? = "127.0.0.1:8470",
    cookie: String? = nil
  ) -> Reply {
    var headers: [String: String] = [:]
    headers["Host"] = host
    headers["Cookie"] = cookie
    return site.reply(to: Request(method: method, target: target, headers: headers))
  }

  private func cookie() throws -> String {
    let set = try #require(reply("/?token=\(access.token)").headers["Set-Cookie"])
    return String(set.prefix { $0 != ";" })
  }

  @Test(
    "Without the token nothing is given out, not even the script",
    arguments: [
      "/", "/flow.js", "/runs/x", "/?token=", "/?token=00000000000000000000000000000000",
    ])
  func withoutToken(_ target: String) {
    #expect(reply(target).status == 403)
  }

  @Test func aCookieOfAnotherSiteIsNoCookie() throws {
    #expect(reply("/", cookie: "flow-ui-8470=\(access.token)").status == 403)
    #expect(reply("/", cookie: "flow-ui-8470=").status == 403)
    #expect(reply("/", cookie: "flow-ui-1=\(try cookie())").status == 403)
  }

  @Test func theTokenGivesACookieThatScriptsAndOtherSitesDoNotGet() throws {
    let welcome = reply("/runs/a%20b?token=\(access.token)")
    let set = try #require(welcome.headers["Set-Cookie"])
    #expect(set.hasSuffix("; Path=/; HttpOnly; SameSite=Strict"))
    #expect(!set.contains(access.token))
    let page = String(decoding: welcome.body, as: UTF8.self)
    #expect(page.contains("url=/runs/a%20b\""), "it goes on to the page that was asked for")
    #expect(!page.contains(access.token), "and leaves the token behind")
  }

  @Test func withTheCookieAllIsRead() throws {
    #expect(reply("/", cookie: "other=1; \(try cookie())").status == 200)
    #expect(reply("/flow.css", cookie: try cookie()).status == 200)
  }

  @Test(
    "Another name for 127.0.0.1 is refused, with token and cookie",
    arguments: [
      nil, "evil.example:8470", "127.0.0.1", "127.0.0.1:8471", "localhost.evil.example:8470", "",
    ] as [String?])
  func rebinding(_ host: String?) throws {
    #expect(reply("/?token=\(access.token)", host: host, cookie: try cookie()).status == 421)
  }

  @Test func localhostIsAName() throws {
    #expect(reply("/", host: "LocalHost:8470", cookie: try cookie()).status == 200)
  }

  @Test("Nothing can be changed", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
  func onlyReading(_ method: String) throws {
    #expect(reply("/", method: method, cookie: try cookie()).status == 405)
  }

  @Test func eachSiteHasSecretsOfItsOwn() {
    #expect(Access(port: 8470).token != access.token)
    #expect(access.token.utf8.count == 32)
  }

  @Test func noPageMayLoadWhatIsNotItsOwn() throws {
    let page = reply("/", cookie: try cookie())
    let policy = try #require(page.headers["Content-Security-Policy"])
    #expect(policy.hasPrefix("default-src 'none'"))
    #expect(!policy.contains("unsafe"))
    #expect(page.headers["X-Frame-Options"] == "DENY")
    #expect(page.headers["Referrer-Policy"] == "no-referrer")
  }
}

@Suite struct RequestTests {
  @Test func thePathIsDecodedInItsParts() {
    let request = Request(
      method: "GET", target: "/runs/a%2Fb/%ff%zz?find=x+y%26z&flag&=", headers: [:])
    #expect(request.path == ["runs", "a/b", "\u{FFFD}%zz"])
    #expect(request.query["find"] == "x y&z")
    #expect(request.query["flag"] == "")
  }

  @Test(arguments: ["plain", "a b&c=d?e#f/g%", "データ", "\u{0}\n\u{202E}"])
  func whatIsEncodedIsDecodedAgain(_ text: String) {
    let encoded = URLText.encoded(text)
    #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
    #expect(URLText.decoded(encoded) == text)
  }
}
