import Files
import FlowPlugin
import FlowTesting
import Glibc
import LoopbackPortal
import Synchronization
import Testing

@testable import Encode

/// Servers that mean harm, or are broken as if they did: every fetch ends, and what was kept stays.
@Suite struct HostileServerTests {
  /// Synthetic.
  let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 9) }
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// Fetches `a`; tells its failure's words, or nothing.
  func fetch(
    _ portal: LoopbackPortal, bytes: Int? = 300_000, contentMD5: String? = nil, retries: Int = 2
  ) -> String {
    let download = Download(
      address: "a", url: portal.store("a"), name: "a", bytes: bytes,
      md5: contentMD5 == nil ? digest(content, .md5) : nil, contentMD5: contentMD5)
    return message {
      _ = try Downloader(
        [download], into: folder.path,
        .init(
          parallel: 2, retries: retries, stall: 5, backOff: BackOff(first: 0.01, longest: 0.02),
          budgetDirectory: folder.path)
      ).run(progress: { _ in }, check: {})
    }
  }

  @Test func otherBytesEachTimeComeToAnEnd() throws {
    let content = content
    let portal = try LoopbackPortal { request in
      var other = content
      other[0] = UInt8(truncatingIfNeeded: request.earlier + 1)
      return .serve(other, request)
    }
    #expect(fetch(portal).contains("it is not the file that the list describes"))
    #expect(portal.exchanges.count == 3)
  }

  @Test func anotherVersionEachTimeComesToAnEnd() throws {
    let content = content
    let portal = try LoopbackPortal { request in
      var reply = Reply.serve(.bytes(content), request, tag: "v\(request.earlier)")
      reply.announced = reply.part?.count ?? content.count
      reply.part = 0..<200_000
      return reply
    }
    #expect(fetch(portal, bytes: nil).contains("tried"))
    #expect(portal.exchanges.count < 10)
  }

  @Test func aServerWithoutRangesThatIsCutEachTimeComesToAnEnd() throws {
    let content = content
    let portal = try LoopbackPortal { _ in
      var reply = Reply(body: content)
      reply.announced = content.count
      reply.part = 0..<200_000
      return reply
    }
    #expect(fetch(portal).contains("tried"))
    #expect(portal.exchanges.count < 12)
  }

  @Test func aLineThatBreaksOftenArrivesAllTheSame() throws {
    let content = content
    let portal = try LoopbackPortal { request in
      var reply = Reply.serve(.bytes(content), request)
      let start = request.rangeStart ?? 0
      reply.announced = content.count - start
      reply.part = start..<min(start + 70_000, content.count)
      return reply
    }
    #expect(fetch(portal, retries: 1) == "")
    #expect(
      portal.exchanges.map { $0.request.rangeStart ?? 0 } == [0, 70_000, 140_000, 210_000, 280_000])
    #expect(try Path.read(folder.at("a")) == content)
  }

  @Test func aPageInPlaceOfThePartDoesNotCostTheKeptPart() throws {
    try folder.write("a.partial", Array(content.prefix(250_000)))
    // As a network does that wants a login first.
    let portal = try LoopbackPortal { _ in Reply(body: Array("<html>Log in</html>".utf8)) }
    #expect(fetch(portal).contains("it has 19 bytes, the list tells 300000"))
    #expect(try Path.size(folder.at("a.partial")) == 250_000)
    let content = content
    let healed = try LoopbackPortal { .serve(content, $0) }
    #expect(fetch(healed) == "")
    #expect(healed.exchanges.map(\.request.rangeStart) == [250_000])
  }

  @Test func aServerThatHasNoMoreDoesNotCostTheKeptPart() throws {
    try folder.write("a.partial", Array(content.prefix(250_000)))
    let portal = try LoopbackPortal { _ in Reply(status: 416) }
    #expect(fetch(portal).contains("the wrong range"))
    #expect(try Path.size(folder.at("a.partial")) == 250_000)
  }

  @Test(arguments: [
    "bytes 250000-299999", "bytes -250000-299999/300000", "bytes 250000-299999/-300000",
    "bytes 250000-299999/200000", "bytes 250000-249999/300000", "bytes 250000-x/300000",
    "bytes 99999999999999999999-99999999999999999999/*", "pages 250000-299999/300000", "",
  ]) func aPartThatIsNotSaidWhichIsNotTaken(range: String) throws {
    let content = content
    try folder.write("a.partial", Array(content.prefix(250_000)))
    let portal = try LoopbackPortal { request in
      guard request.rangeStart != nil else { return .serve(content, request) }
      return Reply(
        status: 206, headers: ["Content-Range: \(range)"], body: Array(content[250_000...]))
    }
    #expect(fetch(portal) == "")
    #expect(portal.exchanges.map(\.request.rangeStart) == [250_000, 250_000, nil])
  }

  @Test(arguments: [
    "Content-Length: -1", "Content-Length: 99999999999999999999",
    "Content-Length: 1\r\nContent-Length: 2",
  ]) func aLengthThatIsNoneIsRefused(header: String) throws {
    let portal = try LoopbackPortal { _ in
      Reply(headers: [header], body: [1, 2, 3], announced: -1)
    }
    #expect(fetch(portal) != "")
    #expect(portal.exchanges.count < 10)
  }

  @Test func aLengthThatNoDiskHoldsIsRefusedBeforeTheFirstByte() throws {
    let portal = try LoopbackPortal { _ in Reply(body: [1, 2, 3], announced: .max / 2) }
    #expect(fetch(portal, bytes: nil).contains("more on the disk of"))
    #expect(try Path.size(folder.at("a.partial")) == 0)
  }

  @Test func headersWithoutAnEndAreCutOff() throws {
    let line = "X: " + String(repeating: "y", count: 8000)
    let portal = try LoopbackPortal { _ in
      Reply(headers: [String](repeating: line, count: 100), body: [1])
    }
    #expect(fetch(portal).contains("the server's headers are larger than 256 KiB"))
  }

  @Test func aPipeIsNotWaitedFor() throws {
    mkfifo(folder.at("pipe %"), 0o600)
    for path in ["/dev/zero", folder.at("pipe %"), folder.path] {
      let address = try Address(path, from: "/").text
      let download = Download(address: "a", url: address, name: "a")
      let words = message {
        _ = try Downloader([download], into: folder.at("files"), .init(retries: 0))
          .run(progress: { _ in }, check: {})
      }
      #expect(words == "a: cannot open \(path): it is not a regular file")
    }
  }

  @Test func whatFollowsTheLastMemberIsNoContentWhereverItIsCut() throws {
    // A member of gzip with nothing in it, and then what is none, with a byte that could begin another.
    let member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let bytes = member + member + [0, 0x1F, 7, 0x1F, 0x8B]
    for cut in 0...bytes.count {
      let hash = ContentHash()
      for part in [bytes[..<cut], bytes[cut...]] {
        Array(part).withUnsafeBytes { hash.update($0) }
      }
      #expect(hash.finish() == digest([], .md5), "cut at \(cut)")
    }
  }
}
