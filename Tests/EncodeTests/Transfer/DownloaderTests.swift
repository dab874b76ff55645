import Files
import FlowPlugin
import FlowTesting
import LoopbackPortal
import Testing

@testable import Encode

/// What `encode/fetch` does with servers, from good to bad. The bytes are real peaks.
@Suite struct DownloaderTests {
  let content: [UInt8]
  let folder: TemporaryDirectory

  init() throws {
    let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    content = try Path.read("/\(tests)/Fixtures/encode/MAX.narrowPeak.gz")
    folder = try TemporaryDirectory()
  }

  typealias Answer = @Sendable (Request) -> Reply

  func settings(stall: Int = 30, retries: Int = 3) -> Downloader.Settings {
    Downloader.Settings(
      parallel: 2, retries: retries, stall: stall, backOff: BackOff(first: 0.01, longest: 0.05),
      budgetDirectory: folder.path)
  }

  /// Fetches `name` from a server; tells the requests it got.
  @discardableResult
  func fetch(
    _ name: String = "a", stall: Int = 30, retries: Int = 3,
    hasSize: Bool = true, hasSHA256: Bool = true, _ answer: @escaping Answer
  ) throws -> (files: [FetchedFile], requests: [Request]) {
    let server = try LoopbackPortal(route: answer)
    defer { server.stop() }
    let download = Download(
      address: server.url(name), url: server.url(name), name: name,
      bytes: hasSize ? content.count : nil, sha256: hasSHA256 ? digest(content) : nil,
      md5: digest(content, .md5))
    let files = try Downloader(
      [download], into: folder.path, settings(stall: stall, retries: retries)
    ).run(progress: { _ in }, check: {})
    return (files, server.requests)
  }

  /// The kind and the words of the failure; nil where there is none.
  func failure(_ body: () throws -> Void) -> StepFailure? {
    do {
      try body()
      return nil
    } catch { return error as? StepFailure }
  }

  var kept: [String] { get throws { try Path.list(folder.path) } }

