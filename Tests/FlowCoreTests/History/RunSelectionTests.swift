import Testing

@testable import FlowCore

@Suite struct RunSelectionTests {
  /// Five runs, the newest first; the third failed.
  private let runs = (0..<5).map { number in
    RunRecord(
      id: "run-\(number)", workflow: "w", file: "w.yaml", parameters: [:], flowVersion: "1",
      host: "here", pid: 1, cpus: 1, memory: 1, started: Double(100 - number), ended: nil,
      status: number == 2 ? .failed : .done)
  }

  private func selected(_ change: (inout RunSelection) -> Void) -> [String] {
    var selection = RunSelection()
    change(&selection)
    return selection.selected(of: runs).map(\.id)
  }

  @Test func nothingSaidSelectsNothing() { #expect(selected { _ in } == []) }

  /// Clocks are set back, and a machine may wake up in 1970.
  @Test func aRunIsNotOlderThanOneBeforeIt() {
    var selection = RunSelection()
    selection.before = 98
    var runs = runs
    runs[0].started = 0
    #expect(selection.selected(of: runs).map(\.id) == ["run-3", "run-4"])
  }

  @Test func eachConditionAloneAndAllTogether() {
    #expect(selected { $0.keep = 3 } == ["run-3", "run-4"])
    #expect(selected { $0.before = 98 } == ["run-3", "run-4"])
    #expect(selected { $0.failed = true } == ["run-2"])
    #expect(selected { $0.runs = ["run-0"] } == ["run-0"])
    #expect(
      selected {
        $0.keep = 4
        $0.before = 98
      } == ["run-4"])
    #expect(
      selected {
        $0.keep = 3
        $0.failed = true
      } == [])
  }
}
