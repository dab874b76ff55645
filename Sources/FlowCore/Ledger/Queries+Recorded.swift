import Files

// What a run was asked for.
extension Ledger {
  /// The paths of the workflow's inputs by name; nil where that was not kept.
  public func workflowInputs(ofRun id: String) throws -> [String: String]? {
    try database.run("SELECT inputs FROM runs WHERE id = ?", [.text(id)]).first?.text("inputs")
      .flatMap { try? JSON(parsing: $0).object?.compactMapValues(\.string) }
  }

  /// The contents that a run read and no step had made, with where they were.
  func sources(ofRun id: String) throws -> [(path: String, sha256: String)] {
    try database.run(
      """
      SELECT DISTINCT i.path, i.sha256 FROM inputs i JOIN steps s ON s.id = i.step
      WHERE s.run = ? AND i.key IS NULL ORDER BY i.path
      """, [.text(id)]
    ).map { ($0.text("path") ?? "", $0.text("sha256") ?? "") }
  }

  /// The libraries that a run's steps were made for.
  public func plugins(ofRun id: String) throws -> [PluginRecord] {
    try database.run(
      """
      SELECT DISTINCT p.name, p.version, p.abi, p.library, p.sha256 FROM plugins p
      JOIN steps s ON s.plugin = p.id WHERE s.run = ? ORDER BY p.name
      """, [.text(id)]
    ).map {
      PluginRecord(
        name: $0.text("name") ?? "", version: $0.text("version") ?? "",
        abi: $0.integer("abi") ?? 0, library: $0.text("library") ?? "",
        sha256: $0.text("sha256") ?? "")
    }
  }
}
