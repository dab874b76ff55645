import CCurl
import FlowPlugin
import Glibc

/// Asks a portal for documents of bounded size.
///
///     let web = try WebClient(portal: "https://www.encodeproject.org")
///     let answer = try web.get("https://www.encodeproject.org/search/?type=File&format=json")
///
/// It keeps to the portal's limit of 10 requests a second, together with all other processes of this user; tries again
/// what a busy server or a broken connection refused; follows redirects; sends the user's key to the portal and to
/// nobody else. Connections are kept for the next request. Used on one thread.
final class WebClient {
  /// How patient it is.
  struct Settings {
    /// Tries after the first.
    var retries = 5
    /// Seconds without a byte after which a request is given up.
    var stall = 60
    var backOff = BackOff()
    /// Where the count of requests is kept that processes share; the user's runtime directory by default.
    var budgetDirectory: String?
    /// Where the user's key is looked for.
    var environment = Environment.ofProcess
  }

  private static let mostRedirects = 10

  private let portal: Origin
  private let key: AccessKey?
  private let settings: Settings
  private let isCancelled: () -> Bool
  private let multi: MultiHandle
  private var budgets: [Origin: RequestBudget] = [:]

  /// - Parameters:
  ///   - portal: the address to which keys may be sent: scheme, host and port of it count.
  ///   - isCancelled: asked often; true ends what is under way.
  /// - Throws: `StepFailure`, invalid, where the portal is no http or https address, or half a key is in the environment.
  init(
    portal: String, _ settings: Settings = Settings(), isCancelled: @escaping () -> Bool = { false }
  ) throws(StepFailure) {
    guard let origin = Origin(of: portal) else {
      throw StepFailure(
        .invalid, "the portal '\(portal.prefix(200))' is not an address such as https://HOST")
    }
    self.portal = origin
    self.settings = settings
    self.isCancelled = isCancelled
    key = try AccessKey.of(settings.environment)
    multi = try MultiHandle(connections: 2)
  }

  /// Gets a document.
  ///
  /// - Parameters:
  ///   - url: absolute, http or https.
  ///   - headers: lines "Name: value"; `Accept: application/json` unless given.
  ///   - limit: the most bytes that the body may have, decompressed.
  /// - Throws: `StepFailure`: invalid where the address is none; unavailable where the tries did not help; failed where
  ///   the answer cannot be taken; cancelled.
  /// - Returns: the answer, that of an error (400 to 499, but 408, 425 and 429) included.
  func get(
    _ url: String, headers: [String] = ["Accept: application/json"], limit: Int = 1 << 26
  ) throws(StepFailure) -> WebResponse {
    var tries = 0
    while true {
      let (reason, asked): (String, Int?)
      switch try attempt(url, headers, limit) {
      case .answer(let response): return response
      case .again(let why, let pause): (reason, asked) = (why, pause)
      }
      tries += 1
      guard tries <= settings.retries else {
        throw StepFailure(.unavailable, "\(url): \(reason) (tried \(tries) times)")
      }
      try pause(settings.backOff.pause(after: tries, asked: asked))
    }
  }

  private enum Attempt {
    case answer(WebResponse)
    case again(reason: String, pause: Int?)
  }

