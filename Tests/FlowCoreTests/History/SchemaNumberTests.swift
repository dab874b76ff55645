import FlowTesting
import Testing

@testable import FlowCore

/// The number of a database's schema, in which a bit may flip as anywhere else.
@Suite struct SchemaNumberTests {
  private let directory: TemporaryDirectory
  private let state: StateDirectory

  init() throws {
    directory = try TemporaryDirectory()
    state = StateDirectory(directory.path)
    _ = try Ledger(writing: directory.path)
  }

  private func number(_ number: Int) throws {
    try SQLiteConnection(directory.at("flow.db")).script("PRAGMA user_version = \(number)")
  }

  @Test(arguments: [0, 1, 2, Schema.migrations.count - 1, -3])
  func aDatabaseWithTablesThatItsNumberDoesNotKnowIsPutAside(_ number: Int) throws {
    try self.number(number)
    let aside = try WorkflowRun.openLedger(in: state).setAside
    #expect(aside == directory.at("flow.db.damaged-1"))
    #expect(try WorkflowRun.openLedger(in: state).setAside == nil)
  }

  @Test func aReaderSaysWhoPutsItAside() throws {
    try number(2)
    #expect {
      try Ledger(reading: directory.path)
    } throws: {
      "\($0)".contains("is damaged")
        && "\($0)".contains("fix: run a workflow; it puts the file aside")
    }
  }

  @Test func oneOfANewerFlowIsRefusedWithWhatToDo() throws {
    try number(999)
    #expect {
      try WorkflowRun.openLedger(in: state)
    } throws: {
      "\($0)".contains("written by a newer flow (schema 999")
        && "\($0)".contains("fix: use that flow")
    }
  }
}
