import Files

/// A step of the workflow with all its tasks in one run.
public struct StepSummary: Sendable {
  public var step: String
  public var operation: String
  /// How many tasks have each status.
  public var counts: [StepStatus: Int]
  /// What was asked for: processor cores, and bytes of memory where it was said.
  public var cpus: Int
  public var memory: Int?
  /// What the attempts of this run took, if there were any.
  public var use: Use?

  public struct Use: Sendable {
    /// Attempts that have ended.
    public var attempts: Int
    /// When the first began and the last ended, in seconds since 1970.
    public var began: Double
    public var ended: Double
    /// Together, and the longest of them, in seconds.
    public var seconds: Double
    public var longest: Double
    /// Processor seconds of all.
    public var processorSeconds: Double
    /// The most that one needed, in bytes; 0 where it is not known.
    public var peakMemory: Int
  }

  public var total: Int { counts.values.reduce(0, +) }
  /// Tasks that will not run any more.
  public var ended: Int { total - (counts[.waiting] ?? 0) - (counts[.running] ?? 0) }
}

/// How far a running step is.
public struct StepProgress: Sendable {
  public var done: Double
  /// 0 where it is not known.
  public var total: Double
  public var unit: String
  public var note: String?
  /// Units a second.
  public var rate: Double?
  /// When it was told, in seconds since 1970.
  public var time: Double
}

/// A page of a long list of steps.
public struct StepFilter: Sendable {
  /// Part of a name.
  public var text: String
  public var status: StepStatus?
  /// Only tasks of this step of the workflow.
  public var step: String?

  public init(text: String = "", status: StepStatus? = nil, step: String? = nil) {
    self.text = text
    self.status = status
    self.step = step
  }
}

// What a page about a run of thousands of tasks asks: sums, and parts of lists.
extension Ledger {
  /// The newest runs, after the first `offset` of them.
  public func runs(limit: Int, offset: Int) throws -> [RunRecord] {
    try database.run(
      "SELECT * FROM runs ORDER BY rowid DESC LIMIT ? OFFSET ?",
      [.integer(limit), .integer(offset)]
    ).map(runRecord)
  }

  public func runCount() throws -> Int {
    try database.run("SELECT count(*) AS n FROM runs").first?.integer("n") ?? 0
  }

  /// The run with exactly this id.
  public func exactRun(_ id: String) throws -> RunRecord? {
    try database.run("SELECT * FROM runs WHERE id = ?", [.text(id)]).first.map(runRecord)
  }

  /// How many tasks of a run have each status.
  public func counts(ofRun id: String) throws -> [StepStatus: Int] {
    var counts: [StepStatus: Int] = [:]
    let rows = try database.run(
      "SELECT status, count(*) AS n FROM steps WHERE run = ? GROUP BY status", [.text(id)])
    for row in rows { counts[stepStatus(row), default: 0] += row.integer("n") ?? 0 }
    return counts
  }

  /// The steps of a run's workflow, in the plan's order.
  public func summaries(ofRun id: String) throws -> [StepSummary] {
    var order: [String] = []
    var summaries: [String: StepSummary] = [:]
    try database.each(
      """
      SELECT step, operation, status, count(*) AS n, min(id) AS first, max(cpus) AS cpus,
        max(memory) AS memory
      FROM steps WHERE run = ? GROUP BY step, status ORDER BY first
      """, [.text(id)]
    ) { row in
      let name = row.text("step") ?? ""
      if summaries[name] == nil { order.append(name) }
      var summary =
        summaries[name]
        ?? StepSummary(
          step: name, operation: row.text("operation") ?? "", counts: [:], cpus: 1)
      summary.counts[stepStatus(row), default: 0] += row.integer("n") ?? 0
      summary.cpus = max(summary.cpus, row.integer("cpus") ?? 1)
      summary.memory = row.integer("memory") ?? summary.memory
      summaries[name] = summary
    }
    try database.each(
      """
      SELECT s.step, count(a.ended) AS n, min(a.started) AS began, max(coalesce(a.ended, a.started)) AS ended,
        sum(a.ended - a.started) AS seconds, max(a.ended - a.started) AS longest,
        sum(coalesce(a.user_seconds, 0) + coalesce(a.system_seconds, 0)) AS processor,
        max(a.peak_memory) AS peak
      FROM steps s JOIN attempts a ON a.step = s.id WHERE s.run = ? GROUP BY s.step
      """, [.text(id)]
    ) { row in
      summaries[row.text("step") ?? ""]?.use = StepSummary.Use(
        attempts: row.integer("n") ?? 0, began: row.number("began") ?? 0,
        ended: row.number("ended") ?? 0, seconds: max(0, row.number("seconds") ?? 0),
        longest: max(0, row.number("longest") ?? 0),
        processorSeconds: row.number("processor") ?? 0, peakMemory: row.integer("peak") ?? 0)
    }
    return order.compactMap { summaries[$0] }
  }

