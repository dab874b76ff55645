import FlowPlugin
import FlowTesting
import Glibc
import LoopbackPortal
import Synchronization
import Testing

@testable import Encode

/// How documents are asked for: with patience, within the limit, without telling anybody's key.
@Suite struct WebClientTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  func settings(retries: Int = 3, stall: Int = 30) -> WebClient.Settings {
    WebClient.Settings(
      retries: retries, stall: stall, backOff: BackOff(first: 0.01, longest: 0.05),
      budgetDirectory: folder.path)
  }

  func client(
    _ portal: LoopbackPortal, retries: Int = 3, stall: Int = 30, environment: [String: String] = [:]
  ) throws -> WebClient {
    var settings = settings(retries: retries, stall: stall)
    settings.environment = Environment { environment[$0] }
    return try WebClient(portal: portal.address, settings)
  }

  let key = ["ENCODE_ACCESS_KEY": "CANARYID", "ENCODE_SECRET_KEY": "canary-secret"]

  @Test func anAnswerHasStatusHeadersAndBody() throws {
    let portal = try LoopbackPortal { request in
      Reply.json("{\"accept\": \"\(request.header("accept") ?? "")\"}", status: 200)
    }
    let answer = try client(portal).get("\(portal.address)/search/?type=File&format=json")
    #expect(answer.status == 200)
    #expect(answer.header("content-type") == "application/json")
    #expect(String(decoding: answer.body, as: UTF8.self) == "{\"accept\": \"application/json\"}")
    let request = try #require(portal.exchanges.first?.request)
    #expect(request.path == "/search/" && request.query == "type=File&format=json")
    #expect(request.header("user-agent")?.hasPrefix("flow/") == true)
  }

  @Test func anEmptySearchIsAnAnswer() throws {
    let portal = try LoopbackPortal { _ in
      .json("{\"notification\": \"No results found\"}", status: 404)
    }
    #expect(try client(portal).get("\(portal.address)/search/").status == 404)
    #expect(portal.exchanges.count == 1)
  }

  @Test(arguments: [408, 425, 429, 500, 502, 503]) func aBusyPortalIsAskedAgain(status: Int) throws
  {
    let portal = try LoopbackPortal { request in
      request.earlier == 0 ? Reply(status: status) : .json("{}")
    }
    #expect(try client(portal).get("\(portal.address)/x").status == 200)
    #expect(portal.exchanges.map(\.status) == [status, 200])
  }

  @Test func whatStaysBusyIsToldInThePortalsWords() throws {
    let portal = try LoopbackPortal { _ in .json("{\"title\": \"tired\"}", status: 503) }
    let words = message { _ = try client(portal, retries: 1).get("\(portal.address)/x") }
    #expect(
      words == "\(portal.address)/x: the server answers with status 503: {\"title\": \"tired\"} "
        + "(tried 2 times)")
  }

  @Test func aCutAndAStalledAnswerAreAskedForAgain() throws {
    let portal = try LoopbackPortal { request in
      var reply = Reply.json("{\"a\": 1}")
      if request.earlier < 2 {
        reply.part = 0..<3
        reply.announced = 8
        reply.stalls = request.earlier == 1 ? 20 : 0
      }
      return reply
    }
    let answer = try client(portal, retries: 10, stall: 1).get("\(portal.address)/x")
    #expect(answer.body == Array("{\"a\": 1}".utf8))
    #expect(portal.exchanges.count >= 3)
  }

  @Test func anAnswerThatIsTooLargeIsNotTaken() throws {
    let portal = try LoopbackPortal { _ in Reply(body: [UInt8](repeating: 0x20, count: 5000)) }
    let client = try client(portal)
    #expect(try client.get("\(portal.address)/x", limit: 5000).body.count == 5000)
    let words = message { _ = try client.get("\(portal.address)/x", limit: 4999) }
    #expect(words == "\(portal.address)/x: the answer is larger than 4999 bytes")
  }

  @Test func itStopsOnRequest() throws {
    let portal = try LoopbackPortal { _ in
      var reply = Reply.json("{}")
      reply.announced = 100
      reply.stalls = 20
      return reply
    }
    let questions = Mutex(0)
    let client = try WebClient(portal: portal.address, settings()) {
      questions.withLock {
        $0 += 1
        return $0 > 2
      }
    }
    #expect(message { _ = try client.get("\(portal.address)/x") } == "stopped on request")
  }

  @Test func redirectsAreFollowedAndCirclesAreNot() throws {
    let portal = try LoopbackPortal { request in
      switch request.path {
      case "/a": Reply(status: 302, headers: ["Location: /b?c=d"])
      case "/b": .json("{\"query\": \"\(request.query)\"}")
      case "/file": Reply(status: 302, headers: ["Location: file:///etc/passwd"])
      default: Reply(status: 307, headers: ["Location: \(request.path)"])
      }
    }
    let client = try client(portal)
    let answer = try client.get("\(portal.address)/a")
    #expect(answer.url == "\(portal.address)/b?c=d")
    #expect(String(decoding: answer.body, as: UTF8.self) == "{\"query\": \"c=d\"}")
    #expect(
      message { _ = try client.get("\(portal.address)/file") }.contains("neither http nor https"))
    #expect(
      message { _ = try client.get("\(portal.address)/circle") }
        .hasSuffix("/circle: it redirects more than 10 times"))
  }

  @Test func aKeyIsForThePortalAlone() throws {
    let other = try LoopbackPortal { _ in Reply(status: 503) }
    let portal = try LoopbackPortal { request in
      Reply(status: 307, headers: ["Location: \(other.address)/elsewhere"])
    }
    let words = message {
      _ = try client(portal, retries: 0, environment: key).get("\(portal.address)/x")
    }
    #expect(words.contains("status 503"))
    // Base64 of "CANARYID:canary-secret".
    let basic = "Basic Q0FOQVJZSUQ6Y2FuYXJ5LXNlY3JldA=="
    #expect(portal.exchanges.map { $0.request.header("authorization") } == [basic])
    #expect(other.exchanges.map { $0.request.header("authorization") } == [nil])
    #expect(!words.contains("CANARY") && !words.contains("canary"))
  }

  @Test func aKeyDoesNotShowItself() throws {
    let variables = key
    let key = try #require(try AccessKey.of(Environment { variables[$0] }))
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(!text.contains("CANARY") && !text.contains("canary"))
    }
  }

  @Test func halfAKeyIsAMistake() {
    let half = Environment { $0 == "ENCODE_ACCESS_KEY" ? "CANARYID" : nil }
    let words = message { _ = try AccessKey.of(half) }
    #expect(words.contains("set both, or neither") && !words.contains("CANARY"))
  }

  @Test func aKeyThatIsNotAcceptedIsTold() throws {
    let portal = try LoopbackPortal { _ in Reply(status: 401) }
    let words = message {
      _ = try client(portal, environment: key).get("\(portal.address)/x")
    }
    #expect(words.contains("does not accept the key") && !words.contains("CANARY"))
  }
}
