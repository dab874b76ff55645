import Files
import FlowCore

/// A run as a BioCompute Object (IEEE 2791-2020, https://w3id.org/ieee/ieee-2791-schema/).
///
/// Files are named by their content, `nih:sha-256;…`, which is true on every machine; `filename` is their name without
/// the directories that lead to it, which concern nobody else.
public enum BioComputeExport {
  /// Writes the object.
  ///
  /// - Throws: `Diagnostic` for a run that is still going on, `FileError`, `SQLiteError`.
  public static func write(
    _ history: RunHistory, statements: Statements, to path: String
  ) throws {
    try history.checkHasEnded()
    let object = try BioComputeObject(history, statements: statements)
    let file = try TextFile(path)
    try object.write(to: file)
    try file.finish()
  }
}

private struct BioComputeObject {
  let history: RunHistory
  let statements: Statements
  private let facts: WorkflowFacts
  private let dataItems: DataItems

  init(_ history: RunHistory, statements: Statements) throws {
    self.history = history
    self.statements = statements
    facts = WorkflowFacts(history)
    dataItems = try DataItems(history)
  }

  private var run: RunRecord { history.run }

  /// The domains in the order of their names, so that what is written is what is hashed: the etag is the SHA-256 of
  /// the compact JSON, members sorted, of all but `object_id`, `spec_version` and itself
  /// (https://wiki.biocomputeobject.org/Top-level#etag).
  func write(to file: TextFile) throws {
    let out = HashedText(file)
    try out.put("{\"description_domain\":")
    try writeDescription(to: out)
    try out.put(",\"error_domain\":{\"algorithmic_error\":{},\"empirical_error\":{}}")
    try out.put(",\"execution_domain\":\(execution.text),\"io_domain\":")
    try writeEnds(to: out)
    try out.put(",\"parametric_domain\":")
    try writeParameters(to: out)
    try out.put(",\"provenance_domain\":\(provenance.text),\"usability_domain\":\(usability.text)")
    // What follows is not hashed, but the brace that closes the object is.
    out.hash.update("}")
    let header: JSON = [
      "etag": .string(out.hash.finish()), "object_id": .string("urn:uuid:\(history.uuid)"),
      "spec_version": "https://w3id.org/ieee/ieee-2791-schema/2791object.json",
    ]
    try file.write(",\(header.text.dropFirst())\n")
  }

  /// A text that is hashed as it is written.
  private final class HashedText {
    let hash = StreamingHash(.sha256)
    private let file: TextFile

    init(_ file: TextFile) { self.file = file }

    func put(_ text: String) throws {
      hash.update(text)
      try file.write(text)
    }

    /// A list whose elements come one by one.
    func list(_ body: ((JSON) throws -> Void) throws -> Void) throws {
      var isFirst = true
      try put("[")
      try body { element in
        try put((isFirst ? "" : ",") + element.text)
        isFirst = false
      }
      try put("]")
    }
  }

  private func uri(_ sha256: String, _ filename: String) -> JSON {
    ["filename": .string(Path.name(filename)), "uri": .string(URI.content(sha256))]
  }

  // MARK: Domains

  private var provenance: JSON {
    let ended = Instant.iso8601(max(run.started, run.ended ?? run.started))
    var contributors: [JSON] = []
    if let agent = statements.agent {
      var contributor: [String: JSON] = [
        "name": .string(agent.name), "contribution": ["createdBy"],
      ]
      contributor["affiliation"] = statements.organization.map { .string($0.name) }
      if let uri = agent.uri, uri.hasPrefix("https://orcid.org/") {
        contributor["orcid"] = .string(uri)
      }
      contributors.append(.object(contributor))
    }
    return [
      "name": .string(run.workflow), "version": "1.0.0", "created": .string(ended),
      "modified": .string(ended), "contributors": .array(contributors),
      "license": .string(
        statements.licenceURI ?? statements.licence ?? Statements.noLicence),
    ]
  }

