import Files
import FlowCore

/// The part of a crate that tells what was to be done: the workflow, its steps, the tools they use and their
/// parameters. Of the profile "process" only the tools.
struct CrateWorkflow {
  let metadata: CrateMetadata
  private var index: CrateIndex { metadata.index }
  private var history: RunHistory { metadata.history }

  init(metadata: CrateMetadata) { self.metadata = metadata }

  func write(to graph: EntityWriter) throws {
    let connections = metadata.tells(.provenance) ? self.connections : []
    try writeWorkflow(connections, to: graph)
    if metadata.tells(.provenance) {
      try writeSteps(connections, to: graph)
    }
    for tool in index.tools { try write(tool, to: graph) }
    guard metadata.tells(.workflow) else { return }
    for parameter in index.parameters { try write(parameter, to: graph) }
    try writeValues(to: graph)
  }

  // MARK: Workflow and steps

  private func writeWorkflow(_ connections: [Connection], to graph: EntityWriter) throws {
    let hash = StreamingHash.sha256(of: history.source)
    var entity: [String: JSON] = [
      "@id": .string(metadata.workflow), "name": .string(history.run.workflow),
      "description": .string(
        metadata.facts.description.isEmpty
          ? "A workflow of flow." : metadata.facts.description),
      "encodingFormat": "application/yaml",
      "contentSize": .string("\(history.source.utf8.count)"),
      "sha256": .string(hash),
      // A workflow file has no number of its own; its content is its version.
      "version": .string("sha256-\(hash.prefix(12))"),
      "programmingLanguage": .reference(CrateMetadata.language),
    ]
    var types: [JSON] = ["File", "SoftwareSourceCode"]
    if metadata.tells(.workflow) {
      types.append("ComputationalWorkflow")
      entity["conformsTo"] = .reference(
        "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE")
      entity["input"] = references(index.workflowInputs, index.workflowParameters)
      entity["output"] = references(index.workflowOutputs)
      entity["license"] = metadata.options.statements.licenceURI.map { .reference($0) }
    }
    if metadata.tells(.provenance) {
      types.append("HowTo")
      entity["hasPart"] = JSON.references(index.tools.filter(\.hasRun).map(\.id))
      entity["step"] = JSON.references(index.workflowSteps.map(stepID))
      entity["connection"] = JSON.references(
        connections.filter { $0.owner == metadata.workflow }.map(\.id))
    }
    entity["@type"] = .array(types)
    try graph.add(entity)
    try graph.add([
      "@id": .string(CrateMetadata.language), "@type": "ComputerLanguage",
      "name": "flow workflow", "alternateName": "flow",
      "description": .string("YAML, format \(WorkflowParser.format) of flow's workflows."),
      "version": .string("\(WorkflowParser.format)"),
    ])
  }

  private func references(_ lists: [String: Int]...) -> JSON? {
    JSON.references(
      lists.flatMap { list in
        list.sorted { $0.key < $1.key }.map { index.parameters[$0.value].id }
      })
  }

  private func stepID(_ name: String) -> String {
    CrateActions.stepID(name, workflow: metadata.workflow)
  }

  private func writeSteps(_ connections: [Connection], to graph: EntityWriter) throws {
    for (position, step) in index.workflowSteps.enumerated() {
      guard let tool = index.toolOfStep[step] else { continue }
      let id = stepID(step)
      var entity: [String: JSON] = [
        "@id": .string(id), "@type": "HowToStep", "name": .string(step),
        "position": .string("\(position + 1)"),
        "workExample": .reference(index.tools[tool].id),
      ]
      entity["connection"] = JSON.references(connections.filter { $0.owner == id }.map(\.id))
      try graph.add(entity)
    }
    for connection in connections {
      try graph.add([
        "@id": .string(connection.id), "@type": "ParameterConnection",
        "sourceParameter": .reference(index.parameters[connection.source].id),
        "targetParameter": .reference(index.parameters[connection.target].id),
      ])
    }
  }

  // MARK: Connections

  private struct Connection {
    var id: String
    /// Who tells of it: the step that receives, or the workflow for its own outputs.
    var owner: String
    var source: Int
    var target: Int
  }

