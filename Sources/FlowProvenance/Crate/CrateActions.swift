import Files
import FlowCore

/// The part of a crate that tells what was done: the run, each attempt of a step, and the engine that controlled them.
struct CrateActions {
  let metadata: CrateMetadata
  private var index: CrateIndex { metadata.index }
  private var history: RunHistory { metadata.history }

  init(metadata: CrateMetadata) { self.metadata = metadata }

  static func id(of step: StepRecord, _ attempt: RunHistory.Attempt) -> String {
    "#step/\(URI.segment(step.name))/attempt/\(attempt.number)"
  }

  static func stepID(_ step: String, workflow: String) -> String {
    "\(workflow)#\(URI.segment(step))"
  }

  func write(to graph: EntityWriter) throws {
    if metadata.tells(.workflow) { try writeRun(to: graph) }
    if metadata.tells(.provenance) { try writeEngine(to: graph) }
    for step in history.steps { try write(step, to: graph) }
  }

  // MARK: The run

  private func writeRun(to graph: EntityWriter) throws {
    let run = metadata.run
    let entity: [String: JSON] = [
      "@id": .string(metadata.runAction), "@type": "CreateAction",
      "name": .string("Run \(run.id) of \(run.workflow)"),
      "description": .string(metadata.summary), "instrument": .reference(metadata.workflow),
    ]
    try graph.add(
      entity.merging(course) { own, _ in own },
      lists: [
        (
          "object",
          { give in
            for data in index.order {
              if let item = index.items[data], item.isSource { try give(item.id) }
            }
            for name in (run.parameters.object ?? [:]).keys.sorted() {
              try give(CrateWorkflow.valueID(name))
            }
          }
        ),
        (
          "result",
          { give in
            for data in index.order {
              if let item = index.items[data], item.isPublished { try give(item.id) }
            }
          }
        ),
      ])
  }

  private func writeEngine(to graph: EntityWriter) throws {
    let run = metadata.run
    let entity: [String: JSON] = [
      "@id": .string("#engine/\(run.id)"), "@type": "OrganizeAction",
      "name": .string("flow \(run.flowVersion) ran \(run.workflow)"),
      "instrument": .reference(CrateMetadata.engine), "result": .reference(metadata.runAction),
    ]
    try graph.add(
      entity.merging(course) { own, _ in own },
      lists: [
        (
          "object",
          { give in
            for step in history.steps where try !actions(of: step).isEmpty {
              try give(Self.controlID(step))
            }
          }
        )
      ])
  }

  /// What the run and the engine's work on it have in common: when, how it ended, for whom.
  private var course: [String: JSON] {
    let run = metadata.run
    var entity: [String: JSON] = [
      "startTime": .string(Instant.iso8601(run.started)),
      "actionStatus": Self.status(run.status == .done),
    ]
    entity["endTime"] = run.ended.map { .string(Instant.iso8601($0)) }
    entity["error"] = metadata.error.map { .string($0) }
    entity["agent"] = agent
    return entity
  }

  private var agent: JSON? {
    metadata.options.statements.agent.map { .reference(CrateMetadata.id(of: $0)) }
  }

  private static func controlID(_ step: StepRecord) -> String {
    "#control/\(URI.segment(step.name))"
  }

  private static func status(_ isDone: Bool) -> JSON {
    .string("http://schema.org/\(isDone ? "CompletedActionStatus" : "FailedActionStatus")")
  }

  // MARK: Steps

  /// The actions that a step stands for: its own, or the one that made the result it took.
  private func actions(of step: StepRecord) throws -> [String] {
    if let twin = history.twin(of: step) {
      return try history.attempts(of: twin).suffix(1).map { Self.id(of: twin, $0) }
    }
    return try history.attempts(of: step).map { Self.id(of: step, $0) }
  }

  private func write(_ step: StepRecord, to graph: EntityWriter) throws {
    let attempts = try history.attempts(of: step)
    if !attempts.isEmpty, let tool = index.toolOfStep[step.step] {
      try write(attempts, of: step, tool: index.tools[tool], to: graph)
    }
    let actions = try actions(of: step)
    guard metadata.tells(.provenance), !actions.isEmpty else { return }
    try graph.add([
      "@id": .string(Self.controlID(step)), "@type": "ControlAction",
      "name": .string("Step \(step.name)"),
      "instrument": .reference(Self.stepID(step.step, workflow: metadata.workflow)),
      "object": JSON.references(actions) ?? .null,
      "actionStatus": Self.status(step.status == .done || step.status == .reused),
    ])
  }

