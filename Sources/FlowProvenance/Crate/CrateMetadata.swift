import Files
import FlowCore

/// `ro-crate-metadata.json`: what a crate holds and how it came about (RO-Crate 1.1,
/// https://www.researchobject.org/ro-crate/specification/1.1/, with the terms of Workflow Run RO-Crate 0.5).
struct CrateMetadata {
  let history: RunHistory
  let facts: WorkflowFacts
  let index: CrateIndex
  let options: CrateOptions
  /// The workflow file's identifier.
  let workflow: String
  let planFiles: [RunCrate.PlanFile]
  /// Whether a step ran; the profile of provenance has no words for a run without one.
  let hasActions: Bool
  let dataItems: DataItems

  static let engine = "#flow"
  static let language = "#flow-workflow-language"

  init(
    _ history: RunHistory, _ facts: WorkflowFacts, _ index: CrateIndex, options: CrateOptions,
    workflow: String, planFiles: [RunCrate.PlanFile]
  ) throws {
    self.history = history
    self.facts = facts
    self.index = index
    self.options = options
    self.workflow = workflow
    self.planFiles = planFiles
    dataItems = try DataItems(history)
    hasActions = try history.steps.contains { try !history.attempts(of: $0).isEmpty }
  }

  var run: RunRecord { history.run }
  var runAction: String { "#run/\(run.id)" }

  /// Whether the crate keeps to a profile.
  func tells(_ profile: CrateOptions.Profile) -> Bool {
    switch profile {
    case .process: true
    case .workflow: options.profile != .process
    case .provenance: options.profile == .provenance && hasActions
    }
  }

  func write(to graph: EntityWriter) throws {
    try writeRoot(to: graph)
    try writePlanFiles(to: graph)
    try writeStatements(to: graph)
    try CrateWorkflow(metadata: self).write(to: graph)
    try CrateData(metadata: self).write(to: graph)
    try CrateActions(metadata: self).write(to: graph)
  }

  // MARK: The root

