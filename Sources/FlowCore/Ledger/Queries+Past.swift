import Files

// Questions about what a step was before.
extension Ledger {
  /// What a step's key was made of beside what has columns; nil where that was not kept.
  func keyRest(ofStep id: Int) throws -> JSON? {
    try database.run("SELECT key_rest FROM steps WHERE id = ?", [.integer(id)]).first?
      .text("key_rest").flatMap { try? JSON(parsing: $0) }
  }

  /// The last step before a row that was begun, or reused, with a key.
  func lastStep(ofKey key: String, before id: Int) throws -> StepRecord? {
    let rows = try database.run(
      """
      SELECT max(id) AS id FROM steps
      WHERE key = ? AND id < ? AND (started IS NOT NULL OR status IN ('done', 'reused'))
      """, [.text(key), .integer(id)])
    return try rows.first?.integer("id").flatMap { try step($0) }
  }

  /// The last step of each key that a name of a workflow had before a row, the latest first: of those that had
  /// a result, or where none had, of all that were begun.
  func pastSteps(
    name: String, workflow: String, before id: Int, limit: Int
  ) throws -> [StepRecord] {
    for condition in ["s.status IN ('done', 'reused')", "s.started IS NOT NULL"] {
      let rows = try database.run(
        """
        SELECT max(s.id) AS id FROM steps s JOIN runs r ON r.id = s.run
        WHERE s.name = ? AND r.workflow = ? AND s.id < ? AND s.key IS NOT NULL AND \(condition)
        GROUP BY s.key ORDER BY 1 DESC LIMIT ?
        """, [.text(name), .text(workflow), .integer(id), .integer(limit)])
      if !rows.isEmpty {
        return try rows.compactMap { try $0.integer("id").flatMap { try step($0) } }
      }
    }
    return []
  }

  /// Whether a step of an operation ever had a result.
  func hasResults(ofOperation operation: String) throws -> Bool {
    try !database.run(
      "SELECT 1 AS found FROM steps WHERE operation = ? AND status IN ('done', 'reused') LIMIT 1",
      [.text(operation)]
    ).isEmpty
  }

  /// From now on hashes that are found are remembered for this connection only: the database is not written.
  func keepHashesInMemory() throws {
    // A temporary table hides the one of the same name in the file.
    let table = try database.run("SELECT sql FROM sqlite_master WHERE name = 'file_hashes'")
    guard let sql = table.first?.text("sql") else { return }
    try database.script(
      """
      PRAGMA temp_store = MEMORY;
      \(sql.replacing("CREATE TABLE", with: "CREATE TEMP TABLE", maxReplacements: 1));
      INSERT INTO temp.file_hashes SELECT * FROM main.file_hashes
      """)
  }
}
