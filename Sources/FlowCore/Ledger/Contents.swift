// What the ledger knows of contents, whatever step they belong to.
extension Ledger {
  /// Kind and size of a content; nil where no run has met it.
  public func content(_ sha256: String) throws -> (kind: Manifest.FileType, bytes: Int)? {
    try database.run("SELECT kind, bytes FROM artifacts WHERE sha256 = ?", [.text(sha256)]).first
      .flatMap { row in
        Manifest.FileType(rawValue: row.text("kind") ?? "").map { ($0, row.integer("bytes") ?? 0) }
      }
  }

  /// The files of a directory of this content, sorted by their paths in it; none for a file.
  public func entries(ofDirectory sha256: String) throws -> [Artifact.Entry] {
    try database.run(
      "SELECT path, sha256, bytes FROM directory_entries WHERE directory = ? ORDER BY path",
      [.text(sha256)]
    ).map {
      Artifact.Entry(
        path: $0.text("path") ?? "", sha256: $0.text("sha256") ?? "",
        bytes: $0.integer("bytes") ?? 0)
    }
  }

  /// The content of a file of a directory of this content, by its path in it; nil where there is no such file.
  func sha256(ofFile path: String, inDirectory sha256: String) throws -> String? {
    try database.run(
      "SELECT sha256 FROM directory_entries WHERE directory = ? AND path = ?",
      [.text(sha256), .text(path)]
    ).first?.text("sha256")
  }

  /// The row of the step that made the result that a step had: its own, or where it was reused that of the step before
  /// it that was done; nil for a step without a result.
  public func maker(ofResultOf step: StepRecord) throws -> Int? { try maker(of: step)?.id }

  /// The outputs as a step made them, also where the result was lost or made anew since.
  ///
  /// - Parameter maker: the row of a step that was done.
  public func outputs(ofKey key: String, madeBy maker: Int) throws -> [ArtifactRecord] {
    var rows = try database.run(
      """
      SELECT o.name, o.path, o.sha256, o.key, a.kind, a.bytes FROM results r
      JOIN outputs o ON o.key = r.key JOIN artifacts a ON a.sha256 = o.sha256
      WHERE r.key = ? AND r.step = ? ORDER BY o.name
      """, [.text(key), .integer(maker)])
    if rows.isEmpty {
      rows = try database.run(
        """
        SELECT o.name, o.path, o.sha256, l.key, a.kind, a.bytes FROM lost_results l
        JOIN lost_outputs o ON o.lost = l.id JOIN artifacts a ON a.sha256 = o.sha256
        WHERE l.key = ? AND l.step = ? ORDER BY o.name
        """, [.text(key), .integer(maker)])
    }
    return rows.map(artifactRecord)
  }
}
