import Files
import FlowCore

/// A run in the words of W3C PROV: contents are entities, attempts are activities, software and people are agents.
///
/// A content that the run met once is `sha256:…`. Where equal bytes have several origins, each origin is an entity of
/// its own that specializes the content: otherwise something would have been used before it was made.
struct ProvDocument {
  let history: RunHistory
  let statements: Statements
  private let dataItems: DataItems
  private let facts: WorkflowFacts
  /// Contents with more than one origin.
  private var shared: Set<String> = []
  /// When this run made the results of its steps, by their keys.
  private var made: [String: Double] = [:]

  init(_ history: RunHistory, statements: Statements) throws {
    self.history = history
    self.statements = statements
    dataItems = try DataItems(history)
    facts = WorkflowFacts(history)
    var origin: [String: DataItem] = [:]
    func meet(_ item: DataItem, _ sha256: String, _ shared: inout Set<String>) {
      let found = Self.origin(item)
      if origin.updateValue(found, forKey: sha256) ?? found != found { shared.insert(sha256) }
    }
    for step in history.steps where step.status == .done {
      guard let key = step.key else { continue }
      made[key] = try history.attempts(of: step).last?.record?.ended
    }
    for step in history.steps {
      for (input, item) in try inputs(of: step) { meet(item, input.sha256, &shared) }
      for output in try history.outputs(of: step) {
        meet(item(of: step, output), output.sha256, &shared)
      }
    }
  }

  /// A source is its content, wherever it lay.
  private static func origin(_ item: DataItem) -> DataItem {
    if case .source(_, let sha256) = item { .source(path: "", sha256: sha256) } else { item }
  }

  /// The inputs of a step, and what they are.
  ///
  /// A step may be reused whose input was lost and is made anew by this run: what it had read then was not that.
  private func inputs(of step: StepRecord) throws -> [(ArtifactRecord, DataItem)] {
    let inputs = try history.ledger.inputs(ofStep: step.id)
    let ended =
      step.status == .reused ? try history.attempts(of: step).last?.record?.ended : nil
    return inputs.map { input in
      let item = dataItems.item(input)
      if let ended, case .result(let key, _, _) = item, let made = made[key], made > ended {
        return (input, .source(path: input.path, sha256: input.sha256))
      }
      return (input, item)
    }
  }

  private func item(of step: StepRecord, _ output: ArtifactRecord) -> DataItem {
    .result(key: step.key ?? "", output: output.name, subpath: "")
  }

  // MARK: Names

  /// Prefixes and what they stand for.
  var prefixes: [(name: String, uri: String)] {
    let run = "urn:uuid:\(history.uuid)"
    return [
      ("parameter", "\(run)#parameter/"), ("run", "\(run)#"), ("schema", "http://schema.org/"),
      ("sha256", URI.content("")),
    ]
  }

  private func name(_ item: DataItem, _ sha256: String) -> String {
    guard shared.contains(sha256) else { return content(sha256) }
    switch item {
    case .source: return Self.local("source/\(sha256)")
    case .result(let key, let output, let subpath):
      return Self.local("result/\(key)/\(output)\(subpath.isEmpty ? "" : "/\(subpath)")")
    }
  }

  private func content(_ sha256: String) -> String { "sha256:\(sha256)" }

  /// A name of this run. What is left after percent-encoding needs no escape in PROV-N, but for a point at the end.
  private static func local(_ path: String) -> String {
    let encoded = URI.path(path)
    return "run:" + (encoded.hasSuffix(".") ? encoded.dropLast() + "%2E" : encoded)
  }

  private func activity(_ step: StepRecord, _ attempt: RunHistory.Attempt) -> String {
    "run:step/\(URI.segment(step.name))/\(attempt.number)"
  }

  private let execution = "run:execution"
  private let engine = "run:flow"
  private let person = "run:agent"
  private var plan: String { content(StreamingHash.sha256(of: history.source)) }

  private func tool(_ step: StepRecord) -> String {
    guard let plugin = step.plugin else { return "run:bash" }
    return "run:plugin/\(URI.segment(plugin.name))/\(plugin.sha256)"
  }

  // MARK: Statements

  /// Gives all statements of a kind, things each once.
  func records(_ kind: ProvRecord.Kind, _ give: (ProvRecord) throws -> Void) throws {
    switch kind {
    case .entity: try entities(give)
    case .activity: try activities(give)
    case .agent: try agents(give)
    case .used: try uses(give)
    case .wasGeneratedBy: try generations(give)
    case .wasStartedBy:
      for step in history.steps where step.status != .reused {
        for attempt in try history.attempts(of: step) {
          let time = attempt.record.map { ProvRecord.Value.time(Instant.iso8601($0.started)) }
          try give(
            ProvRecord(
              kind: kind,
              arguments: [.name(activity(step, attempt)), nil, .name(execution), time]))
        }
      }
    case .wasAssociatedWith: try associations(give)
    case .actedOnBehalfOf:
      guard statements.agent != nil else { return }
      try give(
        ProvRecord(
          kind: kind, arguments: [.name(engine), .name(person), .name(execution)]))
    case .specializationOf: try specializations(give)
    case .hadMember: try memberships(give)
    }
  }

