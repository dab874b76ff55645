import CSQLite
import Files
import Glibc

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

  /// Does what needs the database, and puts it aside where it proves damaged, so that the next run begins a new one.
  static func puttingAside<Result>(
    _ state: StateDirectory, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as SQLiteError where error.isDamage {
      let aside = try state.setLedgerAside()
      throw Diagnostic(
        "the database of the history is damaged (\(error.message)); it is now \(aside)",
        fix: "run again: a new one is begun, and results that are whole are taken from their "
          + "directories")
    }
  }

  /// Ends what a step has left behind: it could still write to what is about to be hashed.
  func endOrphans(of ended: RunningTask) {
    guard ended.execution.processID != nil else { return }
    let count = Orphans.end(
      leftBy: ended.directories.partial,
      sparing: Set(running.compactMap { $0.execution.processID.map { pid_t($0) } }))
    guard count > 0 else { return }
    let processes = count == 1 ? "a process" : "\(count) processes"
    observer.taskTold(
      plan.tasks[ended.position],
      .log(level: 2, message: "it left \(processes) behind, which had to be ended"))
  }

  /// After an error nothing stays at work that nobody watches; a job of a batch system does, and is found again.
  func endWhatRuns() {
    for task in running where task.execution.processID != nil {
      task.execution.end()
      _ = task.execution.outcome(blocking: true)
      _ = Orphans.end(leftBy: task.directories.partial, sparing: [])
    }
    running.removeAll()
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
  /// Whether the file itself is at fault. A table or column that is not there is too: ours are made together.
  var isDamage: Bool {
    switch code & 0xFF {
    case SQLITE_CORRUPT, SQLITE_NOTADB: true
    // What is entered has a new row each time: it stands there already only where pages were mixed up.
    case SQLITE_CONSTRAINT: true
    case SQLITE_ERROR:
      ["no such table", "no such column", "has no column", "malformed"].contains {
        message.contains($0)
      }
    default: false
    }
  }
}
