import Files
import Glibc
import Synchronization

/// The ENCODE portal and its store in small, on 127.0.0.1, for tests and demonstrations.
///
/// Two ports, as the real ones are two hosts. The portal answers `/files/ID/@@download/NAME` with 307 to a presigned
/// address of the store that counts for some time; the store has the files, whole and by ranges. Routes of a
/// caller come first, for instance the portal's JSON. Some requests meet a `Fault`. Every exchange is recorded.
public final class LoopbackPortal: Sendable {
  public struct Settings: Sendable {
    /// The ports; 0 for one that is free.
    public var portalPort: UInt16 = 0
    public var storePort: UInt16 = 0
    public var faults = FaultPlan.none
    /// Seconds for which a presigned address counts.
    public var linkLifetime = 3600.0
    /// Seconds for which a stalled connection is kept.
    public var stall = 30.0
    /// Seconds that 429 and 503 ask for; nil to ask for none.
    public var retryAfter: Int?
    /// Where faults cut and flip is drawn from it.
    public var seed: UInt64 = 1

    public init() {}
  }

  /// Answers a request, or leaves it to the portal: nil.
  public typealias Route = @Sendable (Request) -> Reply?

  private struct Log {
    var exchanges: [Exchange] = []
    var counts: [String: Int] = [:]
  }

  private let settings: Settings
  private let find: @Sendable (String) -> StoredFile?
  private let route: Route
  private let log = Mutex(Log())
  private let start = LoopbackPortal.seconds()
  private let listeners = Mutex<[Request.Side: Listener]>([:])

  /// - Parameters:
  ///   - files: finds the store's file of a name.
  ///   - route: is asked first, for the portal and for the store.
  /// - Throws: an error in words where a port cannot be had.
  public init(
    _ settings: Settings = Settings(),
    files: @escaping @Sendable (_ name: String) -> StoredFile?,
    route: @escaping Route = { _ in nil }
  ) throws {
    self.settings = settings
    find = files
    self.route = route
    for (side, port) in [
      (Request.Side.portal, settings.portalPort), (.store, settings.storePort),
    ] {
      let listener = try Listener(port: port) { [weak self] in self?.serve($0, side) }
      listeners.withLock { $0[side] = listener }
    }
  }

  /// A portal that has no files but what its route answers.
  public convenience init(_ settings: Settings = Settings(), route: @escaping Route) throws {
    try self.init(settings, files: { _ in nil }, route: route)
  }

  /// The files of a directory by their names.
  public static func directory(_ path: String) -> @Sendable (String) -> StoredFile? {
    { name in
      guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"),
        (try? Path.kind("\(path)/\(name)")) == .file
      else { return nil }
      return .file("\(path)/\(name)")
    }
  }

  deinit { stop() }

  /// Ends the server and all its connections.
  public func stop() { listeners.withLock { for (_, one) in $0 { one.stop() } } }

  /// The portal's address, without a slash at its end.
  public var address: String { address(.portal) }

  /// The address of a side, without a slash at its end.
  public func address(_ side: Request.Side) -> String {
    "http://127.0.0.1:\(listeners.withLock { $0[side]?.port ?? 0 })"
  }

  /// The portal's address of a file: the one that redirects.
  public func download(_ name: String) -> String {
    "\(address)/files/\(name.prefix { $0 != "." })/@@download/\(name)"
  }

  /// The store's public address of a file.
  public func store(_ name: String) -> String { "\(address(.store))/\(name)" }

  /// All that was asked so far and what came of it, in the order in which it was asked.
  public var exchangesSoFar: [Exchange] { log.withLock { $0.exchanges } }

  /// The same, when all answers that have begun have ended, those excepted that stall: who has an answer may ask before
  /// this server has noted that it is sent.
  public var exchanges: [Exchange] {
    for _ in 0..<5000 {
      let exchanges = exchangesSoFar
      if exchanges.allSatisfy({ $0.isFinished || $0.stalls }) { return exchanges }
      usleep(1000)
    }
    return exchangesSoFar
  }

  private func serve(_ socket: Int32, _ side: Request.Side) {
    var connection = Connection(socket)
    while let head = connection.nextHead() {
      guard let (request, position) = record(head, side) else { return }
      var exchange = Exchange(request: request)
      var reply = answer(request)
      exchange.fault = settings.faults.fault(of: request)
      if let fault = exchange.fault { apply(fault, request, &reply) }
      exchange.status = reply.status
      exchange.stalls = reply.stalls > 0
      exchange.firstByte = reply.part?.lowerBound ?? 0
      note(exchange, at: position)
      let (sent, isKept) = connection.send(reply, hasBody: request.method != "HEAD")
      exchange.sentBytes = sent
      exchange.isFinished = true
      note(exchange, at: position)
      if !isKept { return }
    }
  }

