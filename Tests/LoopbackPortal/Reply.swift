/// What a route answers.
public struct Reply: Sendable {
  public var status = 200
  /// Lines "Name: value".
  public var headers: [String] = []
  public var body: StoredFile = .bytes([])
  /// The bytes of the body that are sent; all of them if nil.
  public var part: Range<Int>?
  /// The length told; that of what is sent if nil. Negative: none is told, and the connection ends with the body.
  public var announced: Int?
  /// Says nothing more after the body, but keeps the connection for so many seconds.
  public var stalls = 0.0
  /// Which bit of the body is another, as a position of a byte.
  var flipped: Int?

  public init(
    status: Int = 200, headers: [String] = [], body: [UInt8] = [], announced: Int? = nil,
    stalls: Double = 0
  ) {
    self.status = status
    self.headers = headers
    self.body = .bytes(body)
    self.announced = announced
    self.stalls = stalls
  }

  /// A JSON document.
  public static func json(_ text: String, status: Int = 200) -> Reply {
    Reply(status: status, headers: ["Content-Type: application/json"], body: Array(text.utf8))
  }

  /// The whole of some bytes, or the part that was asked for.
  public static func serve(_ bytes: [UInt8], _ request: Request) -> Reply {
    serve(.bytes(bytes), request)
  }

  /// The whole of a file, or the part that was asked for (RFC 9110, 13.1.5 and 14).
  ///
  /// - Parameter tag: its ETag without quotes.
  public static func serve(
    _ file: StoredFile, _ request: Request, tag: String? = nil, ignoresRange: Bool = false
  ) -> Reply {
    var reply = Reply()
    let count = file.count
    reply.body = file
    reply.headers.append("Accept-Ranges: bytes")
    if let tag { reply.headers.append("ETag: \"\(tag)\"") }
    var start = ignoresRange ? nil : request.rangeStart
    if let condition = request.header("if-range"), condition != tag.map({ "\"\($0)\"" }) {
      start = nil
    }
    guard let start else { return reply }
    guard start < count else {
      return Reply(status: 416, headers: ["Content-Range: bytes */\(count)"])
    }
    let end = min(request.rangeEnd.map { $0 + 1 } ?? count, count)
    reply.status = 206
    reply.part = start..<max(start, end)
    reply.headers.append("Content-Range: bytes \(start)-\(end - 1)/\(count)")
    return reply
  }
}