  /// One try, with its redirects.
  private func attempt(
    _ first: String, _ headers: [String], _ limit: Int
  ) throws(StepFailure) -> Attempt {
    var url = try address(first, of: first)
    for _ in 0...Self.mostRedirects {
      guard let origin = Origin(of: url) else {
        throw StepFailure(.invalid, "\(first): it is not an address of http or https")
      }
      let budget = budget(of: origin)
      while case let wait = budget.take(), wait > 0 { try pause(wait) }
      var request = EasyHandle.Request(url: url, headers: headers)
      request.acceptsCompressed = true
      request.stall = settings.stall
      if origin == portal && origin.isPrivate {
        request.accessKey = key
        request.usesNetrc = true
      }
      let easy = try EasyHandle(request)
      var body: [UInt8] = []
      var isTooLarge = false
      easy.receive = { bytes in
        isTooLarge = bytes.count > limit - body.count
        if !isTooLarge { body.append(contentsOf: bytes) }
        return !isTooLarge
      }
      let code = try perform(easy)
      if isTooLarge {
        throw StepFailure(.failed, "\(first): the answer is larger than \(limit) bytes")
      }
      guard code == CURLE_OK else { return try failed(easy, code, first) }
      let status = easy.status
      switch status {
      case 301, 302, 303, 307, 308:
        guard let next = easy.redirect else {
          throw StepFailure(.failed, "\(first): status \(status) without a place to go on")
        }
        url = try address(next, of: first)
        guard origin.scheme != "https" || url.hasPrefix("https:") else {
          throw StepFailure(.failed, "\(first): it redirects from https to \(Self.named(next))")
        }
        continue
      case 408, 425, 429, 500...599:
        if status == 429 || status == 503 { budget.slowDown(pause: easy.retryAfter) }
        return .again(
          reason: "the server answers with status \(status)\(Self.quoted(body))",
          pause: easy.retryAfter)
      case 401 where request.accessKey != nil:
        throw StepFailure(
          .invalid,
          "\(first): the portal does not accept the key of ENCODE_ACCESS_KEY and ENCODE_SECRET_KEY")
      default:
        budget.speedUp()
        return .answer(
          WebResponse(status: status, headers: easy.headers, body: body, url: url))
      }
    }
    throw StepFailure(.failed, "\(first): it redirects more than \(Self.mostRedirects) times")
  }

  private func perform(_ easy: EasyHandle) throws(StepFailure) -> CURLcode {
    multi.add(easy)
    while true {
      for (_, code) in multi.perform() { return code }
      if isCancelled() {
        multi.remove(easy)
        throw StepFailure(.cancelled, "stopped on request")
      }
      multi.wait(0.1)
    }
  }

  private func failed(
    _ easy: EasyHandle, _ code: CURLcode, _ url: String
  ) throws(StepFailure) -> Attempt {
    switch RequestFault(code) {
    case .passing: return .again(reason: easy.words(code), pause: nil)
    case .stalled:
      return .again(
        reason: "no answer, or no byte for \(settings.stall) s (\(easy.words(code)))", pause: nil)
    case .lasting: throw StepFailure(.failed, "\(url): \(easy.words(code))")
    }
  }

  private func budget(of origin: Origin) -> RequestBudget {
    if let budget = budgets[origin] { return budget }
    let budget = RequestBudget(origin, directory: settings.budgetDirectory)
    budgets[origin] = budget
    return budget
  }

  /// - Parameter first: the address that people know.
  private func address(_ url: String, of first: String) throws(StepFailure) -> String {
    do throws(Address.Fault) {
      let address = try Address(url, from: "/")
      guard address.text.hasPrefix("http") else {
        throw Address.Fault(reason: "it leads to an address that is neither http nor https")
      }
      return address.text
    } catch { throw StepFailure(.invalid, "\(first): \(error.reason)") }
  }

  private func pause(_ duration: Double) throws(StepFailure) {
    let end = seconds() + duration
    while case let left = end - seconds(), left > 0 {
      if isCancelled() { throw StepFailure(.cancelled, "stopped on request") }
      usleep(UInt32(min(left, 0.1) * 1e6))
    }
  }

  /// An address without what may be a signature.
  private static func named(_ url: String) -> String {
    Origin(of: url)?.description ?? String(url.prefix(100).prefix { $0 != "?" && $0 != ":" })
  }

  /// The beginning of an error's body where it is one line of text.
  private static func quoted(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(200), as: UTF8.self)
    let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    return text.isEmpty || !isPlain || text.hasPrefix("<") ? "" : ": \(text)"
  }
}
