import FlowCore
import FlowUI
import FlyingFox
import FlyingSocks
import FoundationEssentials
import Glibc
import Synchronization

/// `flow-ui STATE_DIRECTORY [PORT]`: serves the site on 127.0.0.1. `flow ui` starts it.
@main
enum FlowUICommand {
  /// Where it is served unless told otherwise; another where this one is taken.
  private static let usualPort: UInt16 = 8470

  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard (1...2).contains(arguments.count) else {
      fail("usage: flow-ui STATE_DIRECTORY [PORT]", code: 2)
    }
    var ports = [usualPort, 0]
    if arguments.count == 2 {
      guard let port = UInt16(arguments[1]) else {
        fail("error: '\(arguments[1])' is no port", code: 2)
      }
      ports = [port]
    }
    boundMemory()
    for port in ports {
      do {
        try await serve(arguments[0], port: port)
      } catch {
        if port != ports.last { continue }
        var reason = "\(error)"
        if case SocketError.failed(_, _, let message) = error { reason = message }
        fail(
          "error: port \(port) of 127.0.0.1 cannot be used: \(reason)\n  fix: choose another with --port",
          code: 1)
      }
    }
  }

  /// - Throws: where the port is taken.
  private static func serve(_ stateDirectory: String, port: UInt16) async throws {
    let served = Served()
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: port), timeout: 30, logger: .disabled,
      handler: ClosureHTTPHandler { request in
        guard let site = served.site else { return HTTPResponse(statusCode: .serviceUnavailable) }
        return response(site.reply(to: Request(request)), to: request)
      })
    let running = Task {
      defer { served.hasEnded = true }
      try await server.run()
    }
    // It ends at once where the port is taken.
    while await !server.isListening, !served.hasEnded {
      try await Task.sleep(for: .milliseconds(2))
    }
    guard case .ip4(_, let bound)? = await server.listeningAddress else {
      return try await running.value
    }
    let access = Access(port: Int(bound))
    served.site = Site(stateDirectory: stateDirectory, access: access)
    say("http://127.0.0.1:\(bound)/?token=\(access.token)", on: STDOUT_FILENO)
    say(
      """
      reading \(Visible.cell(stateDirectory)), writing nothing; only this machine can open the address, and only with its token
      from another: ssh -L \(bound):127.0.0.1:\(bound) \(hostName())
      ctrl-c ends it
      """)
    try await running.value
  }

  /// What is served, once the port is known.
  private final class Served: Sendable {
    private let state = Mutex<(site: Site?, hasEnded: Bool)>((nil, false))

    var site: Site? {
      get { state.withLock { $0.site } }
      set { state.withLock { $0.site = newValue } }
    }

    var hasEnded: Bool {
      get { state.withLock { $0.hasEnded } }
      set { state.withLock { $0.hasEnded = newValue } }
    }
  }

  private static func response(_ reply: Reply, to request: HTTPRequest) -> HTTPResponse {
    var headers: HTTPHeaders = [:]
    for (name, value) in reply.headers { headers[HTTPHeader(name)] = value }
    return HTTPResponse(
      statusCode: HTTPStatusCode(reply.status, phrase: phrase(reply.status)), headers: headers,
      body: request.method == .HEAD ? Data() : Data(reply.body))
  }

  private static func phrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 304: "Not Modified"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 421: "Misdirected Request"
    default: "Service Unavailable"
    }
  }

  /// A request without end must not take the machine's memory.
  private static func boundMemory() {
    var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  }

  private static func say(_ words: String, on descriptor: Int32 = STDERR_FILENO) {
    let line = "\(words)\n"
    _ = write(descriptor, line, line.utf8.count)
  }

  private static func fail(_ words: String, code: Int32) -> Never {
    say(words)
    exit(code)
  }
}

extension Request {
  init(_ request: HTTPRequest) {
    var headers: [String: String] = [:]
    for (name, value) in request.headers { headers[name.rawValue] = value }
    self.init(
      method: request.method.rawValue, target: request.target.rawValue, headers: headers)
  }
}