  private var usability: JSON {
    var lines: [JSON] = []
    if !facts.description.isEmpty { lines.append(.string(facts.description)) }
    if run.status != .done {
      lines.append("This run did not come to its end: not all of its results are there.")
    }
    return .array(lines)
  }

  private var execution: JSON {
    var software: [JSON] = [
      // A package URL (https://github.com/package-url/purl-spec): flow knows no address of its own.
      [
        "name": "flow", "version": .string(run.flowVersion),
        "uri": ["uri": .string("pkg:generic/flow@\(URI.segment(run.flowVersion))")],
      ]
    ]
    var told: Set<String> = []
    for step in history.steps {
      guard let plugin = step.plugin, told.insert(plugin.sha256).inserted else { continue }
      software.append([
        "name": .string(plugin.name), "version": .string(plugin.version),
        "uri": uri(plugin.sha256, plugin.library),
      ])
    }
    return [
      "script": [
        ["uri": uri(StreamingHash.sha256(of: history.source), run.file)]
      ],
      "script_driver": "flow", "software_prerequisites": .array(software),
      "external_data_endpoints": [], "environment_variables": [:],
    ]
  }

  /// Steps that can run side by side have the same number: how many others stand before a step at most.
  private func writeDescription(to out: HashedText) throws {
    var levels: [String: Int] = [:]
    try out.put("{\"keywords\":[],\"pipeline_steps\":")
    try out.list { give in
      for step in history.steps {
        let level = (step.needs.compactMap { levels[$0] }.max() ?? 0) + 1
        levels[step.name] = level
        let inputs = try history.ledger.inputs(ofStep: step.id)
        let outputs = try history.outputs(of: step)
        var entity: [String: JSON] = [
          "step_number": .integer(level), "name": .string(step.name),
          "description": .string(description(step)),
          "input_list": .array(inputs.map { uri($0.sha256, $0.path) }),
          "output_list": .array(outputs.map { uri($0.sha256, $0.path) }),
        ]
        if let plugin = step.plugin {
          entity["version"] = .string(plugin.version)
          entity["prerequisite"] = [
            ["name": .string(plugin.name), "uri": uri(plugin.sha256, plugin.library)]
          ]
        }
        try give(.object(entity))
      }
    }
    try out.put(",\"platform\":[\"flow\"]}")
  }

  private func description(_ step: StepRecord) -> String {
    let what = step.plugin == nil ? "A script of the workflow" : "Operation \(step.operation)"
    switch step.status {
    case .done: return what
    case .reused: return "\(what), its result taken from an earlier run or step"
    default: return "\(what), \(step.status.rawValue): \(step.message ?? "no result")"
    }
  }

  /// Every value, defaults too: what the default is may change with a plugin's version.
  private func writeParameters(to out: HashedText) throws {
    try out.list { give in
      for step in history.steps {
        for (name, value) in try history.ledger.parameters(ofStep: step.id) {
          try give([
            "param": .string(name), "value": .string(plain(value)), "step": .string(step.name),
          ])
        }
      }
    }
  }

  private func writeEnds(to out: HashedText) throws {
    try out.put("{\"input_subdomain\":")
    try out.list { give in
      var told: Set<DataItem> = []
      for step in history.steps {
        for input in try history.ledger.inputs(ofStep: step.id) {
          let item = dataItems.item(input)
          guard case .source = item, told.insert(item).inserted else { continue }
          try give(["uri": uri(input.sha256, input.path)])
        }
      }
    }
    try out.put(",\"output_subdomain\":")
    try out.list { give in
      for (path, sha256) in try history.ledger.published(byRun: run.id) {
        let isFile = try history.ledger.content(sha256)?.kind != .directory
        try give([
          "mediatype": .string(isFile ? MediaType.of(path) : "inode/directory"),
          "uri": uri(sha256, path),
        ])
      }
    }
    try out.put("}")
  }
}
