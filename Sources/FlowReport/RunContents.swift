import Files
import FlowCore

/// All that the page shows, read from the ledger once: from here on the report is a function of values.
///
/// Bounded, however many tasks the run has.
package struct RunContents {
  package var run: RunRecord
  /// The workflow file's text as it was.
  var source: String
  /// In the plan's order; of a run with many tasks those that a reader looks at.
  var steps: [StepContents]
  /// The same by steps of the workflow; empty where nothing is known of them.
  var summaries: [StepSummary]
  /// Which steps of the workflow need which, where `steps` cannot tell.
  var edges: [(from: String, to: String)] = []
  /// Those of all tasks, where `steps` has not all.
  var plugins: [PluginRecord] = []
  /// The first of them.
  var published: [(path: String, sha256: String)]
  var publishedCount: Int
  /// How many tasks have each status.
  private var counted: [StepStatus: Int]

  /// Of a run with more tasks than this, not all are read.
  private static let taskLimit = 1000
  /// Of a run with more tasks than this, only some are read in full.
  private static let fullyRead = 600
  private static let publishedLimit = 1000

  init(_ run: RunRecord, in ledger: Ledger) throws {
    self.run = run
    source = try ledger.source(ofRun: run.id)
    summaries = try ledger.summaries(ofRun: run.id)
    published = try ledger.published(byRun: run.id, limit: Self.publishedLimit)
    publishedCount = try ledger.publishedCount(byRun: run.id)
    counted = try ledger.counts(ofRun: run.id)
    let total = counted.values.reduce(0, +)
    guard total > Self.fullyRead else {
      steps = try ledger.steps(ofRun: run.id).map { try StepContents($0, in: ledger) }
      return
    }
    var records = try Self.ofConcern(run, in: ledger)
    let shown = try Self.withSomethingToShow(run, in: ledger)
    var inFull = Set(shown.map(\.id))
    inFull.formUnion(
      records.lazy.filter { [.failed, .interrupted].contains($0.status) }.prefix(40).map(\.id))
    let known = Set(records.map(\.id))
    records += shown.filter { !known.contains($0.id) }
    records.sort { $0.id < $1.id }
    inFull.formUnion(records.prefix(200).map(\.id))
    steps = try records.map {
      inFull.contains($0.id)
        ? try StepContents($0, in: ledger) : try StepContents(useOf: $0, in: ledger)
    }
    if total > Self.taskLimit {
      if summaries.count <= Report.nodeLimit { edges = try ledger.edges(ofRun: run.id) }
      plugins = try ledger.plugins(ofRun: run.id)
    }
  }

  /// The tasks that the table of steps begins with: what went wrong first.
  private static func ofConcern(_ run: RunRecord, in ledger: Ledger) throws -> [StepRecord] {
    var records: [StepRecord] = []
    for status in StepStatus.byConcern where records.count < taskLimit {
      records += try ledger.steps(
        ofRun: run.id, StepFilter(status: status), limit: taskLimit - records.count, offset: 0)
    }
    return records
  }

  /// The first task of each step, and those with curves, tables and charts, each once.
  private static func withSomethingToShow(
    _ run: RunRecord, in ledger: Ledger
  ) throws -> [StepRecord] {
    var found = try ledger.firstTasks(ofRun: run.id, limit: 100)
    for prefix in [nil, "table:", "chart:"] as [String?] {
      found += try ledger.steps(ofRun: run.id, withRecords: prefix, limit: 200)
    }
    var seen: Set<Int> = []
    return found.filter { seen.insert($0.id).inserted }
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
    publishedCount = published.count
    counted = [:]
    for step in steps { counted[step.record.status, default: 0] += 1 }
  }

  /// How many tasks the run has.
  var total: Int { counted.values.reduce(0, +) }
  /// Whether there are more of them than `steps` has.
  var isPart: Bool { total > steps.count }

  /// When the run ended, or the last that is known of one that has not.
  var lastMoment: Double {
    if let ended = run.ended { return max(ended, run.started) }
    let times = steps.flatMap { step in
      step.attempts.flatMap { [$0.started, $0.ended ?? $0.started] }
    }
    return (times + summaries.compactMap { $0.use?.ended }).reduce(run.started, max)
  }

  /// How many steps have each status; only those that occur, what went wrong first.
  var counts: [(status: StepStatus, count: Int)] {
    StepStatus.byConcern.compactMap { status in counted[status].map { (status, $0) } }
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
  /// Whether what it was given and made was read.
  var isInFull = true

  /// Without what it was given and made.
  package init(_ record: StepRecord, attempts: [AttemptRecord] = []) {
    self.record = record
    self.attempts = attempts
    makingAttempts = attempts
  }

  /// With what it took, but not what it was given and made.
  ///
  /// - Throws: `SQLiteError` where the ledger cannot be read.
  init(useOf record: StepRecord, in ledger: Ledger) throws {
    self.init(record, attempts: try ledger.attempts(ofStep: record.id))
    isInFull = false
    if record.madeBy != record.id {
      origin = try ledger.step(record.madeBy)
      makingAttempts = try ledger.attempts(ofStep: record.madeBy)
    }
  }

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  package init(_ record: StepRecord, in ledger: Ledger) throws {
    try self.init(useOf: record, in: ledger)
    isInFull = true
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
