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
    let (one, other) = (budget(), budget())
    #expect(one.take() == 0)
    let wait = other.take()
    #expect(wait > 0 && wait <= RequestBudget.shortestInterval)
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
    #expect(other.take() > 29)
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
    #expect(alone.take() > 0)
  }
}
