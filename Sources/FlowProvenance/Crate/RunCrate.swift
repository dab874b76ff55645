import Files
import FlowCore

/// How a crate is made.
public struct CrateOptions: Sendable {
  /// The profiles of Workflow Run RO-Crate; each holds those before it.
  public enum Profile: String, Sendable, CaseIterable {
    case process, workflow, provenance
  }

  /// Which files lie in the crate; the others are told with name, size and hash.
  public enum Data: Sendable {
    /// None.
    case none
    /// What went into the run from outside, and what was copied to its results directory.
    case ends
    /// That, and what passed between its steps.
    case all
  }

  public var profile: Profile
  public var data: Data
  public var statements: Statements

  public init(
    profile: Profile = .provenance, data: Data = .ends, statements: Statements = Statements()
  ) {
    self.profile = profile
    self.data = data
    self.statements = statements
  }
}

/// A run as a Workflow Run RO-Crate 0.5 (https://www.researchobject.org/workflow-run-crate/profiles/): a directory or
/// an archive with the workflow, the data, and `ro-crate-metadata.json`, which tells how one came from the other.
public enum RunCrate {
  /// Writes the crate.
  ///
  /// - Parameters:
  ///   - path: an archive where it ends in `.zip`, otherwise a directory that is not there yet.
  /// - Returns: warnings: files that the crate cannot hold because they are gone or not the same any more.
  /// - Throws: `Diagnostic` for a run that is still going on, `FileError`, `SQLiteError`.
  public static func write(
    _ history: RunHistory, options: CrateOptions, to path: String
  ) throws -> [String] {
    try history.checkHasEnded()
    let facts = WorkflowFacts(history)
    let payload = try CratePayload(path)
    var names = CrateNames()
    let workflow = names.path(Path.name(history.run.file), in: "")
    let planFiles = try planFiles(of: history, &names)
    var indexing = try CrateIndexing(
      history, facts, data: options.data, payload: payload, names: names)
    let index = try indexing.make()
    try payload.write(workflow) { try $0.write(history.source) }
    for file in planFiles { try payload.write(file.path) { try $0.write(file.text) } }
    let metadata = try CrateMetadata(
      history, facts, index, options: options, workflow: URI.path(workflow),
      planFiles: planFiles)
    try payload.write("README.md") { try $0.write(metadata.readme) }
    try payload.write("ro-crate-metadata.json") { file in
      try file.write(
        "{\"@context\":[\"https://w3id.org/ro/crate/1.1/context\",\"https://w3id.org/ro/terms/workflow-run/context\"],\"@graph\":["
      )
      try metadata.write(to: EntityWriter(file))
      try file.write("\n]}\n")
    }
    try payload.finish()
    return indexing.warnings
  }

  /// A workflow that the workflow used, or a table that it ran over.
  struct PlanFile {
    /// In the crate.
    var path: String
    var text: String
  }

  /// Beside the workflow as they were, where they were below its directory.
  private static func planFiles(
    of history: RunHistory, _ names: inout CrateNames
  ) throws -> [PlanFile] {
    let directory = Path.parent((try? Path.real(history.run.file)) ?? history.run.file)
    return try history.ledger.planFiles(ofRun: history.run.id).sorted { $0.key < $1.key }.map {
      path, text in
      var folder = "workflow"
      if path.hasPrefix("\(directory)/") {
        let inner = Path.parent(String(path.dropFirst(directory.count + 1)))
        folder = inner == "." ? "" : inner
      }
      return PlanFile(path: names.path(Path.name(path), in: folder), text: text)
    }
  }
}
