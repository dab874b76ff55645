import Glibc
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1 that can misbehave as real ones do. One request a connection.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    let path: String
    /// The first byte asked for by `Range: bytes=N-`; nil without a range.
    let rangeStart: Int?
    /// How many requests for this path came before.
    let earlier: Int
  }

  struct Response: Sendable {
    var status = 200
    var headers: [String] = []
    var body: [UInt8] = []
    /// The length told; the body's own if nil. Negative: none is told.
    var announced: Int?
    /// Says nothing more after the body, but keeps the connection for so many seconds.
    var stalls: UInt32 = 0

    /// The whole of a file, or the part that was asked for.
    static func serve(_ bytes: [UInt8], _ request: Request) -> Response {
      guard let start = request.rangeStart else { return Response(body: bytes) }
      guard start < bytes.count else {
        return Response(status: 416, headers: ["Content-Range: bytes */\(bytes.count)"])
      }
      return Response(
        status: 206,
        headers: ["Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
        body: Array(bytes[start...]))
    }
  }

  let port: UInt16
  private let listener: Int32
  private let log = Mutex<[Request]>([])
  private let answer: @Sendable (Request) -> Response

  init(_ answer: @escaping @Sendable (Request) -> Response) throws {
    self.answer = answer
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isBound else { throw POSIXFailure(code: errno) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.start { [self] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        Thread.start { self.serve(connection) }
      }
    }
  }

  struct POSIXFailure: Error { let code: Int32 }

  /// Ends the server; its threads leave at their next call.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  var requests: [Request] { log.withLock { $0 } }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while head.suffix(4) != [13, 10, 13, 10] {
      guard head.count < 16_384, recv(connection, &byte, 1, 0) == 1 else { return }
      head.append(byte)
    }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let path = String(lines[0].split(separator: " ")[1].dropFirst())
    var start: Int?
    for line in lines where line.lowercased().hasPrefix("range: bytes=") {
      start = Int(line.dropFirst(13).prefix { $0 != "-" })
    }
    let request = log.withLock { log in
      let request = Request(
        path: path, rangeStart: start, earlier: log.filter { $0.path == path }.count)
      log.append(request)
      return request
    }
    let response = answer(request)
    var text = "HTTP/1.1 \(response.status) X\r\nConnection: close\r\n"
    for header in response.headers { text += header + "\r\n" }
    let length = response.announced ?? response.body.count
    if length >= 0 { text += "Content-Length: \(length)\r\n" }
    let bytes = Array((text + "\r\n").utf8) + response.body
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(
          connection, $0.baseAddress.map { $0 + sent }, bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
    if response.stalls > 0 { sleep(response.stalls) }
  }
}

/// A thread for each task: the server's calls block, which would exhaust a shared pool.
enum Thread {
  private final class Task {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let task = Unmanaged.passRetained(Task(body)).toOpaque()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Task>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, task)
    pthread_detach(thread)
  }
}
