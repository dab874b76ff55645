import Glibc

/// One connection of HTTP/1.1: requests in, replies out, kept until one of the two is broken.
struct Connection: ~Copyable {
  private let socket: Int32
  private var buffer: [UInt8] = []

  init(_ socket: Int32) { self.socket = socket }

  /// The lines of the next request's head; nil at the connection's end.
  mutating func nextHead() -> [Substring]? {
    var searched = 0
    while true {
      if buffer.count >= 4 {
        for end in max(3, searched)..<buffer.count
        where buffer[end] == 10 && buffer[(end - 3)...end].elementsEqual([13, 10, 13, 10]) {
          let text = String(decoding: buffer[...end], as: UTF8.self)
          buffer.removeFirst(end + 1)
          return text.split(separator: "\r\n")
        }
        searched = buffer.count
      }
      guard buffer.count < 65_536 else { return nil }
      var bytes = [UInt8](repeating: 0, count: 8192)
      let count = recv(socket, &bytes, bytes.count, 0)
      guard count > 0 else { return nil }
      buffer += bytes[..<count]
    }
  }

  /// Sends a reply.
  ///
  /// - Parameter hasBody: false for HEAD.
  /// - Returns: the bytes of the body that were sent, and whether the connection may serve another request.
  func send(_ reply: Reply, hasBody: Bool) -> (sent: Int, isKept: Bool) {
    let part = reply.part ?? 0..<reply.body.count
    let length = reply.announced ?? part.count
    var text = "HTTP/1.1 \(reply.status) \(Self.words[reply.status] ?? "Other")\r\n"
    for header in reply.headers { text += header + "\r\n" }
    if length >= 0 { text += "Content-Length: \(length)\r\n" }
    let isWhole = length == part.count && reply.stalls == 0
    if !isWhole && length < 0 { text += "Connection: close\r\n" }
    text += "\r\n"
    // The head waits for the body's first bytes, so that both leave in one packet.
    var more: Int32 = hasBody && !part.isEmpty ? 1 : 0
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &more, 4)
    guard sendAll(text.utf8, to: socket) == text.utf8.count else { return (0, false) }
    guard hasBody else { return (0, true) }
    var sent = 0
    if let flipped = reply.flipped, part.contains(flipped), let byte = reply.body.byte(at: flipped)
    {
      sent += reply.body.send(part.lowerBound..<flipped, to: socket)
      sent += sendAll([byte ^ 1], to: socket)
      sent += reply.body.send(flipped + 1..<part.upperBound, to: socket)
    } else {
      sent = reply.body.send(part, to: socket)
    }
    more = 0
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &more, 4)
    if reply.stalls > 0 { usleep(UInt32(reply.stalls * 1e6)) }
    return (sent, isWhole && sent == part.count)
  }

  private static let words = [
    200: "OK", 206: "Partial Content", 307: "Temporary Redirect", 403: "Forbidden",
    404: "Not Found", 416: "Range Not Satisfiable", 429: "Too Many Requests",
    500: "Internal Server Error", 503: "Service Unavailable",
  ]
}
