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
  /// Positions in `steps` by the ledger's rows.
  private let rows: [Int: Int]
  /// The rows of the steps that made the results of reused ones.
  private let makers: [Int: Int]

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public init(_ run: RunRecord, in ledger: Ledger) throws {
    self.run = run
    self.ledger = ledger
    let steps = try ledger.steps(ofRun: run.id)
    self.steps = steps
    source = try ledger.source(ofRun: run.id)
    rows = Dictionary(uniqueKeysWithValues: steps.indices.map { (steps[$0].id, $0) })
    var makers: [Int: Int] = [:]
    for step in steps where step.status == .reused {
      makers[step.id] = try ledger.maker(ofResultOf: step)
    }
    self.makers = makers
  }

  /// The run's id.
  public var id: String { run.id }

  /// - Throws: `Diagnostic` for a run that is still going on: what it is a record of has not happened yet.
  func checkHasEnded() throws(Diagnostic) {
    guard run.status != .running else {
      throw Diagnostic("run \(run.id) is still going on", fix: "export it when it has ended")
    }
  }

  /// One attempt, or a step that failed before there was one.
  struct Attempt {
    var number: Int
    var record: AttemptRecord?
    var isDone: Bool
  }

  /// The row of the step that made a step's result: its own unless it is reused.
  func maker(of step: StepRecord) -> Int { makers[step.id] ?? step.id }

  /// The step of this run whose result a step took: the same work twice in one workflow is done once.
  func twin(of step: StepRecord) -> StepRecord? {
    makers[step.id].flatMap { rows[$0] }.map { steps[$0] }
  }

  /// What was done for a step: nothing for one that was not reached or has a twin, the attempt that made the result
  /// for one that took it from an earlier run, otherwise all attempts.
  func attempts(of step: StepRecord) throws -> [Attempt] {
    switch step.status {
    case .waiting, .skipped: return []
    case .reused where twin(of: step) != nil: return []
    case .reused:
      return try ledger.attempts(ofStep: maker(of: step)).suffix(1).map {
        Attempt(number: $0.number, record: $0, isDone: true)
      }
    default: break
    }
    let records = try ledger.attempts(ofStep: step.id)
    if records.isEmpty && step.status == .failed {
      return [Attempt(number: 1, record: nil, isDone: false)]
    }
    return records.enumerated().map { position, record in
      Attempt(
        number: record.number, record: record,
        isDone: step.status == .done && position == records.count - 1)
    }
  }

  /// Why an attempt has no result.
  func error(of step: StepRecord, _ attempt: Attempt) -> String {
    let message = attempt.record?.message ?? ""
    return message.isEmpty ? step.message ?? "it ended without a word, with the engine" : message
  }

  /// A name of the run that no other has: a UUID of version 8 (RFC 9562) from its id, its host and its beginning.
  var uuid: String {
    let hash = StreamingHash.sha256(of: "flow run \(run.id) \(run.host) \(run.started)")
    var digits = Array(hash.prefix(32))
    digits[12] = "8"
    digits[16] = "9"
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
    return parts.joined(separator: "-")
  }

  /// The outputs of a step as they were made for it, whatever became of them; none where it has no result.
  func outputs(of step: StepRecord) throws -> [ArtifactRecord] {
    guard step.status == .done || step.status == .reused, let key = step.key else { return [] }
    return try ledger.outputs(ofKey: key, madeBy: maker(of: step))
  }
}
