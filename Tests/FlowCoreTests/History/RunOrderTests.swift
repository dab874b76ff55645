import FlowTesting
import Testing

@testable import FlowCore

/// Which run is the latest is a question of what came after what, not of what a clock said.
@Suite struct RunOrderTests {
  @Test func runsAreOrderedAsTheyWereEntered() throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger(writing: directory.path)
    for (id, started) in [("first", 2e9), ("second", 1e9), ("third", 0)] {
      try ledger.beginRun(
        RunRecord(
          id: id, workflow: "w", file: "w.yaml", parameters: [:], flowVersion: "1", host: "here",
          pid: 1, cpus: 1, memory: 1, started: started, ended: nil, status: .running), source: "")
    }
    #expect(try ledger.runs().map(\.id) == ["third", "second", "first"])
    #expect(try ledger.runs(limit: 1, offset: 1).map(\.id) == ["second"])
    #expect(try ledger.run("latest").id == "third")
  }

  /// As pages of a disk that were mixed up make it.
  @Test func rowsThatContradictEachOtherAreDamage() throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger(writing: directory.path)
    let entry = "INSERT INTO parameters (step, name, value) VALUES (1, 'n', '1')"
    try ledger.database.run(entry)
    #expect {
      try ledger.database.run(entry)
    } throws: {
      ($0 as? SQLiteError)?.isDamage == true
    }
  }
}
