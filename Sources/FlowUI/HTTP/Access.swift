import Files
import Glibc

/// Who may read: a browser that was once given the token, and that means this very address.
///
/// A page of another site cannot read here: it does not know the token, its requests carry no cookie
/// (`SameSite=Strict`), and a name of its own that it lets point to 127.0.0.1 ("DNS rebinding") stands in `Host`.
public struct Access: Sendable {
  /// 128 random bits in hexadecimal: part of the address that the user opens.
  public let token: String
  /// What the cookie holds: not the token, which stays in a terminal's scrollback.
  private let session: String
  private let port: Int

  /// - Parameter port: where the site is served; cookies do not tell ports apart, so its name does.
  public init(port: Int) {
    token = Self.secret()
    session = Self.secret()
    self.port = port
  }

  /// What to answer to a request that may not read; nil where it may.
  func refusal(of request: Request) -> Reply? {
    let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
    guard let host = request.headers["host"], hosts.contains(host.lowercased()) else {
      return .text(421, "This site is at http://127.0.0.1:\(port)/ and answers to no other name.")
    }
    guard request.method == "GET" || request.method == "HEAD" else {
      return Reply(
        status: 405, type: "text/plain; charset=utf-8", body: Array("Only to be read.\n".utf8),
        headers: ["Allow": "GET, HEAD"])
    }
    if let cookie = request.cookie(cookieName), isEqual(cookie, session) { return nil }
    guard let given = request.query["token"], isEqual(given, token) else {
      return .text(
        403, "Open the address that `flow ui` printed: it holds the token that is missing here.")
    }
    return welcome(to: request)
  }

  private var cookieName: String { "flow-ui-\(port)" }

  /// Hands out the cookie and goes on to the address without the token. A page that goes on by itself rather than a
  /// redirection: after a link in another site a browser would not send the cookie along with that.
  private func welcome(to request: Request) -> Reply {
    let path = "/" + request.path.map(URLText.encoded).joined(separator: "/")
    let page = """
      <!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=\(path)">
      <title>flow</title><p><a href="\(path)">Go on</a></p></html>
      """
    return Reply(
      type: "text/html; charset=utf-8", body: Array(page.utf8),
      headers: ["Set-Cookie": "\(cookieName)=\(session); Path=/; HttpOnly; SameSite=Strict"])
  }

  /// Takes as long for a wrong first letter as for a wrong last one.
  private func isEqual(_ one: String, _ other: String) -> Bool {
    guard one.utf8.count == other.utf8.count else { return false }
    return zip(one.utf8, other.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func secret() -> String {
    // The system's generator, which on Linux is getrandom(2).
    var generator = SystemRandomNumberGenerator()
    return hexadecimal((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }
}
