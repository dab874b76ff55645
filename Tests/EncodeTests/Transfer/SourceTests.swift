import Files
import FlowPlugin
import FlowTesting
import LoopbackPortal
import Testing

@testable import Encode

/// Where a file is asked for: portals that redirect, links that expire, versions that change, mirrors.
@Suite struct SourceTests {
  let content: [UInt8]
  let folder: TemporaryDirectory

  init() throws {
    let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    content = try Path.read("/\(tests)/Fixtures/encode/MAX.narrowPeak.gz")
    folder = try TemporaryDirectory()
  }

  @discardableResult
  func fetch(
    _ sources: [String], retries: Int = 3, portal: LoopbackPortal? = nil,
    key: [String: String] = [:]
  ) throws -> [FetchedFile] {
    let download = Download(
      address: "a", url: sources[0], mirrors: Array(sources.dropFirst()), name: "a",
      bytes: content.count, md5: digest(content, .md5))
    var settings = Downloader.Settings(
      parallel: 2, retries: retries, stall: 5, backOff: BackOff(first: 0.01, longest: 0.05),
      budgetDirectory: folder.path)
    if let portal { settings.portal = Origin(of: portal.address) }
    settings.environment = Environment { key[$0] }
    return try Downloader([download], into: folder.at("files"), settings)
      .run(progress: { _ in }, check: {})
  }

  /// A portal with one file, ENCFF000AAA.bed.gz, whose requests meet faults that a closure chooses.
  func portal(_ fault: @escaping @Sendable (Request) -> Fault? = { _ in nil }) throws
    -> LoopbackPortal
  {
    let content = content
    var settings = LoopbackPortal.Settings()
    settings.faults = FaultPlan(fault)
    settings.stall = 5
    return try LoopbackPortal(
      settings, files: { $0 == "ENCFF000AAA.bed.gz" ? .bytes(content) : nil })
  }

  let name = "ENCFF000AAA.bed.gz"

  @Test func aPortalRedirectsToAPresignedAddress() throws {
    let portal = try portal()
    try fetch([portal.download(name)])
    #expect(portal.exchanges.map(\.request.side) == [.portal, .store])
    #expect(try Path.read(folder.at("files/a")) == content)
  }

  @Test func aBrokenConnectionToTheStoreDoesNotGoBackToThePortal() throws {
    let portal = try portal { $0.side == .store && $0.earlier < 2 ? .cut : nil }
    try fetch([portal.download(name)])
    #expect(portal.exchanges.map(\.request.side) == [.portal, .store, .store, .store])
    let parts = portal.exchanges.dropFirst()
    // Each goes on where the one before ended.
    var end = 0
    for part in parts {
      #expect(part.request.rangeStart ?? 0 == end)
      end += part.sentBytes
    }
    #expect(end == content.count)
    #expect(parts.dropFirst().allSatisfy { $0.request.header("if-range") != nil })
  }

  @Test func anExpiredLinkIsAskedForAgain() throws {
    let portal = try portal {
      $0.side == .store ? [.cut, .expired][min($0.earlier, 1)] : nil
    }
    // The link never counts again: after three new ones that is an answer.
    let words = message { try fetch([portal.download(name)]) }
    #expect(words.contains("status 403 (Forbidden)"))
    #expect(portal.exchanges.count { $0.request.side == .portal } == 4)
    let healed = try self.portal {
      $0.side == .store && $0.earlier < 2 ? [.cut, .expired][$0.earlier] : nil
    }
    try fetch([healed.download(name)])
    #expect(healed.exchanges.map(\.status) == [307, 206, 403, 307, 206])
  }

  @Test func aLinkThatIsTooOldIsForbiddenByTheStoreItself() throws {
    let content = content
    var settings = LoopbackPortal.Settings()
    settings.linkLifetime = -1
    let portal = try LoopbackPortal(settings, files: { _ in .bytes(content) })
    #expect(message { try fetch([portal.download(name)]) }.contains("status 403"))
  }

  @Test func anotherVersionIsFetchedFromItsStart() throws {
    let portal = try portal {
      $0.side == .store ? [.cut, .changedTag, nil][min($0.earlier, 2)] : nil
    }
    try fetch([portal.store(name)])
    #expect(portal.exchanges.map(\.status) == [200, 200])
    #expect(try Path.read(folder.at("files/a")) == content)
  }