  // MARK: Entities

  private func entities(_ give: (ProvRecord) throws -> Void) throws {
    var told: Set<String> = []
    func tell(_ id: String, label: String, kind: String, bytes: Int) throws {
      guard told.insert(id).inserted else { return }
      var attributes: [(name: String, value: ProvRecord.Value)] = [
        ("prov:label", .text(label)), ("schema:contentSize", .integer(bytes)),
      ]
      if kind == "directory" { attributes.append(("prov:type", .name("prov:Collection"))) }
      try give(ProvRecord(kind: .entity, id: id, attributes: attributes))
    }
    try give(
      ProvRecord(
        kind: .entity, id: plan,
        attributes: [
          ("prov:label", .text(Path.name(history.run.file))), ("prov:type", .name("prov:Plan")),
          ("schema:contentSize", .integer(history.source.utf8.count)),
        ]))
    told.insert(plan)
    for step in history.steps {
      let inputs = try inputs(of: step)
      let outputs = try history.outputs(of: step).map { ($0, item(of: step, $0)) }
      for (artifact, item) in inputs + outputs {
        let label = Path.name(artifact.path)
        let id = name(item, artifact.sha256)
        let isNew = !told.contains(id)
        try tell(id, label: label, kind: artifact.kind, bytes: artifact.bytes)
        if shared.contains(artifact.sha256) {
          try tell(
            content(artifact.sha256), label: label, kind: artifact.kind, bytes: artifact.bytes)
        }
        guard isNew, artifact.kind == "directory" else { continue }
        for entry in try history.ledger.entries(ofDirectory: artifact.sha256) {
          try tell(content(entry.sha256), label: entry.path, kind: "file", bytes: entry.bytes)
        }
      }
    }
  }

  private func specializations(_ give: (ProvRecord) throws -> Void) throws {
    var told: Set<String> = []
    func tell(_ item: DataItem, _ sha256: String) throws {
      let id = name(item, sha256)
      guard shared.contains(sha256), told.insert(id).inserted else { return }
      try give(
        ProvRecord(
          kind: .specializationOf, arguments: [.name(id), .name(content(sha256))]))
    }
    guard !shared.isEmpty else { return }
    for step in history.steps {
      for (input, item) in try inputs(of: step) { try tell(item, input.sha256) }
      for output in try history.outputs(of: step) {
        try tell(item(of: step, output), output.sha256)
      }
    }
  }

  private func memberships(_ give: (ProvRecord) throws -> Void) throws {
    var told: Set<String> = []
    for step in history.steps {
      let inputs = try inputs(of: step)
      let outputs = try history.outputs(of: step).map { ($0, item(of: step, $0)) }
      for (artifact, item) in inputs + outputs where artifact.kind == "directory" {
        let id = name(item, artifact.sha256)
        guard told.insert(id).inserted else { continue }
        for entry in try history.ledger.entries(ofDirectory: artifact.sha256) {
          try give(
            ProvRecord(
              kind: .hadMember, arguments: [.name(id), .name(content(entry.sha256))]))
        }
      }
    }
  }

  // MARK: Activities

  private func activities(_ give: (ProvRecord) throws -> Void) throws {
    let run = history.run
    var attributes: [(name: String, value: ProvRecord.Value)] = [
      ("prov:label", .text("Run \(run.id) of \(run.workflow)"))
    ]
    attributes += (run.parameters.object ?? [:]).sorted { $0.key < $1.key }.map {
      ("parameter:\($0.key)", Self.value($0.value))
    }
    attributes.append(("schema:actionStatus", Self.status(run.status == .done)))
    try give(
      ProvRecord(
        kind: .activity, id: execution,
        arguments: [
          .time(Instant.iso8601(run.started)), run.ended.map { .time(Instant.iso8601($0)) },
        ], attributes: attributes))
    for step in history.steps {
      let parameters = try history.ledger.parameters(ofStep: step.id)
      for attempt in try history.attempts(of: step) {
        var attributes: [(name: String, value: ProvRecord.Value)] = [
          ("prov:label", .text(step.name)), ("schema:name", .text(step.operation)),
        ]
        attributes += parameters.map { ("parameter:\($0.name)", Self.value($0.value)) }
        attributes.append(("schema:actionStatus", Self.status(attempt.isDone)))
        if !attempt.isDone {
          attributes.append(("schema:error", .text(history.error(of: step, attempt))))
        }
        if let key = step.key { attributes.append(("schema:identifier", .text(key))) }
        try give(
          ProvRecord(
            kind: .activity, id: activity(step, attempt),
            arguments: [
              attempt.record.map { .time(Instant.iso8601($0.started)) },
              attempt.record?.ended.map { .time(Instant.iso8601($0)) },
            ], attributes: attributes))
      }
    }
  }

