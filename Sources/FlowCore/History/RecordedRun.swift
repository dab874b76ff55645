import Files

/// A run of the past as it can be asked for again: the text of its workflow, its parameters and its inputs.
public struct RecordedRun: Sendable {
  /// As the ledger has it.
  public let record: RunRecord
  /// The workflow file's text as it was.
  public let source: String
  /// The files that it was given for the workflow's inputs, by name; nil for a run of an older flow.
  public let inputs: [String: String]?
  private let profiles: [String]
  /// What it read that no step had made, each content once.
  private let sources: [(path: String, sha256: String)]
  private let plugins: [PluginRecord]
  /// The workflows that it used and the tables that it ran over, by path.
  private let files: [String: String]

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public init(_ record: RunRecord, in ledger: Ledger) throws {
    self.record = record
    source = try ledger.source(ofRun: record.id)
    inputs = try ledger.workflowInputs(ofRun: record.id)
    sources = try ledger.sources(ofRun: record.id)
    plugins = try ledger.plugins(ofRun: record.id)
    files = try ledger.planFiles(ofRun: record.id)
    profiles = try ledger.profiles(ofRun: record.id)
  }

  /// Something outside the history that is not what it was when the run was made.
  public struct Change: Equatable, Sendable {
    /// A path, or a plugin's name.
    public var name: String
    /// SHA-256.
    public var before: String
    /// SHA-256; nil where nothing is there, or it cannot be read.
    public var now: String?
  }

  /// The files that the run read and that are no longer what they were.
  public func changedInputs() throws -> [Change] {
    try sources.compactMap { source in
      let now = Path.exists(source.path) ? try Ledger.contentHash(of: source.path).sha256 : nil
      return now == source.sha256
        ? nil : Change(name: source.path, before: source.sha256, now: now)
    }
  }

  /// The plugins of the run of which there is another library now, or none.
  public func changedPlugins(_ registry: Registry) -> [Change] {
    plugins.compactMap { plugin in
      let library = try? registry.plugins[plugin.name]?.checkedLibrary()
      let now = library.flatMap { try? Ledger.contentHash(of: $0).sha256 }
      return now == plugin.sha256
        ? nil : Change(name: plugin.name, before: plugin.sha256, now: now)
    }
  }

  /// The run's plan, made anew with the plugins that there are now.
  ///
  /// Paths in the recorded text are taken from where the workflow's file was, whether it is there or not.
  ///
  /// - Throws: `Diagnostics` with what can no longer be planned.
  public func plan(_ registry: Registry) throws -> Plan {
    var settings = Planner.Settings()
    for (name, value) in record.parameters.object ?? [:] {
      settings.parameters[name] = plain(value)
    }
    settings.inputs = inputs ?? [:]
    settings.files = files
    var workflow = try WorkflowParser.parse(text: source, file: record.file)
    // Those of a user's own file say what steps may use, which decides no result.
    settings.profiles = profiles.filter { name in workflow.profiles.contains { $0.name == name } }
    // Nothing is copied: what is asked is whether the same comes out.
    workflow.outputs = []
    return try Planner.plan(workflow, registry: registry, settings: settings)
  }
}