  @Test func wrongBytesLeadToTheNextSource() throws {
    let good = try portal()
    let bad = try portal { $0.side == .store ? .flip : nil }
    try fetch([bad.store(name), good.store(name)])
    #expect(bad.exchanges.count == 1 && good.exchanges.count == 1)
    #expect(try Path.read(folder.at("files/a")) == content)
  }

  @Test func aMirrorGoesOnWhereThePortalEnded() throws {
    let good = try portal()
    let broken = try portal { $0.side == .store ? .cut : nil }
    try fetch([broken.store(name), good.store(name)])
    let sent = try #require(broken.exchanges.first?.sentBytes)
    #expect(good.exchanges.map(\.request.rangeStart) == [sent])
    // The tag is the other server's.
    #expect(good.exchanges[0].request.header("if-range") == nil)
  }

  @Test func whereNoSourceHasItEachOnesReasonIsTold() throws {
    let one = try LoopbackPortal { _ in Reply(status: 404) }
    let other = try LoopbackPortal { _ in Reply(status: 503) }
    let words = message { try fetch([one.store("x"), other.store("x")], retries: 1) }
    #expect(words.contains("from \(one.address(.store)): the server answers with status 404"))
    #expect(
      words.contains("from \(other.address(.store)): the server answers with status 503 (tried 2"))
  }

  @Test func aFileOfAnotherSizeIsNotBegun() throws {
    let content = content
    let server = try LoopbackPortal { .serve(content + content, $0) }
    let words = message { try fetch([server.store("x")]) }
    #expect(words.contains("it has \(2 * content.count) bytes, the list tells \(content.count)"))
  }

  @Test func keysGoToThePortalAlone() throws {
    let portal = try portal()
    let key = ["ENCODE_ACCESS_KEY": "CANARYID", "ENCODE_SECRET_KEY": "canary-secret"]
    try fetch([portal.download(name)], portal: portal, key: key)
    let sent = portal.exchanges.map { $0.request.header("authorization") != nil }
    #expect(sent == [true, false])
    let other = try self.portal()
    _ = try? Path.remove(folder.at("files"))
    try fetch([other.download(name)], portal: portal, key: key)
    #expect(other.exchanges.allSatisfy { $0.request.header("authorization") == nil })
  }

  @Test func oneFailureDoesNotStopTheOthers() throws {
    let portal = try portal()
    let md5 = digest(content, .md5)
    let downloads = ["x", "y", "z"].map { name in
      Download(
        address: name, url: portal.store(name == "y" ? self.name : "missing"), name: name, md5: md5)
    }
    let words = message {
      _ = try Downloader(downloads, into: folder.at("files"), .init(parallel: 1))
        .run(progress: { _ in }, check: {})
    }
    #expect(words.hasPrefix("2 files could not be fetched (1 of 3 are, and are kept):"))
    #expect(try Path.list(folder.at("files")) == ["x.partial", "y", "z.partial"])
  }

  @Test func contentIsKnownByItsDecompressedBytes() throws {
    let portal = try portal()
    let lines = try LineReader(folder.write("a.gz", content))
    var text = ""
    while let line = try lines.nextText() { text += line + "\n" }
    for (md5, isRight) in [(digest(Array(text.utf8), .md5), true), (digest([1], .md5), false)] {
      let download = Download(
        address: "a", url: portal.store(name), name: "a", contentMD5: md5)
      let words = message {
        _ = try Downloader([download], into: folder.at("files"), .init(retries: 0))
          .run(progress: { _ in }, check: {})
        try Path.remove(folder.at("files"))
      }
      #expect(words.contains("expected md5 of the decompressed content") == !isRight)
    }
  }

  @Test func whatDoesNotFitOnTheDiskIsNotBegun() throws {
    let portal = try portal()
    let download = Download(
      address: "a", url: portal.store(name), name: "a", bytes: .max / 2, md5: digest([], .md5))
    let words = message {
      _ = try Downloader([download], into: folder.path, .init()).run(
        progress: { _ in }, check: {})
    }
    #expect(words.contains("more on the disk of") && portal.exchanges.isEmpty)
  }
}
