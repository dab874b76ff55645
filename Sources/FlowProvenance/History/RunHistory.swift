import Files
import FlowCore

/// A run as exports tell it. Steps are read at once, what belongs to each only when it is its turn: ten thousand
/// steps with all their files need not be in memory together.
public struct RunHistory {
  let run: RunRecord
  let ledger: Ledger
  /// In the plan's order.
  let steps: [StepRecord]
  /// The workflow file's text as it was.
  let source: String

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public init(_ run: RunRecord, in ledger: Ledger) throws {
    self.run = run
    self.ledger = ledger
    steps = try ledger.steps(ofRun: run.id)
    source = try ledger.source(ofRun: run.id)
  }

  /// The run's id.
  public var id: String { run.id }

  /// - Throws: `Diagnostic` for a run that is still going on: what it is a record of has not happened yet.
  func checkHasEnded() throws(Diagnostic) {
    guard run.status != .running else {
      throw Diagnostic("run \(run.id) is still going on", fix: "export it when it has ended")
    }
  }

  /// The attempts that made the result of a step: its own, or for a reused step those of the step that made it.
  func attempts(of step: StepRecord) throws -> [AttemptRecord] {
    try ledger.attempts(ofStep: step.madeBy)
  }

  /// The outputs of a step; none where it has no result.
  func outputs(of step: StepRecord) throws -> [ArtifactRecord] {
    guard step.status == .done || step.status == .reused, let key = step.key else { return [] }
    return try ledger.outputs(ofKey: key)
  }
}