  private func note(_ exchange: Exchange, at position: Int) {
    log.withLock { $0.exchanges[position] = exchange }
  }

  /// - Returns: nil where it is no request.
  private func record(_ head: [Substring], _ side: Request.Side) -> (Request, Int)? {
    let words = (head.first ?? "").split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
    let target = words[1]
    let path = String(target.prefix { $0 != "?" })
    let headers = head.dropFirst().compactMap { line -> (name: String, value: String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (line[..<colon].lowercased(), String(value))
    }
    return log.withLock { log in
      let earlier = log.counts["\(side)\(path)", default: 0]
      log.counts["\(side)\(path)"] = earlier + 1
      let request = Request(
        side: side, method: String(words[0]), path: path,
        query: String(target.dropFirst(path.count + 1)), headers: headers, earlier: earlier,
        time: Self.seconds() - start)
      log.exchanges.append(Exchange(request: request))
      return (request, log.exchanges.count - 1)
    }
  }

  private func answer(_ request: Request) -> Reply {
    if let reply = route(request) { return reply }
    let parts = request.path.split(separator: "/").map(String.init)
    guard let name = parts.last, let file = find(name) else {
      return Reply(status: 404, body: Array("no such file\n".utf8))
    }
    switch request.side {
    case .portal where parts.count == 4 && parts[2] == "@@download":
      return Reply(status: 307, headers: ["Location: \(presigned(name))"])
    case .store where parts.count == 1:
      guard request.query.isEmpty || counts(request.query, for: name) else {
        return Reply(status: 403, body: Array("Request has expired\n".utf8))
      }
      return .serve(file, request, tag: file.tag)
    default: return Reply(status: 404, body: Array("no such page\n".utf8))
    }
  }

  private func apply(_ fault: Fault, _ request: Request, _ reply: inout Reply) {
    let part = reply.part ?? 0..<reply.body.count
    let place = part.lowerBound + Int(request.draw(settings.seed, 3) % UInt64(max(part.count, 1)))
    switch fault {
    case .cut:
      reply.announced = part.count
      reply.part = part.lowerBound..<place
    case .stall:
      reply.announced = part.count
      reply.part = part.lowerBound..<place
      reply.stalls = settings.stall
    case .flip: reply.flipped = place
    case .truncated: reply.part = part.lowerBound..<place
    case .ignoreRange: reply = .serve(reply.body, request, ignoresRange: true)
    case .wrongRange where reply.status == 206:
      let wrong = max(0, part.lowerBound - 1 - place % 1000)..<part.upperBound
      reply.part = wrong
      reply.headers.removeAll { $0.hasPrefix("Content-Range") }
      reply.headers.append(
        "Content-Range: bytes \(wrong.lowerBound)-\(wrong.upperBound - 1)/\(reply.body.count)")
    case .wrongRange: break
    case .changedTag where reply.status < 300:
      reply = .serve(reply.body, request, tag: "another-\(request.earlier)")
    case .changedTag: break
    case .tooManyRequests, .unavailable:
      reply = Reply(
        status: fault == .unavailable ? 503 : 429,
        headers: settings.retryAfter.map { ["Retry-After: \($0)"] } ?? [])
    case .failure: reply = Reply(status: 500)
    case .expired: reply = Reply(status: 403, body: Array("Request has expired\n".utf8))
    case .redirectLoop:
      reply = Reply(status: 307, headers: ["Location: \(address)\(request.path)"])
    }
  }

  private func presigned(_ name: String) -> String {
    let expires = Int((Self.seconds() - start + settings.linkLifetime) * 1000)
    return "\(store(name))?expires=\(expires)&signature=\(signature(name, expires))"
  }

  /// Not for safety: so that only addresses of this server's making count.
  private func signature(_ name: String, _ expires: Int) -> String {
    StoredFile.bytes(Array("\(settings.seed) \(name) \(expires)".utf8)).tag
  }

  private func counts(_ query: String, for name: String) -> Bool {
    let fields = query.split(separator: "&")
    guard fields.count == 2, fields[0].hasPrefix("expires="),
      let expires = Int(fields[0].dropFirst(8)),
      fields[1] == "signature=\(signature(name, expires))"
    else { return false }
    return (Self.seconds() - start) * 1000 <= Double(expires)
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
