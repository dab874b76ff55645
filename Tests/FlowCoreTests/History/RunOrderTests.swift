import FlowTesting
import Testing

@testable import FlowCore

/// Which run is the latest: the one that was entered last, whatever the clock said.
@Suite struct RunOrderTests {
  private let directory: TemporaryDirectory
  private let ledger: Ledger

  /// The second ran under a clock that was an hour ahead, the fourth under one that began anew in 1970.
  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger(writing: directory.path)
    for (id, started) in [
      ("z-first", 10_000.0), ("y-ahead", 13_600), ("x-put-right", 10_060), ("w-reset", 5),
    ] {
      try ledger.beginRun(
        RunRecord(
          id: id, workflow: "w", file: "/w.yaml", parameters: [:], flowVersion: "0", host: "h",
          pid: 1, cpus: 2, memory: 1, started: started, ended: nil, status: .done), source: "")
    }
  }

  private let newestFirst = ["w-reset", "x-put-right", "y-ahead", "z-first"]

  @Test func runsAreInTheOrderInWhichTheyWereEntered() throws {
    #expect(try ledger.runs().map(\.id) == newestFirst)
    #expect(try ledger.runs(limit: 2, offset: 1).map(\.id) == ["x-put-right", "y-ahead"])
    #expect(try ledger.run("latest").id == "w-reset")
    #expect(try ledger.run("latest~1").id == "x-put-right")
  }

  @Test func theNewestAreKept() throws {
    var selection = RunSelection()
    selection.keep = 1
    #expect(selection.selected(of: try ledger.runs()).map(\.id) == Array(newestFirst.dropFirst()))
  }

  /// SQLite may give rows without a key of their own other numbers then, in their order.
  @Test func aDatabaseThatIsWrittenAnewKeepsTheOrder() throws {
    try ledger.database.run("DELETE FROM runs WHERE id = 'y-ahead'")
    try ledger.database.script("VACUUM")
    #expect(try ledger.runs().map(\.id) == ["w-reset", "x-put-right", "z-first"])
  }
}
