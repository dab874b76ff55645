import Files
import FlowPlugin
import FlowTesting
import Glibc
import LoopbackPortal
import Testing

@testable import Encode

/// Many faults, drawn from a seed: whatever happens on the way, what arrives is right, and nothing comes twice that was
/// kept. `scripts/fault-injection.py` does the same to the whole command, with kills, a thousand times and more.
@Suite struct FaultTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func allArrivesThroughFaults(seed: UInt64) throws {
    let folder = try TemporaryDirectory()
    // Synthetic bytes: what matters is that each file has others.
    let files = Dictionary(
      uniqueKeysWithValues: (0..<24).map { number in
        (
          "ENCFF\(number).bed",
          (0..<20_000 + 977 * number).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7 + number) }
        )
      })
    var settings = LoopbackPortal.Settings()
    // A stalled connection costs seconds; DownloaderTests has one.
    settings.faults = .seeded(seed, rate: 0.7, kinds: Fault.allCases.filter { $0 != .stall })
    settings.seed = seed
    let portal = try LoopbackPortal(settings, files: { files[$0].map { .bytes($0) } })
    let downloads = files.sorted { $0.key < $1.key }.map { name, bytes in
      Download(
        // The portal's limit of requests would make this a long test.
        address: name, url: portal.store(name), name: name, bytes: bytes.count,
        md5: digest(bytes, .md5))
    }
    let fetched = try Downloader(
      downloads, into: folder.path,
      .init(
        parallel: 16, retries: 12, backOff: BackOff(first: 0.01, longest: 0.05),
        budgetDirectory: folder.path)
    ).run(progress: { _ in }, check: {})
    #expect(fetched.count == files.count)
    for (name, bytes) in files { #expect(try Path.read(folder.at(name)) == bytes) }
    #expect(portal.exchanges.count { $0.fault != nil } >= 20)
    for name in files.keys { try checkNothingCameTwice(portal, name) }
  }

  /// A request goes on where the one before ended, unless something had shown that what came was wrong.
  private func checkNothingCameTwice(_ portal: LoopbackPortal, _ name: String) throws {
    var end = 0
    var mayBegin = true
    var isDoubtful = false
    var ignored = 0
    for one in portal.exchanges where one.request.path == "/\(name)" && one.sentBytes > 0 {
      let start = one.request.rangeStart ?? 0
      #expect(start == end || (start == 0 && (mayBegin || isDoubtful)))
      switch one.fault {
      case .wrongRange, .ignoreRange:
        // Twice in a row, and the file is asked for from its start.
        ignored += 1
        isDoubtful = isDoubtful || ignored > 1
        continue
      case .failure, .tooManyRequests, .unavailable, .expired: continue
      case .truncated where one.status == 200: continue
      default: break
      }
      end = one.firstByte + one.sentBytes
      // After a flipped bit everything comes anew; after another version, too.
      isDoubtful = isDoubtful || one.fault == .flip || one.fault == .changedTag
      mayBegin = false
    }
  }

  @Test func aPortalIsNotAskedFasterThanItsLimit() throws {
    let folder = try TemporaryDirectory()
    let portal = try LoopbackPortal(files: { .bytes(Array($0.utf8)) })
    let downloads = (0..<14).map { number in
      let name = "ENCFF\(number).bed"
      return Download(
        address: name, url: portal.download(name), name: name, md5: digest(Array(name.utf8), .md5))
    }
    let downloader = try Downloader(
      downloads, into: folder.path, .init(parallel: 14, budgetDirectory: folder.path))
    #expect(try downloader.run(progress: { _ in }, check: {}).count == 14)
    #expect(portal.exchanges.count { $0.request.side == .portal } == 14)
    // However late each arrives: the last was sent so long after the first.
    #expect(portal.exchanges.map(\.request.time).max() ?? 0 >= 13 * RequestBudget.shortestInterval)
  }
}
