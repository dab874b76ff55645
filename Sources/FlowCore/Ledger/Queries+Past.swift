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
}
