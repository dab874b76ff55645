import CSQLite
import Files

/// How a run finds the history of those before it.
extension WorkflowRun {
  /// Opens the ledger and ends what a dead engine left.
  ///
  /// - Returns: the ledger; and where it was damaged and a new one begun, the path that the old one has now.
  static func openLedger(
    in state: StateDirectory
  ) throws -> (ledger: Ledger, setAside: String?) {
    do {
      return (try ready(state), nil)
    } catch let error as SQLiteError where error.isDamage {
      let aside = try state.setLedgerAside()
      return (try ready(state), aside)
    }
  }

  /// Ends what runs, and puts the database aside so that the next run begins a new one.
  func stopForDamage(_ error: SQLiteError) throws -> Diagnostic {
    for task in running {
      task.execution.end()
      _ = task.execution.outcome(blocking: true)
    }
    let aside = try options.stateDirectory.setLedgerAside()
    return Diagnostic(
      "the database of the history is damaged (\(error.message)); it is now \(aside)",
      fix:
        "run again: a new one is begun, and the results that are whole are taken from their directories"
    )
  }

  private static func ready(_ state: StateDirectory) throws -> Ledger {
    let ledger = try Ledger(writing: state.path)
    let interrupted = try ledger.closeInterrupted()
    Leftovers.end(ofRuns: interrupted)
    if !interrupted.isEmpty { state.removePartialOutputs() }
    return ledger
  }
}

extension StateDirectory {
  /// Puts a database that cannot be used out of the way. The caller holds the lock.
  ///
  /// - Returns: its new path.
  func setLedgerAside() throws(FileError) -> String {
    var number = 1
    while Path.exists("\(path)/flow.db.damaged-\(number)") { number += 1 }
    let aside = "\(path)/flow.db.damaged-\(number)"
    // The log goes first: without its database it is nothing, and with another it is poison.
    for end in ["-wal", "-shm", ""] where Path.exists("\(path)/flow.db\(end)") {
      try Path.move("\(path)/flow.db\(end)", to: aside + end)
    }
    return aside
  }
}

extension SQLiteError {
  /// Whether the file itself is at fault.
  var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xFF) }
}
