import Files

// Questions to the ledger; all work on a read-only connection.
extension Ledger {
  /// All runs, the newest first: as they were entered, since clocks are set back.
  public func runs() throws -> [RunRecord] {
    try database.run("SELECT * FROM runs ORDER BY rowid DESC", as: runRecord)
  }

  /// The workflow file's text as it was.
  public func source(ofRun id: String) throws -> String {
    try database.run("SELECT source FROM runs WHERE id = ?", [.text(id)]).first?.text("source")
      ?? ""
  }

  /// The steps of a run in the plan's order.
  public func steps(ofRun id: String) throws -> [StepRecord] {
    try database.run(
      stepQuery + " WHERE s.run = ? ORDER BY s.id", [.text(id)], as: stepRecord)
  }

  public func step(_ id: Int) throws -> StepRecord? {
    try database.run(stepQuery + " WHERE s.id = ?", [.integer(id)]).first.map(stepRecord)
  }

  public func parameters(ofStep id: Int) throws -> [(name: String, value: JSON)] {
    try database.run(
      "SELECT name, value FROM parameters WHERE step = ? ORDER BY name", [.integer(id)]
    ).map { ($0.text("name") ?? "", (try? JSON(parsing: $0.text("value") ?? "")) ?? .null) }
  }

  public func inputs(ofStep id: Int) throws -> [ArtifactRecord] {
    try database.run(
      """
      SELECT i.name, i.path, i.sha256, i.key, a.kind, a.bytes FROM inputs i
      JOIN artifacts a ON a.sha256 = i.sha256 WHERE i.step = ? ORDER BY i.name, i.position
      """, [.integer(id)]
    ).map(artifactRecord)
  }

  /// The outputs under a key; their paths are from the state directory on.
  public func outputs(ofKey key: String) throws -> [ArtifactRecord] {
    try database.run(
      """
      SELECT o.name, o.path, o.sha256, o.key, a.kind, a.bytes FROM outputs o
      JOIN artifacts a ON a.sha256 = o.sha256 WHERE o.key = ? ORDER BY o.name
      """, [.text(key)]
    ).map(artifactRecord)
  }

  public func attempts(ofStep id: Int) throws -> [AttemptRecord] {
    try database.run("SELECT * FROM attempts WHERE step = ? ORDER BY id", [.integer(id)])
      .map(attemptRecord)
  }

  func attemptRecord(_ row: SQLRow) -> AttemptRecord {
    AttemptRecord(
      number: row.integer("number") ?? 0, started: row.number("started") ?? 0,
      ended: row.number("ended"), exitCode: row.integer("exit_code"),
      signal: row.integer("signal"), userSeconds: row.number("user_seconds"),
      systemSeconds: row.number("system_seconds"), peakMemory: row.integer("peak_memory"),
      message: row.text("message"), pid: row.integer("pid"),
      bytesRead: row.integer("bytes_read"), bytesWritten: row.integer("bytes_written"))
  }

  /// The time series of a step, by name, each in the order of its positions. Where an attempt repeated
  /// positions of an earlier one, the later value counts. NaN, which SQLite keeps as NULL, is NaN again.
  public func metrics(ofStep id: Int) throws -> [(name: String, points: [MetricPoint])] {
    let rows = try database.run(
      "SELECT name, at, value FROM metrics WHERE step = ? ORDER BY name, at, rowid", [.integer(id)])
    var series: [(name: String, points: [MetricPoint])] = []
    for row in rows {
      guard let name = row.text("name"), let at = row.integer("at") else { continue }
      let value = row.number("value") ?? .nan
      if series.last?.name != name { series.append((name, [])) }
      let point = MetricPoint(at: at, value: value)
      let last = series.count - 1
      if series[last].points.last?.at == at {
        series[last].points[series[last].points.count - 1] = point
      } else {
        series[last].points.append(point)
      }
    }
    return series
  }

  /// The facts that a step recorded, by key.
  public func records(ofStep id: Int) throws -> [(key: String, value: JSON)] {
    try database.run("SELECT key, value FROM records WHERE step = ? ORDER BY key", [.integer(id)])
      .map { ($0.text("key") ?? "", (try? JSON(parsing: $0.text("value") ?? "")) ?? .null) }
  }

  /// The tables that a run's steps, or those that made what it reused, recorded; in the plan's order.
  func recordedTables(ofRun id: String) throws -> [JSON] {
    try database.run(
      """
      SELECT t.value FROM (\(stepQuery) WHERE s.run = ?) made
      JOIN records t ON t.step = made.made_by AND t.key LIKE 'table:%' ORDER BY made.id, t.key
      """, [.text(id)]
    ).compactMap { try? JSON(parsing: $0.text("value") ?? "") }
  }