  /// What is connected with what, of all whose both ends this run has met.
  private var connections: [Connection] {
    var found: [Connection] = []
    var seen: Set<String> = []
    func add(owner: String, source: Int?, target: Int?) {
      guard let source, let target, seen.insert("\(owner) \(source) \(target)").inserted else {
        return
      }
      found.append(
        Connection(
          id: "#connection/\(found.count + 1)", owner: owner, source: source, target: target))
    }
    for connection in metadata.facts.connections {
      guard let tool = index.toolOfStep[connection.step].map({ index.tools[$0] }) else { continue }
      add(
        owner: stepID(connection.step), source: parameter(connection.from),
        target: connection.isInput ? tool.inputs[connection.name] : tool.parameters[connection.name]
      )
    }
    for output in metadata.facts.outputs {
      add(
        owner: metadata.workflow, source: output.from.flatMap(parameter),
        target: index.workflowOutputs[output.name])
    }
    return found
  }

  private func parameter(_ endpoint: WorkflowFacts.Endpoint) -> Int? {
    switch endpoint {
    case .workflowInput(let name): index.workflowInputs[name]
    case .workflowParameter(let name): index.workflowParameters[name]
    case .stepOutput(let step, let name):
      index.toolOfStep[step].flatMap { index.tools[$0].outputs[name] }
    }
  }

  // MARK: Tools and parameters

  private func write(_ tool: CrateIndex.Tool, to graph: EntityWriter) throws {
    var entity: [String: JSON] = ["@id": .string(tool.id), "name": .string(tool.name)]
    if let plugin = tool.plugin {
      entity["@type"] = "SoftwareApplication"
      entity["description"] = .string(
        "Operation \(tool.name) of the plugin \(plugin.name) \(plugin.version), ABI \(plugin.abi), library \(Path.name(plugin.library))."
      )
      entity["softwareVersion"] = .string(plugin.version)
      entity["sha256"] = .string(plugin.sha256)
      entity["identifier"] = .string(URI.content(plugin.sha256))
    } else {
      let hash = StreamingHash.sha256(of: tool.script ?? "")
      entity["@type"] = "SoftwareSourceCode"
      entity["description"] = .string("The script of the step \(tool.name).")
      entity["text"] = .string(tool.script ?? "")
      entity["version"] = .string("sha256-\(hash.prefix(12))")
      entity["sha256"] = .string(hash)
      entity["programmingLanguage"] = "bash"
    }
    if metadata.tells(.workflow) {
      entity["input"] = references(tool.inputs, tool.parameters)
      entity["output"] = references(tool.outputs)
    }
    try graph.add(entity)
  }

  private func write(_ parameter: CrateIndex.FormalParameter, to graph: EntityWriter) throws {
    var entity: [String: JSON] = [
      "@id": .string(parameter.id), "@type": "FormalParameter", "name": .string(parameter.name),
      "additionalType": .string(parameter.type),
      "conformsTo": .reference("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"),
    ]
    entity["workExample"] = JSON.references(examples(of: parameter))
    if let declared = parameter.declared {
      if !declared.help.isEmpty { entity["description"] = .string(declared.help) }
      entity["valueRequired"] = .boolean(declared.isRequired)
      entity["defaultValue"] = declared.defaultValue.map { .string(plain($0)) }
    }
    try graph.add(entity)
  }

  private func examples(of parameter: CrateIndex.FormalParameter) -> [String] {
    guard let declared = parameter.declared else { return parameter.examples }
    return history.run.parameters[declared.name] == nil ? [] : [Self.valueID(declared.name)]
  }

  static func valueID(_ parameter: String) -> String {
    "#workflow/value/\(URI.segment(parameter))"
  }

  /// The values that the workflow's parameters had.
  private func writeValues(to graph: EntityWriter) throws {
    for (name, value) in (history.run.parameters.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      var entity: [String: JSON] = [
        "@id": .string(Self.valueID(name)), "@type": "PropertyValue", "name": .string(name),
        "value": .scalar(value),
      ]
      entity["exampleOfWork"] = index.workflowParameters[name].map {
        .reference(index.parameters[$0].id)
      }
      try graph.add(entity)
    }
  }
}

extension JSON {
  /// A parameter's value as schema.org has values: a list or an object as its JSON text, for JSON-LD's lists have no
  /// order and lists of lists are none.
  static func scalar(_ value: JSON) -> JSON {
    switch value {
    case .array, .object, .null: .string(value.text)
    default: value
    }
  }
}