  private func write(
    _ attempts: [RunHistory.Attempt], of step: StepRecord, tool: CrateIndex.Tool,
    to graph: EntityWriter
  ) throws {
    let objects = try objects(of: step, tool: tool, to: graph)
    let results = try history.outputs(of: step).compactMap { output in
      index.items[.result(key: step.key ?? "", output: output.name, subpath: "")]?.id
    }
    for attempt in attempts {
      var entity: [String: JSON] = [
        "@id": .string(Self.id(of: step, attempt)), "@type": "CreateAction",
        "name": .string(step.name), "description": .string(description(step, attempt)),
        "instrument": .reference(tool.id), "actionStatus": Self.status(attempt.isDone),
      ]
      entity["object"] = JSON.references(objects)
      if attempt.isDone {
        entity["result"] = JSON.references(results)
      } else {
        entity["error"] = .string(history.error(of: step, attempt))
      }
      entity["agent"] = agent
      if let record = attempt.record {
        entity["startTime"] = .string(Instant.iso8601(record.started))
        entity["endTime"] = record.ended.map { .string(Instant.iso8601($0)) }
        entity["resourceUsage"] = JSON.references(
          try usage(record, of: Self.id(of: step, attempt), to: graph))
      }
      try graph.add(entity)
    }
  }

  private func description(_ step: StepRecord, _ attempt: RunHistory.Attempt) -> String {
    let what = "Step \(step.name), \(step.operation), attempt \(attempt.number)."
    return step.status == .reused
      ? what
        + " Made in an earlier run and reused: its key \(step.key ?? "") was the same."
      : what
  }

  /// The inputs and parameter values of a step; values that are not told yet are added to the graph.
  private func objects(
    of step: StepRecord, tool: CrateIndex.Tool, to graph: EntityWriter
  ) throws -> [String] {
    var ids: [String] = []
    var seen: Set<String> = []
    for input in try history.ledger.inputs(ofStep: step.id) {
      guard let id = index.items[metadata.dataItems.item(input)]?.id else { continue }
      if seen.insert(id).inserted { ids.append(id) }
    }
    for (name, value) in try history.ledger.parameters(ofStep: step.id) {
      guard let parameter = tool.parameters[name] else { continue }
      let formal = index.parameters[parameter]
      // Thousands of steps share their values; each is told once.
      let hash = StreamingHash.sha256(of: value.text).prefix(12)
      var entity: [String: JSON] = [
        "@id": .string("\(formal.id)/value/\(hash)"), "@type": "PropertyValue",
        "name": .string(name), "value": .scalar(value),
      ]
      if metadata.tells(.workflow) { entity["exampleOfWork"] = .reference(formal.id) }
      ids.append(try graph.addOnce(entity))
    }
    return ids
  }

  /// What an attempt used, in units of QUDT (https://qudt.org/vocab/unit/).
  private func usage(
    _ attempt: AttemptRecord, of action: String, to graph: EntityWriter
  ) throws -> [String] {
    guard metadata.tells(.provenance) else { return [] }
    var ids: [String] = []
    func add(_ name: String, _ property: String, _ value: JSON, unit: String) throws {
      let id = "\(action)/\(property)"
      try graph.add([
        "@id": .string(id), "@type": "PropertyValue", "name": .string(name),
        "propertyID": .string(property), "value": value,
        "unitCode": .string("https://qudt.org/vocab/unit/\(unit)"),
      ])
      ids.append(id)
    }
    if let user = attempt.userSeconds {
      let seconds = user + (attempt.systemSeconds ?? 0)
      try add("processor time", "processorTime", .number(seconds), unit: "SEC")
    }
    if let bytes = attempt.peakMemory, bytes > 0 {
      try add("peak memory", "peakMemory", .integer(bytes), unit: "BYTE")
    }
    return ids
  }
}