  /// The files copied to the results directory by a run; at most `limit`.
  public func published(
    byRun id: String, limit: Int = .max
  ) throws -> [(path: String, sha256: String)] {
    try database.run(
      "SELECT path, sha256 FROM published WHERE run = ? ORDER BY path LIMIT ?",
      [.text(id), .integer(limit)],
      as: { ($0.text("path") ?? "", $0.text("sha256") ?? "") })
  }

  public func publishedCount(byRun id: String) throws -> Int {
    try database.run("SELECT count(*) AS n FROM published WHERE run = ?", [.text(id)]).first?
      .integer("n") ?? 0
  }

  /// The step that last made the result of a key.
  public func maker(ofKey key: String) throws -> StepRecord? {
    let rows = try database.run(
      "SELECT max(id) AS id FROM steps WHERE key = ? AND status = 'done'", [.text(key)])
    return try rows.first?.integer("id").flatMap { try step($0) }
  }

  /// The steps that made an artifact of this content, or a directory that holds such a file, oldest first;
  /// each key once. Results that are no longer there count too.
  public func makers(of sha256: String) throws -> [StepRecord] {
    let keys = try database.run(
      """
      WITH made (sha256) AS (
        SELECT ?1 UNION SELECT directory FROM directory_entries WHERE sha256 = ?1
      )
      SELECT max(step) AS step FROM (
        SELECT r.key AS key, r.step AS step FROM made m
          JOIN outputs o ON o.sha256 = m.sha256 JOIN results r ON r.key = o.key
        UNION ALL
        SELECT l.key, l.step FROM made m
          JOIN lost_outputs o ON o.sha256 = m.sha256 JOIN lost_results l ON l.id = o.lost
      ) GROUP BY key ORDER BY 1
      """, [.text(sha256)])
    return try keys.compactMap { try $0.integer("step").flatMap { try step($0) } }
  }

  /// The content hash of a file or directory outside the ledger.
  public static func contentHash(of path: String) throws -> Artifact {
    let scratch = try SQLiteConnection(":memory:")
    try Schema.migrate(scratch)
    return try ContentHasher(database: scratch).artifact(at: path)
  }

  var stepQuery: String {
    """
    SELECT s.*, p.name AS plugin_name, p.version, p.abi, p.library, p.sha256,
      CASE WHEN s.status = 'reused' THEN coalesce(r.step, s.id) ELSE s.id END AS made_by
    FROM steps s LEFT JOIN plugins p ON p.id = s.plugin LEFT JOIN results r ON r.key = s.key
    """
  }

  func stepRecord(_ row: SQLRow) -> StepRecord {
    let needs = (try? JSON(parsing: row.text("needs") ?? "[]"))?.array ?? []
    var plugin: PluginRecord?
    if let name = row.text("plugin_name") {
      plugin = PluginRecord(
        name: name, version: row.text("version") ?? "", abi: row.integer("abi") ?? 0,
        library: row.text("library") ?? "", sha256: row.text("sha256") ?? "")
    }
    return StepRecord(
      id: row.integer("id") ?? 0, run: row.text("run") ?? "", name: row.text("name") ?? "",
      step: row.text("step") ?? "", operation: row.text("operation") ?? "", plugin: plugin,
      key: row.text("key"), status: stepStatus(row),
      needs: needs.compactMap(\.string), cpus: row.integer("cpus") ?? 1,
      started: row.number("started"), ended: row.number("ended"), message: row.text("message"),
      madeBy: row.integer("made_by") ?? 0, memory: row.integer("memory"),
      timeLimit: row.integer("time_limit"))
  }

  func runRecord(_ row: SQLRow) -> RunRecord {
    RunRecord(
      id: row.text("id") ?? "", workflow: row.text("workflow") ?? "",
      file: row.text("file") ?? "",
      parameters: (try? JSON(parsing: row.text("parameters") ?? "{}")) ?? [:],
      flowVersion: row.text("flow_version") ?? "", host: row.text("host") ?? "",
      pid: row.integer("pid") ?? 0, cpus: row.integer("cpus") ?? 0,
      memory: row.integer("memory") ?? 0, started: row.number("started") ?? 0,
      ended: row.number("ended"),
      status: runStatus(row))
  }

  private func runStatus(_ row: SQLRow) -> RunStatus {
    let status = RunStatus(rawValue: row.text("status") ?? "") ?? .interrupted
    return status == .running && isAbandoned ? .interrupted : status
  }

  func stepStatus(_ row: SQLRow) -> StepStatus {
    let status = StepStatus(rawValue: row.text("status") ?? "") ?? .failed
    return (status == .running || status == .waiting) && isAbandoned ? .interrupted : status
  }

  func artifactRecord(_ row: SQLRow) -> ArtifactRecord {
    ArtifactRecord(
      name: row.text("name") ?? "", path: row.text("path") ?? "",
      sha256: row.text("sha256") ?? "", kind: row.text("kind") ?? "",
      bytes: row.integer("bytes") ?? 0, key: row.text("key"))
  }
}