  private static let profiles: [(CrateOptions.Profile, id: String, name: String, version: String)] =
    [
      (.process, "https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
      (.workflow, "https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
      (.provenance, "https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
      (.workflow, workflowCrate, "Workflow RO-Crate", "1.0"),
    ]
  private static let workflowCrate = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"

  private func writeRoot(to graph: EntityWriter) throws {
    var versions = ["https://w3id.org/ro/crate/1.1"]
    if tells(.workflow) { versions.append(Self.workflowCrate) }
    try graph.add([
      "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "about": .reference("./"),
      "conformsTo": JSON.references(versions) ?? .null,
    ])
    let profiles = Self.profiles.filter { tells($0.0) }
    let statements = options.statements
    var root: [String: JSON] = [
      "@id": "./", "@type": "Dataset", "name": .string("Run \(run.id) of \(run.workflow)"),
      "description": .string(summary), "datePublished": .string(Instant.iso8601(lastMoment)),
      "conformsTo": JSON.references(profiles.map(\.id)) ?? .null,
      "license": statements.licenceURI.map { .reference($0) }
        ?? .string(statements.licence ?? Statements.noLicence),
    ]
    if tells(.workflow) { root["mainEntity"] = .reference(workflow) }
    if let agent = statements.agent { root["author"] = .reference(Self.id(of: agent)) }
    if let organization = statements.organization {
      root["publisher"] = .reference(Self.id(of: organization))
    }
    try graph.add(
      root,
      lists: [
        (
          "hasPart",
          { give in
            try give(workflow)
            try give("README.md")
            for file in planFiles { try give(URI.path(file.path)) }
            for item in index.order {
              guard let item = index.items[item], !item.isPart else { continue }
              try give(item.id)
            }
          }
        ),
        (
          "mentions",
          { give in
            if tells(.workflow) { try give(runAction) }
            for step in history.steps {
              for attempt in try history.attempts(of: step) {
                try give(CrateActions.id(of: step, attempt))
              }
            }
          }
        ),
      ])
    for (_, id, name, version) in profiles {
      try graph.add([
        "@id": .string(id), "@type": "CreativeWork", "name": .string(name),
        "version": .string(version),
      ])
    }
    try graph.add([
      "@id": "README.md", "@type": "File", "name": "README.md", "about": .reference("./"),
      "description": "What this crate is.", "encodingFormat": "text/markdown",
      "contentSize": .string("\(readme.utf8.count)"),
      "sha256": .string(StreamingHash.sha256(of: readme)),
    ])
  }

  private func writePlanFiles(to graph: EntityWriter) throws {
    for file in planFiles {
      try graph.add([
        "@id": .string(URI.path(file.path)), "@type": "File",
        "name": .string(Path.name(file.path)),
        "description": "A workflow that the workflow used, or a table that it ran over.",
        "encodingFormat": .string(MediaType.of(file.path)),
        "contentSize": .string("\(file.text.utf8.count)"),
        "sha256": .string(StreamingHash.sha256(of: file.text)),
      ])
    }
  }

  private func writeStatements(to graph: EntityWriter) throws {
    let statements = options.statements
    if let uri = statements.licenceURI {
      try graph.add([
        "@id": .string(uri), "@type": "CreativeWork", "name": .string(statements.licence ?? uri),
        "description": "The licence of this crate.",
      ])
    }
    if let organization = statements.organization {
      var entity: [String: JSON] = [
        "@id": .string(Self.id(of: organization)), "@type": "Organization",
        "name": .string(organization.name),
      ]
      entity["url"] = organization.uri.map { .string($0) }
      try graph.add(entity)
    }
    if let agent = statements.agent {
      var entity: [String: JSON] = [
        "@id": .string(Self.id(of: agent)), "@type": "Person", "name": .string(agent.name),
      ]
      entity["affiliation"] = statements.organization.map { .reference(Self.id(of: $0)) }
      try graph.add(entity)
    }
    try graph.add([
      "@id": .string(Self.engine), "@type": "SoftwareApplication", "name": "flow",
      "description": "The engine that ran the workflow.",
      "softwareVersion": .string(run.flowVersion),
    ])
  }

  static func id(of party: Statements.Party) -> String {
    party.uri ?? "#\(URI.segment(party.name))"
  }

  // MARK: Words

  /// When the run ended, or the last that is known of one that was killed.
  var lastMoment: Double { max(run.started, run.ended ?? run.started) }

  var summary: String {
    let count = history.steps.count
    var text =
      "\(run.workflow): \(count == 1 ? "1 step" : "\(count) steps"), begun \(Instant.iso8601(run.started)), \(outcome)."
    if !facts.description.isEmpty { text += " \(facts.description)" }
    return text
  }

  private var outcome: String {
    switch run.status {
    case .done: "done"
    case .failed: "failed"
    case .cancelled: "stopped on request"
    case .interrupted, .running: "ended before it was done (flow was killed)"
    }
  }

  /// Why the run has not done what it was to do; nil where it has.
  var error: String? {
    guard run.status != .done else { return nil }
    let failed = history.steps.filter { $0.status == .failed }
    let reasons = failed.prefix(10).map { "\($0.name): \($0.message ?? "failed")" }
    let more = failed.count > 10 ? ["and \(failed.count - 10) steps more"] : []
    return reasons.isEmpty
      ? "the run \(outcome == "failed" ? "failed" : "was \(outcome)")"
      : (reasons + more).joined(separator: "\n")
  }

  var readme: String {
    let licence = options.statements.licence ?? Statements.noLicence
    return """
      # Run \(run.id) of \(Visible.cell(run.workflow))

      \(Visible.cell(summary))

      An RO-Crate (https://www.researchobject.org/ro-crate/): `ro-crate-metadata.json` tells what each file is, and
      which step made it from what with which parameters.

      | | |
      |---|---|
      | `\(workflow)` | the workflow, to be run with `flow run` |
      | `inputs/` | what went into it |
      | `outputs/` | its results |
      | `steps/` | what passed between its steps, where that was asked for |

      Licence: \(Visible.cell(licence))

      """
  }
}
