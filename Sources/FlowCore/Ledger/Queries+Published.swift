import Files

extension Schema {
  /// Which step a copy comes from, where several made the same content.
  static let publishedKeys = """
    ALTER TABLE published ADD COLUMN key TEXT;   -- of the step that made it
    """
}

// Which copies are where.
extension Ledger {
  /// The step whose result was last copied to where a file stands, or to a directory that holds it; nil where its content
  /// is another than that, or was copied from elsewhere.
  ///
  /// - Parameter sha256: of the file or directory at `path`.
  public func publishedMaker(of sha256: String, at path: String) throws -> StepRecord? {
    guard let place = try? Path.real(path) else { return nil }
    let rows = try database.run(
      """
      WITH holding (sha256) AS (
        SELECT ?1 UNION SELECT directory FROM directory_entries WHERE sha256 = ?1
      )
      SELECT p.path, p.key FROM holding h JOIN published p ON p.sha256 = h.sha256 JOIN runs r ON r.id = p.run
      WHERE p.key IS NOT NULL ORDER BY r.rowid DESC
      """, [.text(sha256)])
    for row in rows {
      // A path as it was given to the run: from another directory it names another place, or none.
      guard let copy = row.text("path").flatMap({ try? Path.real($0) }),
        place == copy || place.hasPrefix("\(copy)/")
      else { continue }
      return try row.text("key").flatMap { try maker(ofKey: $0) }
    }
    return nil
  }
}
