import Files

extension Schema {
  /// What decided a run's plan beside the workflow's own text.
  static let planFiles = """
    ALTER TABLE runs ADD COLUMN profiles TEXT;   -- JSON: the names of the profiles that were chosen, in their order
    CREATE TABLE plan_files (          -- workflows that the workflow used, tables that it ran over
      run TEXT NOT NULL REFERENCES runs(id), path TEXT NOT NULL, text TEXT NOT NULL,
      PRIMARY KEY (run, path)
    ) WITHOUT ROWID;
    """
}

extension Ledger {
  /// Enters what decided the plan of a run beside its workflow's text, parameters and inputs.
  func addPlan(_ plan: Plan, run: String) throws {
    if !plan.profiles.isEmpty {
      try database.run(
        "UPDATE runs SET profiles = ? WHERE id = ?",
        [.text(JSON.array(plan.profiles.map { .string($0) }).text), .text(run)])
    }
    for file in plan.files {
      try database.run(
        "INSERT INTO plan_files (run, path, text) VALUES (?, ?, ?)",
        [.text(run), .text(file.path), .text(file.text)])
    }
  }

  /// The texts of the workflows that a run used and of the tables that it ran over, by path.
  public func planFiles(ofRun run: String) throws -> [String: String] {
    let rows = try database.run("SELECT path, text FROM plan_files WHERE run = ?", [.text(run)])
    let files = rows.map { ($0.text("path") ?? "", $0.text("text") ?? "") }
    return Dictionary(files) { first, _ in first }
  }

  /// The profiles that were chosen for a run, in their order.
  public func profiles(ofRun run: String) throws -> [String] {
    let row = try database.run("SELECT profiles FROM runs WHERE id = ?", [.text(run)]).first
    guard let text = row?.text("profiles"), let json = try? JSON(parsing: text) else { return [] }
    return (json.array ?? []).compactMap(\.string)
  }
}
