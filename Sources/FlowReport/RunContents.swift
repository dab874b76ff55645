import Files
import FlowCore

/// All that the page shows, read from the ledger once: from here on the report is a function of values.
struct RunContents {
  var run: RunRecord
  /// The workflow file's text as it was.
  var source: String
  /// In the plan's order.
  var steps: [StepContents]
  var published: [(path: String, sha256: String)]

  init(_ run: RunRecord, in ledger: Ledger) throws {
    self.run = run
    source = try ledger.source(ofRun: run.id)
    steps = try ledger.steps(ofRun: run.id).map { try StepContents($0, in: ledger) }
    published = try ledger.published(byRun: run.id)
  }

  init(
    run: RunRecord, source: String, steps: [StepContents],
    published: [(path: String, sha256: String)] = []
  ) {
    self.run = run
    self.source = source
    self.steps = steps
    self.published = published
  }

  /// When the run ended, or the last that is known of one that has not.
  var lastMoment: Double {
    if let ended = run.ended { return max(ended, run.started) }
    let times = steps.flatMap { step in
      step.attempts.flatMap { [$0.started, $0.ended ?? $0.started] }
    }
    return times.reduce(run.started, max)
  }

  /// How many steps have each status; only those that occur, what went wrong first.
  var counts: [(status: StepStatus, count: Int)] {
    var counts: [StepStatus: Int] = [:]
    for step in steps { counts[step.record.status, default: 0] += 1 }
    return StepStatus.byConcern.compactMap { status in counts[status].map { (status, $0) } }
  }
}

/// One step of the run with all that the ledger knows of it.
struct StepContents {
  var record: StepRecord
  /// For a reused step the step of an earlier run that made its result.
  var origin: StepRecord?
  /// The step's own attempts; none for a reused step.
  var attempts: [AttemptRecord] = []
  /// The attempts of the step that made the result; `attempts` unless it is reused.
  var makingAttempts: [AttemptRecord] = []
  var parameters: [(name: String, value: JSON)] = []
  var inputs: [ArtifactRecord] = []
  var outputs: [ArtifactRecord] = []
  /// Time series, of the step that made the result.
  var metrics: [(name: String, points: [MetricPoint])] = []
  /// Facts, of the step that made the result.
  var records: [(key: String, value: JSON)] = []
  /// The end of the log, for a step that went wrong.
  var logTail: String?

  init(_ record: StepRecord) { self.record = record }

  init(_ record: StepRecord, in ledger: Ledger) throws {
    self.record = record
    attempts = try ledger.attempts(ofStep: record.id)
    makingAttempts = attempts
    if record.madeBy != record.id {
      origin = try ledger.step(record.madeBy)
      makingAttempts = try ledger.attempts(ofStep: record.madeBy)
    }
    parameters = try ledger.parameters(ofStep: record.id)
    inputs = try ledger.inputs(ofStep: record.id)
    metrics = try ledger.metrics(ofStep: record.madeBy)
    records = try ledger.records(ofStep: record.madeBy)
    guard let key = record.key else { return }
    if record.status == .done || record.status == .reused {
      outputs = try ledger.outputs(ofKey: key)
    } else {
      let log = "\(StateDirectory(ledger.directory).step(key))/log"
      logTail = Self.tail(ofLog: log)
    }
  }

  /// The last lines of a log, at most 8 kB; nil where there is no log or nothing in it.
  private static func tail(ofLog path: String) -> String? {
    guard let bytes = try? Path.read(path, limit: 1 << 26), !bytes.isEmpty else { return nil }
    let tail = bytes.suffix(8_000)
    // A tail that begins inside a line begins at the next.
    guard tail.count < bytes.count, let end = tail.firstIndex(of: 0x0A) else {
      return String(decoding: tail, as: UTF8.self)
    }
    return String(decoding: tail[(end + 1)...], as: UTF8.self)
  }

  /// The tables under `table:*`; others, that are not of the form, are plain facts.
  var tables: [JSONTable] {
    records.compactMap { $0.key.hasPrefix("table:") ? JSONTable($0.value) : nil }
  }

  /// Seconds that the last attempt took; nil where none has ended.
  var duration: Double? {
    makingAttempts.last.flatMap { attempt in attempt.ended.map { $0 - attempt.started } }
  }

  /// Processor seconds of the last attempt.
  var processorSeconds: Double? {
    makingAttempts.last.flatMap { attempt in
      attempt.userSeconds.map { $0 + (attempt.systemSeconds ?? 0) }
    }
  }

  /// The highest memory use of the last attempt, in bytes.
  var peakMemory: Int? { makingAttempts.last.flatMap(\.peakMemory).flatMap { $0 > 0 ? $0 : nil } }
}