  /// Which steps of a run's workflow need which, found from the first task of each that needs any.
  public func edges(ofRun id: String) throws -> [(from: String, to: String)] {
    let rows = try database.run(
      """
      SELECT step, needs FROM steps
      WHERE id IN (SELECT min(id) FROM steps WHERE run = ? AND needs != '[]' GROUP BY step) ORDER BY id
      """, [.text(id)])
    var edges: [(from: String, to: String)] = []
    for row in rows {
      let to = row.text("step") ?? ""
      var seen: Set<String> = []
      for need in (try? JSON(parsing: row.text("needs") ?? "[]"))?.array ?? [] {
        // A task's name is its step's, and then the values of its axes: `binding[factor=MAX]`.
        let from = String((need.string ?? "").prefix { $0 != "[" })
        if from != to, seen.insert(from).inserted { edges.append((from, to)) }
      }
    }
    return edges
  }

  /// Tasks of a run that pass a filter, what went wrong first, then what is running, then the plan's order.
  public func steps(
    ofRun id: String, _ filter: StepFilter, limit: Int, offset: Int
  ) throws -> [StepRecord] {
    let (condition, values) = condition(filter)
    let order = """
      CASE s.status WHEN 'failed' THEN 0 WHEN 'interrupted' THEN 1 WHEN 'running' THEN 2 ELSE 3 END
      """
    return try database.run(
      stepQuery + " WHERE s.run = ?\(condition) ORDER BY \(order), s.id LIMIT ? OFFSET ?",
      [.text(id)] + values + [.integer(limit), .integer(offset)], as: stepRecord)
  }

  /// The first task of each step of a run's workflow.
  public func firstTasks(ofRun id: String, limit: Int) throws -> [StepRecord] {
    try database.run(
      stepQuery + """
         WHERE s.id IN (SELECT min(id) FROM steps WHERE run = ? GROUP BY step ORDER BY 1 LIMIT ?)
        ORDER BY s.id
        """, [.text(id), .integer(limit)], as: stepRecord)
  }

  public func stepCount(ofRun id: String, _ filter: StepFilter) throws -> Int {
    let (condition, values) = condition(filter)
    return try database.run(
      "SELECT count(*) AS n FROM steps s WHERE s.run = ?\(condition)", [.text(id)] + values
    ).first?.integer("n") ?? 0
  }

  private func condition(_ filter: StepFilter) -> (sql: String, values: [SQLValue]) {
    var sql = ""
    var values: [SQLValue] = []
    if !filter.text.isEmpty {
      sql += " AND instr(lower(s.name), lower(?)) > 0"
      values.append(.text(filter.text))
    }
    if let step = filter.step {
      sql += " AND s.step = ?"
      values.append(.text(step))
    }
    if let status = filter.status {
      // What a dead engine left running or waiting is read as interrupted.
      switch status {
      case .interrupted where isAbandoned:
        sql += " AND s.status IN ('interrupted', 'running', 'waiting')"
      case .running where isAbandoned, .waiting where isAbandoned: sql += " AND 0"
      default:
        sql += " AND s.status = ?"
        values.append(.text(status.rawValue))
      }
    }
    return (sql, values)
  }

