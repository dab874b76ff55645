import Testing

@testable import Pretrain

@Suite struct SaveTimeTests {
  @Test func aSaveThatIsTooCloseToTheTimeOfAStopIsTold() {
    #expect(SaveTime.warning(.seconds(20)) == nil)
    let warning = SaveTime.warning(.milliseconds(24_700)) ?? ""
    #expect(warning.hasPrefix("a checkpoint took 24 s, and a step that is told to stop has 30 s"))
  }
}