  @Test func aGoodServer() throws {
    let content = content
    let (files, requests) = try fetch { .serve(content, $0) }
    #expect(
      files.map(\.bytes) == [content.count]
        && files.map { $0.digests[.sha256] } == [digest(content)])
    #expect(try Path.read("\(folder.path)/a") == content)
    #expect(try kept == ["a"])
    #expect(requests.count == 1)
    // The next attempt finds the file and asks nobody.
    #expect(try fetch { .serve(content, $0) }.requests.isEmpty)
  }

  @Test func aBrokenConnectionIsContinued() throws {
    let content = content
    let requests = try fetch { request in
      var response = Reply.serve(content, request)
      if request.earlier < 2 {
        let start = request.rangeStart ?? 0
        response.announced = content.count - start
        response.part = start..<start + 1500
      }
      return response
    }.requests
    #expect(requests.map(\.rangeStart) == [nil, 1500, 3000])
    #expect(try Path.read("\(folder.path)/a") == content)
  }

  @Test func anEarlierAttemptsBytesAreKept() throws {
    let content = content
    try folder.write("a.partial", Array(content.prefix(2000)))
    #expect(try fetch { .serve(content, $0) }.requests.map(\.rangeStart) == [2000])
    #expect(try kept == ["a"])
  }

  @Test func aServerThatIgnoresRangesIsReadFromTheStart() throws {
    let content = content
    try folder.write("a.partial", Array(content.prefix(2000)))
    let requests = try fetch { _ in Reply(body: content) }.requests
    // Once may be an accident.
    #expect(requests.map(\.rangeStart) == [2000, 2000, nil])
    #expect(try Path.read("\(folder.path)/a") == content)
  }

  @Test func damagedBytesOfAnEarlierAttemptAreThrownAway() throws {
    let content = content
    try folder.write("a.partial", [UInt8](repeating: 7, count: 2000))
    #expect(try fetch { .serve(content, $0) }.requests.map(\.rangeStart) == [2000, nil])
    #expect(try Path.read("\(folder.path)/a") == content)
  }

  @Test(arguments: [true, false]) func aWholePartialNeedsNoBytes(sizeIsKnown: Bool) throws {
    let content = content
    try folder.write("a.partial", content)
    let requests = try fetch(hasSize: sizeIsKnown) {
      .serve(content, $0)
    }.requests
    // Without a size the server is asked for more, and has none (416).
    #expect(requests.map(\.rangeStart) == (sizeIsKnown ? [] : [content.count]))
    #expect(try kept == ["a"])
  }

  @Test func aPartThatWasNotAskedForIsRefused() throws {
    let content = content
    try folder.write("a.partial", Array(content.prefix(2000)))
    let requests = try fetch { request in
      guard request.rangeStart != nil else { return .serve(content, request) }
      return Reply(
        status: 206, headers: ["Content-Range: bytes 100-200/\(content.count)"],
        body: Array(content[100...200]))
    }.requests
    #expect(requests.map(\.rangeStart) == [2000, 2000, nil])
    #expect(try Path.read("\(folder.path)/a") == content)
  }

  @Test func aWrongFileIsDeletedAndBothDigestsAreTold() throws {
    var corrupt = content
    corrupt[100] ^= 1
    let sent = corrupt
    let failure = failure { try fetch { .serve(sent, $0) } }
    #expect(failure?.kind == .failed)
    let words = failure?.message ?? ""
    #expect(words.contains("http://127.0.0.1") && words.contains("/a: it is not the file"))
    #expect(words.contains("expected sha256 \(digest(content)), got \(digest(sent))"))
    #expect(try kept == [])
  }

  @Test func md5AloneIsEnough() throws {
    let content = content
    try fetch("good", hasSHA256: false) { .serve(content, $0) }
    let words = message {
      try fetch("bad", hasSHA256: false) { .serve(content.reversed(), $0) }
    }
    #expect(words.contains("expected md5 \(digest(content, .md5))"))
    #expect(try kept == ["good"])
  }

  @Test func moreBytesThanListedAreNotTaken() throws {
    let content = content
    let failure = failure {
      try fetch { _ in Reply(body: content + content, announced: -1) }
    }
    #expect(failure?.message.contains("larger than the \(content.count) bytes") == true)
    #expect(try kept == [])
  }

  @Test func aShortBodyWithoutALengthIsContinued() throws {
    let content = content
    let requests = try fetch { request in
      request.earlier == 0
        ? Reply(body: Array(content.prefix(10)), announced: -1)
        : .serve(content, request)
    }.requests
    #expect(requests.map(\.rangeStart) == [nil, 10])
  }

  @Test(arguments: [401, 403, 404, 410]) func anAbsentFileFailsAtOnce(status: Int) throws {
    let server = try LoopbackPortal { _ in Reply(status: status) }
    defer { server.stop() }
    let url = server.url("gone")
    let download = Download(address: url, url: url, name: "gone", md5: digest([], .md5))
    let failure = failure {
      _ = try Downloader([download], into: folder.path, settings())
        .run(progress: { _ in }, check: {})
    }
    #expect(failure?.kind == .invalid)
    #expect(failure?.message.contains("\(url): the server answers with status \(status)") == true)
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [408, 429, 500, 503]) func aBusyServerIsAskedAgain(status: Int) throws {
    let content = content
    let requests = try fetch { request in
      request.earlier < 3 ? Reply(status: status) : .serve(content, request)
    }.requests
    #expect(requests.count == 4)
  }

  @Test func whatStaysBusyIsUnavailable() throws {
    let server = try LoopbackPortal { _ in Reply(status: 503) }
    defer { server.stop() }
    let download = Download(
      address: "busy", url: server.url("busy"), name: "busy", sha256: digest(content))
    let failure = failure {
      _ = try Downloader([download], into: folder.path, settings(retries: 2))
        .run(progress: { _ in }, check: {})
    }
    #expect(failure?.kind == .unavailable)
    let words = "busy: the server answers with status 503 (tried 3 times"
    #expect(failure?.message.contains(words) == true)
    #expect(server.requests.count == 3)
  }

  @Test func aServerThatIsNotThereIsUnavailable() throws {
    let server = try LoopbackPortal { _ in Reply() }
    server.stop()
    let download = Download(
      address: "x", url: server.url("x"), name: "x", sha256: digest(content))
    let failure = failure {
      _ = try Downloader([download], into: folder.path, settings(retries: 1))
        .run(progress: { _ in }, check: {})
    }
    #expect(failure?.kind == .unavailable)
  }

  @Test func aStalledConnectionIsGivenUpAndContinued() throws {
    let content = content
    let requests = try fetch(stall: 1, retries: 10) { request in
      guard request.earlier == 0 else { return .serve(content, request) }
      return Reply(
        body: Array(content.prefix(500)), announced: content.count, stalls: 20)
    }.requests
    #expect(requests.first?.rangeStart == nil && requests.count > 1)
    // On a machine with too much to do the second may be given up, too.
    #expect(requests.dropFirst().allSatisfy { $0.rangeStart == 500 })
  }

  @Test func redirectsAreFollowed() throws {
    let content = content
    let requests = try fetch("portal") { request in
      request.path == "/portal"
        ? Reply(status: 307, headers: ["Location: /store"], body: [1, 2, 3])
        : .serve(content, request)
    }.requests
    #expect(requests.map(\.path) == ["/portal", "/store"])
    #expect(try Path.read("\(folder.path)/portal") == content)
  }

  @Test func redirectsToFilesAndCirclesAreRefused() throws {
    let secret = try folder.write("secret", content)
    let toFile = failure {
      try fetch { _ in
        Reply(status: 302, headers: ["Location: file://\(secret)"])
      }
    }
    #expect(toFile?.kind == .failed)
    #expect(toFile?.message.contains("neither http nor https") == true)
    let circle = failure {
      try fetch { _ in Reply(status: 302, headers: ["Location: /a"]) }
    }
    #expect(circle?.kind == .failed)
  }

  @Test func localFilesAreFetchedToo() throws {
    let source = try folder.write("source", content)
    try folder.write("copy.partial", Array(content.prefix(999)))
    let download = Download(
      address: "source", url: "file://\(source)", name: "copy", bytes: content.count,
      sha256: digest(content))
    let missing = Download(
      address: "missing", url: "file://\(source)-not", name: "missing", sha256: digest(content))
    let files = try Downloader([download], into: folder.path, settings())
      .run(progress: { _ in }, check: {})
    #expect(files.map(\.bytes) == [content.count])
    #expect(try Path.read("\(folder.path)/copy") == content)
    let failure = failure {
      _ = try Downloader([missing], into: folder.path, settings())
        .run(progress: { _ in }, check: {})
    }
    #expect(failure?.kind == .invalid)
    #expect(failure?.message == "missing: there is no such file, or the step may not read it")
  }

  @Test func manyFilesComeInTheListsOrder() throws {
    let content = content
    let server = try LoopbackPortal { request in
      let cut = Int(request.path.dropFirst(2)).map { $0 * 100 } ?? 0
      return .serve(Array(content.dropFirst(cut)), request)
    }
    defer { server.stop() }
    let downloads = (0..<12).map { number in
      let part = Array(content.dropFirst(number * 100))
      return Download(
        address: "f\(number)", url: server.url("f\(number)"), name: "f\(number)",
        bytes: part.count, sha256: digest(part))
    }
    var last = Downloader.Progress()
    let files = try Downloader(downloads, into: folder.path, settings())
      .run(progress: { last = $0 }, check: {})
    let total = downloads.reduce(0) { $0 + ($1.bytes ?? 0) }
    #expect(files.map(\.download) == downloads)
    #expect(
      last
        == Downloader.Progress(bytes: total, totalBytes: total, files: 12, totalFiles: 12))
  }

  @Test func stoppingLeavesTheBytesThatCame() throws {
    let content = content
    struct Stop: Error {}
    var done = 0
    let server = try LoopbackPortal { _ in
      Reply(
        body: Array(content.prefix(700)), announced: content.count, stalls: 5)
    }
    defer { server.stop() }
    let download = Download(
      address: "a", url: server.url("a"), name: "a", bytes: content.count, sha256: digest(content))
    #expect(throws: Stop.self) {
      _ = try Downloader([download], into: folder.path, settings())
        .run(progress: { done = $0.bytes }, check: { if done >= 700 { throw Stop() } })
    }
    #expect(try Path.read("\(folder.path)/a.partial") == Array(content.prefix(700)))
  }
}

extension LoopbackPortal {
  func url(_ name: String) -> String { "\(address)/\(name)" }

  var requests: [Request] { exchanges.map(\.request) }
}
