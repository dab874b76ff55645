import Files
import FuzzTargets
import Testing

/// What libFuzzer has found to reach new code, and what once crashed, is read again: nothing may crash.
@Suite struct ReplayTests {
  static let fixtures =
    Path.parent(Path.parent(#filePath)) + "/Fixtures/fuzz"

  @Test(arguments: FuzzTarget.allCases)
  func nothingOfTheCorpusCrashes(target: FuzzTarget) throws {
    let names = try Path.list("\(Self.fixtures)/\(target.rawValue)")
    #expect(!names.isEmpty)
    for name in names {
      let content = try Path.read("\(Self.fixtures)/\(target.rawValue)/\(name)")
      content.withUnsafeBytes { target.run($0) }
    }
  }
}