  private static func value(_ json: JSON) -> ProvRecord.Value {
    switch json {
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .boolean(let value): .boolean(value)
    case .string(let text): .text(text)
    default: .text(json.text)
    }
  }

  private static func status(_ isDone: Bool) -> ProvRecord.Value {
    .name("schema:\(isDone ? "CompletedActionStatus" : "FailedActionStatus")")
  }

  private func uses(_ give: (ProvRecord) throws -> Void) throws {
    for step in history.steps {
      let inputs = try inputs(of: step)
      for attempt in try history.attempts(of: step) {
        for (input, item) in inputs {
          try give(
            ProvRecord(
              kind: .used,
              arguments: [
                .name(activity(step, attempt)), .name(name(item, input.sha256)), nil,
              ], attributes: [("prov:role", .text(input.name))]))
        }
      }
    }
  }

  private func generations(_ give: (ProvRecord) throws -> Void) throws {
    var told: Set<String> = []
    func tell(
      _ id: String, _ step: StepRecord, _ attempt: RunHistory.Attempt, role: String
    ) throws {
      guard told.insert(id).inserted else { return }
      try give(
        ProvRecord(
          kind: .wasGeneratedBy,
          arguments: [
            .name(id), .name(activity(step, attempt)),
            attempt.record?.ended.map { .time(Instant.iso8601($0)) },
          ], attributes: [("prov:role", .text(role))]))
    }
    var makers: [String: (step: StepRecord, attempt: RunHistory.Attempt)] = [:]
    for step in history.steps {
      // What lies in an output that is a directory came with it.
      for (input, item) in try inputs(of: step) {
        guard case .result(let key, let output, let subpath) = item, !subpath.isEmpty,
          let maker = makers[key]
        else { continue }
        try tell(name(item, input.sha256), maker.step, maker.attempt, role: output)
      }
      guard let attempt = try history.attempts(of: step).last, attempt.isDone else { continue }
      for output in try history.outputs(of: step) {
        try tell(name(item(of: step, output), output.sha256), step, attempt, role: output.name)
        if output.kind == "directory", let key = step.key { makers[key] = (step, attempt) }
      }
    }
  }

  // MARK: Agents

  private func agents(_ give: (ProvRecord) throws -> Void) throws {
    func software(_ id: String, _ label: String, version: String?, sha256: String?) throws {
      var attributes: [(name: String, value: ProvRecord.Value)] = [
        ("prov:label", .text(label)), ("prov:type", .name("prov:SoftwareAgent")),
      ]
      if let version { attributes.append(("schema:softwareVersion", .text(version))) }
      if let sha256 { attributes.append(("schema:identifier", .name(content(sha256)))) }
      try give(ProvRecord(kind: .agent, id: id, attributes: attributes))
    }
    try software(engine, "flow", version: history.run.flowVersion, sha256: nil)
    var told: Set<String> = []
    for step in history.steps where told.insert(tool(step)).inserted {
      try software(
        tool(step), step.plugin?.name ?? "bash", version: step.plugin?.version,
        sha256: step.plugin?.sha256)
    }
    guard let agent = statements.agent else { return }
    var attributes: [(name: String, value: ProvRecord.Value)] = [
      ("prov:label", .text(agent.name)), ("prov:type", .name("prov:Person")),
    ]
    if let uri = agent.uri { attributes.append(("schema:identifier", .text(uri))) }
    if let organization = statements.organization {
      attributes.append(("schema:affiliation", .text(organization.name)))
    }
    try give(ProvRecord(kind: .agent, id: person, attributes: attributes))
  }

  private func associations(_ give: (ProvRecord) throws -> Void) throws {
    func associate(_ activity: String, _ agent: String, plan: String?) throws {
      try give(
        ProvRecord(
          kind: .wasAssociatedWith,
          arguments: [.name(activity), .name(agent), plan.map { .name($0) }]))
    }
    try associate(execution, engine, plan: plan)
    if statements.agent != nil { try associate(execution, person, plan: nil) }
    for step in history.steps {
      for attempt in try history.attempts(of: step) {
        try associate(activity(step, attempt), tool(step), plan: nil)
      }
    }
  }
}
