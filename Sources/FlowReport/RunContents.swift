import Files
import FlowCore

/// All that the page shows, read from the ledger once: from here on the report is a function of values.
package struct RunContents {
  package var run: RunRecord
  /// The workflow file's text as it was.
  var source: String
  /// In the plan's order.
  var steps: [StepContents]
  /// The same by steps of the workflow; empty where nothing is known of them.
  var summaries: [StepSummary]
  var published: [(path: String, sha256: String)]

  /// Of a run with more tasks than this, only some are read in full.
  private static let fullyRead = 600

  init(_ run: RunRecord, in ledger: Ledger) throws {
    self.run = run
    source = try ledger.source(ofRun: run.id)
    summaries = try ledger.summaries(ofRun: run.id)
    published = try ledger.published(byRun: run.id)
    let records = try ledger.steps(ofRun: run.id)
    let chosen =
      records.count <= Self.fullyRead ? nil : try Self.chosen(of: records, run: run.id, in: ledger)
    var attempts: [Int: [AttemptRecord]] = [:]
    if chosen != nil {
      for (step, attempt) in try ledger.attempts(ofRun: run.id, limit: 100_000) {
        attempts[step, default: []].append(attempt)
      }
    }
    steps = try records.map { record in
      if chosen?.contains(record.id) ?? true { return try StepContents(record, in: ledger) }
      return StepContents(record, attempts: attempts[record.id, default: []])
    }
  }

  /// What a reader of thousands of tasks looks at: those that failed, those that have something to show, and the
  /// first of them all.
  private static func chosen(
    of records: [StepRecord], run: String, in ledger: Ledger
  ) throws -> Set<Int> {
    var chosen = Set(records.prefix(200).map(\.id))
    chosen.formUnion(
      records.lazy.filter { $0.status == .failed || $0.status == .interrupted }.prefix(40).map(\.id)
    )
    for prefix in [nil, "table:", "chart:"] as [String?] {
      chosen.formUnion(
        try ledger.steps(ofRun: run, withRecords: prefix, limit: 200).map(\.id))
    }
    return chosen
  }

  package init(
    run: RunRecord, source: String, steps: [StepContents], summaries: [StepSummary] = [],
    published: [(path: String, sha256: String)] = []
  ) {
    self.run = run
    self.source = source
    self.steps = steps
    self.summaries = summaries
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
package struct StepContents {
  package var record: StepRecord
  /// For a reused step the step of an earlier run that made its result.
  package var origin: StepRecord?
  /// The step's own attempts; none for a reused step.
  package var attempts: [AttemptRecord] = []
  /// The attempts of the step that made the result; `attempts` unless it is reused.
  var makingAttempts: [AttemptRecord] = []
  package var parameters: [(name: String, value: JSON)] = []
  package var inputs: [ArtifactRecord] = []
  package var outputs: [ArtifactRecord] = []
  /// Time series, of the step that made the result.
  package var metrics: [(name: String, points: [MetricPoint])] = []
  /// Facts, of the step that made the result.
  package var records: [(key: String, value: JSON)] = []
  /// The end of the log, for a step that went wrong.
  package var logTail: String?

  /// Without what it was given and made.
  package init(_ record: StepRecord, attempts: [AttemptRecord] = []) {
    self.record = record
    self.attempts = attempts
    makingAttempts = attempts
  }

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  package init(_ record: StepRecord, in ledger: Ledger) throws {
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

  /// The last lines of a log, at most `limit` bytes; nil where there is no log or nothing in it.
  package static func tail(ofLog path: String, limit: Int = 8_000) -> String? {
    // A log of gigabytes is not read for its last lines.
    guard let file = try? FileHandle.openRegular(path), let size = try? file.size(), size > 0,
      let tail = try? file.read(upTo: limit, from: max(0, size - limit))
    else { return nil }
    // A tail that begins inside a line begins at the next.
    guard size > limit, let end = tail.firstIndex(of: 0x0A) else {
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