  /// How far a step is, as it told last.
  public func progress(ofStep id: Int) throws -> StepProgress? {
    try database.run("SELECT * FROM progress WHERE step = ?", [.integer(id)]).first.map {
      StepProgress(
        done: $0.number("done") ?? 0, total: $0.number("total") ?? 0, unit: $0.text("unit") ?? "",
        note: $0.text("note"), rate: $0.number("rate"), time: $0.number("time") ?? 0)
    }
  }

  /// Tasks of a run that have time series or records under a prefix (`table:`, `chart:`), of their own or of the step
  /// that made their result.
  ///
  /// - Parameter prefix: nil for time series.
  public func steps(
    ofRun id: String, withRecords prefix: String?, limit: Int
  ) throws -> [StepRecord] {
    let madeBy = "CASE WHEN s.status = 'reused' THEN coalesce(r.step, s.id) ELSE s.id END"
    let exists =
      prefix == nil
      ? "EXISTS (SELECT 1 FROM metrics m WHERE m.step = \(madeBy))"
      : "EXISTS (SELECT 1 FROM records c WHERE c.step = \(madeBy) AND substr(c.key, 1, ?) = ?)"
    let values: [SQLValue] = prefix.map { [.integer($0.utf8.count), .text($0)] } ?? []
    return try database.run(
      stepQuery + " WHERE s.run = ? AND \(exists) ORDER BY s.id LIMIT ?",
      [.text(id)] + values + [.integer(limit)]
    ).map(stepRecord)
  }

  /// The time series of a step as `metrics(ofStep:)` gives them, or of long ones the lowest and the highest point
  /// of each of some hundred stretches: what a drawing shows, without reading out all of them.
  ///
  /// - Parameter limit: about how many points each may have.
  public func outlines(
    ofStep id: Int, limit: Int
  ) throws -> [(name: String, points: [MetricPoint])] {
    let extents = try database.run(
      "SELECT name, count(*) AS n, min(at) AS low, max(at) AS high FROM metrics WHERE step = ? GROUP BY name",
      [.integer(id)])
    var series: [(name: String, points: [MetricPoint])] = []
    for extent in extents {
      guard let name = extent.text("name"), let low = extent.integer("low"),
        let high = extent.integer("high"), let count = extent.integer("n")
      else { continue }
      let rows: [SQLRow]
      if count <= limit {
        rows = try database.run(
          "SELECT at, value FROM metrics WHERE step = ? AND name = ? ORDER BY at, rowid",
          [.integer(id), .text(name)])
      } else {
        // SQLite gives the other columns of the row that has the minimum or maximum
        // (https://www.sqlite.org/lang_select.html#bareagg).
        let stretch = max(1, (high - low) / max(1, limit / 2) + 1)
        let values: [SQLValue] = [.integer(id), .text(name), .integer(low), .integer(stretch)]
        rows = try database.run(
          """
          SELECT at, min(value) AS value FROM metrics WHERE step = ?1 AND name = ?2 GROUP BY (at - ?3) / ?4
          UNION SELECT at, max(value) FROM metrics WHERE step = ?1 AND name = ?2 GROUP BY (at - ?3) / ?4
          UNION SELECT at, value FROM metrics WHERE step = ?1 AND name = ?2 AND at = \(high)
          ORDER BY at
          """, values)
      }
      var points: [MetricPoint] = []
      for row in rows {
        let point = MetricPoint(at: row.integer("at") ?? 0, value: row.number("value") ?? .nan)
        if points.last?.at == point.at {
          points[points.count - 1] = point
        } else {
          points.append(point)
        }
      }
      series.append((name, points))
    }
    return series
  }

  /// Attempts of a run in the order of their beginning, each with the row of its step.
  public func attempts(ofRun id: String, limit: Int) throws -> [(step: Int, AttemptRecord)] {
    try database.run(
      """
      SELECT a.* FROM attempts a JOIN steps s ON s.id = a.step WHERE s.run = ?
      ORDER BY a.started, a.id LIMIT ?
      """, [.text(id), .integer(limit)]
    ).map { ($0.integer("step") ?? 0, attemptRecord($0)) }
  }
}
