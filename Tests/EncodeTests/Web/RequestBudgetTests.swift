import Files
import FlowTesting
import Glibc
import Testing

@testable import Encode

/// The count of requests that processes share.
@Suite struct RequestBudgetTests {
  let folder: TemporaryDirectory
  let origin: Origin

  init() throws {
    folder = try TemporaryDirectory()
    origin = try #require(Origin(of: "https://www.encodeproject.org/search/?type=File"))
  }

  func budget() -> RequestBudget { RequestBudget(origin, directory: folder.path) }

  @Test func onlyOneOfManyMayGoAtATime() {
    let wait = waitAfter(budget(), budget())
    #expect(wait > 0 && wait <= RequestBudget.shortestInterval)
  }

  /// What the second has to wait after the first has gone; asked again where the machine was slower than the limit.
  func waitAfter(_ one: RequestBudget, _ other: RequestBudget) -> Double {
    for _ in 0..<100 {
      let begin = seconds()
      let pause = one.take()
      let wait = other.take()
      if pause == 0, seconds() - begin < RequestBudget.shortestInterval / 2 { return wait }
      usleep(UInt32(max(pause, wait) * 1e6) + 1)
    }
    return 0
  }

  @Test func otherOriginsCountForThemselves() throws {
    #expect(budget().take() == 0)
    let other = try #require(Origin(of: "http://www.encodeproject.org/"))
    #expect(RequestBudget(other, directory: folder.path).take() == 0)
  }

  @Test func aBusyServerSlowsAll() {
    let (one, other) = (budget(), budget())
    _ = one.take()
    one.slowDown(pause: 30)
    #expect(other.take() > 20)
    // A pause beyond reason is cut.
    one.slowDown(pause: 1_000_000)
    #expect(other.take() <= 600)
  }

  @Test(arguments: ["", "rubbish", "a b c", "x nan inf", "x 1e300 -5"])
  func aDamagedFileCountsAsNew(content: String) throws {
    _ = budget().take()
    let name = try #require(try Path.list(folder.path).first)
    let boot = try Path.readText("/proc/sys/kernel/random/boot_id")
    try folder.write(name, content.replacing("x", with: boot.prefix(36)))
    #expect(budget().take() <= 700)
    #expect(budget().take() <= 700)
  }

  @Test func whereNoFileCanBeTheProcessCountsForItself() {
    let alone = RequestBudget(origin, directory: folder.at("missing"))
    #expect(alone.take() == 0)
    #expect(waitAfter(alone, alone) > 0)
  }
}
