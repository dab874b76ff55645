import Files

// What became of results.
extension Ledger {
  /// The last step that was to make the result of a key and did not, as far as the ledger knows.
  func latestStep(ofKey key: String) throws -> Int? {
    try database.run(
      "SELECT max(id) AS id FROM steps WHERE key = ? AND status = 'interrupted'", [.text(key)]
    ).first?.integer("id")
  }

  func knowsRun(_ id: String) throws -> Bool {
    try !database.run("SELECT 1 AS found FROM runs WHERE id = ?", [.text(id)]).isEmpty
  }

  /// Whether some step made a file or a directory of this content.
  func hasMade(_ sha256: String) throws -> Bool {
    try !database.run(
      """
      SELECT 1 AS found FROM outputs WHERE sha256 = ?1
      UNION ALL SELECT 1 FROM directory_entries e JOIN outputs o ON o.sha256 = e.directory
        WHERE e.sha256 = ?1 LIMIT 1
      """, [.text(sha256)]
    ).isEmpty
  }

  func hasResult(_ key: String) throws -> Bool { try durability(ofResult: key) != nil }

  /// How sure it is that the outputs of a key's result are on the disk; nil where there is no result.
  func durability(ofResult key: String) throws -> Durability? {
    guard
      let row = try database.run("SELECT boot FROM results WHERE key = ?", [.text(key)]).first
    else { return nil }
    switch row.text("boot") {
    case nil: return .onDisk
    case Boot.id: return .written
    default: return .unsure
    }
  }

  /// What the outputs of a result come to, whatever their order; no name or path holds a NUL.
  static func digest(of outputs: [(name: String, path: String, sha256: String)]) -> String {
    StreamingHash.sha256(
      of: outputs.map { "\($0.name)\0\($0.path)\0\($0.sha256)\0" }.sorted().joined())
  }

  /// `digest(of:)` as it was entered; nil for a result of an older flow.
  func digest(ofResult key: String) throws -> String? {
    try database.run("SELECT digest FROM results WHERE key = ?", [.text(key)]).first?
      .text("digest")
  }

  /// The outputs of these results have been brought to the disk, or were read from it.
  func setOnDisk(_ keys: some Sequence<String>) throws {
    for key in keys {
      try database.run("UPDATE results SET boot = NULL WHERE key = ?", [.text(key)])
    }
  }

  /// Forgets a result, and keeps why.
  func removeResult(_ loss: LostResult) throws {
    try database.run(
      """
      INSERT INTO lost_results (key, cause, step, noticed_by, at, output, path, expected, found)
      SELECT key, ?2, step,
        CASE ?2 WHEN 'cleaned' THEN NULL ELSE (SELECT max(id) FROM steps WHERE key = ?1) END,
        ?3, ?4, ?5, ?6, ?7
      FROM results WHERE key = ?1
      """,
      [
        .text(loss.key), .text(loss.cause.rawValue), .real(loss.at), SQLValue(loss.output),
        SQLValue(loss.path), SQLValue(loss.expected), SQLValue(loss.found),
      ])
    try database.run(
      """
      INSERT INTO lost_outputs (lost, name, path, sha256)
      SELECT (SELECT max(id) FROM lost_results WHERE key = ?1), name, path, sha256
      FROM outputs WHERE key = ?1
      """, [.text(loss.key)])
    try database.run("DELETE FROM outputs WHERE key = ?", [.text(loss.key)])
    try database.run("DELETE FROM results WHERE key = ?", [.text(loss.key)])
  }

  /// The step that made the result that a step had: itself, or where it was reused the last one before it that
  /// was done; nil for a step without a result.
  func maker(of step: StepRecord) throws -> StepRecord? {
    guard step.status == .reused, let key = step.key else { return step.hasResult ? step : nil }
    let rows = try database.run(
      "SELECT max(id) AS id FROM steps WHERE key = ? AND status = 'done' AND id < ?",
      [.text(key), .integer(step.id)])
    return try rows.first?.integer("id").flatMap { try self.step($0) }
  }

  /// The SHA-256 of each output that a step had, also where its result is lost since.
  func contents(ofStep step: StepRecord) throws -> [String: String] {
    guard let maker = try maker(of: step), let key = maker.key else { return [:] }
    var rows = try database.run(
      "SELECT o.name, o.sha256 FROM outputs o JOIN results r ON r.key = o.key WHERE r.key = ? AND r.step = ?",
      [.text(key), .integer(maker.id)])
    if rows.isEmpty {
      rows = try database.run(
        """
        SELECT o.name, o.sha256 FROM lost_outputs o JOIN lost_results l ON l.id = o.lost
        WHERE l.key = ? AND l.step = ?
        """, [.text(key), .integer(maker.id)])
    }
    return Dictionary(
      rows.map { ($0.text("name") ?? "", $0.text("sha256") ?? "") }
    ) { first, _ in first }
  }

  /// The losses of a key's results, the latest first.
  func losses(ofKey key: String) throws -> [LostResult] {
    try database.run("SELECT * FROM lost_results WHERE key = ? ORDER BY id DESC", [.text(key)])
      .compactMap { row in
        guard let cause = row.text("cause").flatMap(LostResult.Cause.init) else { return nil }
        return LostResult(
          key: key, cause: cause, output: row.text("output"), path: row.text("path"),
          expected: row.text("expected"), found: row.text("found"),
          noticedBy: row.integer("noticed_by"), at: row.number("at") ?? 0)
      }
  }

  /// The first file of a directory that is missing, changed or new in `found`; nil where the ledger does not
  /// know the directory's files.
  func changedEntry(
    of directory: String, in found: Artifact
  ) throws -> (path: String, expected: String?, found: String?)? {
    guard found.kind == .directory else { return nil }
    let rows = try database.run(
      "SELECT path, sha256 FROM directory_entries WHERE directory = ? ORDER BY path",
      [.text(directory)])
    let now = Dictionary(found.entries.map { ($0.path, $0.sha256) }) { first, _ in first }
    var before: [String: String] = [:]
    for row in rows { before[row.text("path") ?? ""] = row.text("sha256") }
    for path in before.keys.sorted() where now[path] != before[path] {
      return (path, before[path], now[path])
    }
    return now.keys.sorted().first { before[$0] == nil }.map { ($0, nil, now[$0]) }
  }
}

// What runs refer to.
extension Ledger {
  /// The keys of all steps of these runs.
  func keys(ofRuns runs: [String]) throws -> Set<String> {
    var keys: Set<String> = []
    for run in runs {
      let rows = try database.run(
        "SELECT DISTINCT key FROM steps WHERE run = ? AND key IS NOT NULL", [.text(run)])
      for row in rows { row.text("key").map { _ = keys.insert($0) } }
    }
    return keys
  }

  /// The last step that had a key, and its run.
  func lastUse(ofKey key: String) throws -> (name: String, run: String)? {
    let rows = try database.run(
      "SELECT name, run FROM steps WHERE key = ? ORDER BY id DESC LIMIT 1", [.text(key)])
    return rows.first.map { ($0.text("name") ?? "", $0.text("run") ?? "") }
  }

  /// Forgets, in one transaction, all results but those of some keys.
  func forgetResults(exceptOf kept: Set<String>) throws {
    try database.transaction {
      for row in try database.run("SELECT key FROM results") {
        guard let key = row.text("key"), !kept.contains(key) else { continue }
        try removeResult(LostResult(key: key, cause: .cleaned))
      }
    }
  }
}
