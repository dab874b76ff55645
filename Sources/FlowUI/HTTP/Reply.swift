import Files

/// What a browser gets.
public struct Reply: Sendable {
  public var status: Int
  public var headers: [String: String]
  public var body: [UInt8]

  init(status: Int = 200, type: String, body: [UInt8], headers: [String: String] = [:]) {
    self.status = status
    self.body = body
    self.headers = Self.always.merging(headers) { _, given in given }
    self.headers["Content-Type"] = type
  }

  static func text(_ status: Int, _ text: String) -> Reply {
    Reply(status: status, type: "text/plain; charset=utf-8", body: Array("\(text)\n".utf8))
  }

  /// A page, or only word that it is the same as when its reader got it last.
  static func page(_ markup: String, status: Int = 200, to request: Request) -> Reply {
    let tag = "\"\(StreamingHash.sha256(of: markup).prefix(32))\""
    guard request.headers["if-none-match"] != tag else {
      return Reply(
        status: 304, type: "text/html; charset=utf-8", body: [], headers: ["ETag": tag])
    }
    return Reply(
      status: status, type: "text/html; charset=utf-8", body: Array(markup.utf8),
      headers: ["ETag": tag])
  }

  /// No page may load or run anything that is not this site's own, be framed, or be kept by anyone.
  private static let always = [
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
      + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
  ]
}
