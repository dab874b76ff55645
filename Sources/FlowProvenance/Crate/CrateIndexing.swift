import Files
import FlowCore

/// The pass over a run that finds all that belongs into its crate, and copies what is to lie in it.
struct CrateIndexing {
  private let history: RunHistory
  private let facts: WorkflowFacts
  private let data: CrateOptions.Data
  private let payload: CratePayload
  private let dataItems: DataItems
  /// The names of the workflow's inputs by their paths.
  private var workflowInputs: [String: [String]] = [:]
  /// The steps that the run had; one of a nested workflow is none of the workflow file's.
  private let workflowSteps: Set<String>
  private var names = CrateNames()
  private var index = CrateIndex()
  /// Results that were published and whose step has not been met yet.
  private var published: [(name: String, path: String, sha256: String)]
  private(set) var warnings: [String] = []

  init(
    _ history: RunHistory, _ facts: WorkflowFacts, data: CrateOptions.Data, payload: CratePayload,
    names: CrateNames
  ) throws {
    self.history = history
    self.facts = facts
    self.data = data
    self.payload = payload
    self.names = names
    dataItems = try DataItems(history)
    workflowSteps = Set(history.steps.map(\.step))
    for (name, path) in try history.ledger.workflowInputs(ofRun: history.run.id) ?? [:] {
      // Steps were given the path without links.
      workflowInputs[(try? Path.real(path)) ?? path, default: []].append(name)
    }
    let declared = facts.outputs.map(\.name)
    published = try history.ledger.published(byRun: history.run.id).map { path, sha256 in
      (Self.name(ofPublished: path, declared: declared), path, sha256)
    }
  }

  /// - Throws: `SQLiteError`, `FileError`.
  mutating func make() throws -> CrateIndex {
    for parameter in facts.parameters {
      index.workflowParameters[parameter.name] = index.addParameter(
        CrateIndex.FormalParameter(
          id: "#workflow/parameter/\(URI.segment(parameter.name))", name: parameter.name,
          type: CrateIndex.type(of: parameter), declared: parameter))
    }
    for step in history.steps { try add(step) }
    try addPartsThatWerePublished()
    noteExamples()
    return index
  }

  private mutating func add(_ step: StepRecord) throws {
    let values = try history.ledger.parameters(ofStep: step.id)
    let script = values.first { $0.name == "shell" }?.value.string
    let tool = index.tool(of: step, script: step.plugin == nil ? script : nil)
    if try !history.attempts(of: step).isEmpty { index.tools[tool].hasRun = true }
    for (name, value) in values where step.plugin != nil || name != "shell" {
      _ = index.parameter(name, \.parameters, of: tool, type: CrateIndex.type(of: value))
    }
    for input in try history.ledger.inputs(ofStep: step.id) {
      let item = dataItems.item(input)
      try addInput(input, item)
      let kind = Manifest.FileType(rawValue: input.kind) ?? .file
      let parameter = index.parameter(
        input.name, \.inputs, of: tool, type: CrateIndex.type(kind))
      index.note(item, for: parameter)
      noteWorkflowInputs(input, item)
    }
    for output in try history.outputs(of: step) {
      let item = DataItem.result(key: step.key ?? "", output: output.name, subpath: "")
      try addOutput(output, item, of: step)
      let kind = Manifest.FileType(rawValue: output.kind) ?? .file
      let parameter = index.parameter(
        output.name, \.outputs, of: tool, type: CrateIndex.type(kind))
      index.note(item, for: parameter)
    }
  }

  // MARK: Inputs

  private mutating func addInput(_ input: ArtifactRecord, _ item: DataItem) throws {
    guard index.items[item] == nil else { return }
    let kind = Manifest.FileType(rawValue: input.kind) ?? .file
    var entry = CrateIndex.Item(
      id: "", kind: kind, sha256: input.sha256, bytes: input.bytes, name: Path.name(input.path),
      isCopied: false, isPart: false, isSource: false, isPublished: false)
    switch item {
    case .source:
      entry.isSource = true
      let slash = kind == .directory ? "/" : ""
      entry.id =
        "#source/\(input.sha256.prefix(12))/\(URI.segment(entry.name))\(slash)"
      if data != .none {
        let path = names.path(entry.name, in: "inputs")
        if try copy(entry, from: [input.path], to: path) {
          entry.id = URI.path(path) + slash
          entry.isCopied = true
        }
      }
    case .result(let key, let output, let subpath):
      // A part of a directory that was made before.
      guard let directory = index.items[.result(key: key, output: output, subpath: "")] else {
        return
      }
      entry.isPart = true
      entry.isCopied = directory.isCopied
      entry.id = CrateIndex.part(subpath, kind: kind, of: directory)
      if kind == .directory {
        index.directoriesIn[.result(key: key, output: output, subpath: ""), default: []]
          .append(entry.id)
      }
    }
    index.add(entry, for: item)
  }

  /// The workflow's own inputs that a step's input is.
  private mutating func noteWorkflowInputs(_ input: ArtifactRecord, _ item: DataItem) {
    guard case .source(let path, _) = item else { return }
    for name in workflowInputs[path] ?? [] {
      let parameter: Int
      if let known = index.workflowInputs[name] {
        parameter = known
      } else {
        let kind = Manifest.FileType(rawValue: input.kind) ?? .file
        parameter = index.addParameter(
          CrateIndex.FormalParameter(
            id: "#workflow/input/\(URI.segment(name))", name: name, type: CrateIndex.type(kind)))
        index.workflowInputs[name] = parameter
      }
      index.note(item, for: parameter)
    }
  }

  // MARK: Outputs

  private mutating func addOutput(
    _ output: ArtifactRecord, _ item: DataItem, of step: StepRecord
  ) throws {
    // The same work twice in one workflow has one result.
    guard index.items[item] == nil else { return }
    let kind = Manifest.FileType(rawValue: output.kind) ?? .file
    let slash = kind == .directory ? "/" : ""
    let stored = "\(history.ledger.directory)/\(output.path)"
    var entry = CrateIndex.Item(
      id: "#result/\((step.key ?? "").prefix(12))/\(URI.segment(output.name))\(slash)", kind: kind,
      sha256: output.sha256, bytes: output.bytes, name: Path.name(output.path), isCopied: false,
      isPart: false, isSource: false, isPublished: false)
    var publishedName: String?
    if let place = published.firstIndex(where: { entry in
      entry.sha256 == output.sha256 && isSource(of: entry.name, step: step, output: output.name)
    }) {
      let found = published.remove(at: place)
      publishedName = found.name
      entry.isPublished = true
      entry.name = Path.name(found.name)
      try copy(&entry, from: [stored, found.path], to: found.name, in: "outputs", slash: slash)
    } else if data == .all {
      let directory = "steps/\(CrateNames.directory(forStep: step.name))"
      try copy(&entry, from: [stored], to: entry.name, in: directory, slash: slash)
    }
    index.add(entry, for: item)
    if let name = publishedName { noteWorkflowOutput(item, entry.kind, published: name) }
  }

  /// Whether the workflow's output `name` may come from this output of a step, or from a part of it.
  private func isSource(
    of name: String, step: StepRecord, output: String, part: String? = nil
  ) -> Bool {
    let declared = facts.outputs.first { name == $0.name || name.hasPrefix("\($0.name)/") }
    guard let declared, case .stepOutput(let wantedStep, let wantedOutput) = declared.from,
      workflowSteps.contains(wantedStep)
    else { return true }
    if let part, let wanted = declared.subpath, wanted != part { return false }
    return wantedStep == step.step && wantedOutput == output
  }

  /// Files inside a step's output that were published by themselves.
  private mutating func addPartsThatWerePublished() throws {
    for step in history.steps where !published.isEmpty {
      for output in try history.outputs(of: step) where output.kind == "directory" {
        guard published.contains(where: { isSource(of: $0.name, step: step, output: output.name) })
        else { continue }
        for part in try history.ledger.entries(ofDirectory: output.sha256) {
          guard
            let place = published.firstIndex(where: { entry in
              entry.sha256 == part.sha256
                && isSource(of: entry.name, step: step, output: output.name, part: part.path)
            })
          else { continue }
          let found = published.remove(at: place)
          let item = DataItem.result(
            key: step.key ?? "", output: output.name, subpath: part.path)
          var entry = CrateIndex.Item(
            id: "#published/\(URI.path(found.name))", kind: .file, sha256: part.sha256,
            bytes: part.bytes, name: Path.name(found.name), isCopied: false, isPart: false,
            isSource: false, isPublished: true,
            parameters: index.items[item]?.parameters ?? [])
          let stored = "\(history.ledger.directory)/\(output.path)/\(part.path)"
          try copy(
            &entry, from: [stored, found.path], to: found.name, in: "outputs", slash: "")
          index.add(entry, for: item)
          noteWorkflowOutput(item, entry.kind, published: found.name)
        }
      }
    }
    // What is left was given to the workflow and published as it was.
    for found in published {
      for item in index.order where index.items[item]?.sha256 == found.sha256 {
        index.items[item]?.isPublished = true
        noteWorkflowOutput(
          item, index.items[item]?.kind ?? .file, published: found.name)
        break
      }
    }
  }

  private mutating func noteWorkflowOutput(
    _ item: DataItem, _ kind: Manifest.FileType, published name: String
  ) {
    let output = String(name.split(separator: "/").first ?? "")
    let parameter: Int
    if let known = index.workflowOutputs[output] {
      parameter = known
    } else {
      parameter = index.addParameter(
        CrateIndex.FormalParameter(
          id: "#workflow/output/\(URI.segment(output))", name: output,
          type: CrateIndex.type(kind)))
      index.workflowOutputs[output] = parameter
    }
    index.note(item, for: parameter)
  }

  /// A published path without the results directory before it: the name of a declared output, and what is below it.
  static func name(ofPublished path: String, declared: [String]) -> String {
    let components = path.split(separator: "/").map(String.init)
    for position in components.indices.reversed() where declared.contains(components[position]) {
      return components[position...].joined(separator: "/")
    }
    return components.last ?? path
  }

  // MARK: Copying

  private mutating func copy(
    _ entry: inout CrateIndex.Item, from sources: [String], to name: String, in directory: String,
    slash: String
  ) throws {
    guard data != .none else { return }
    let inner = Path.parent(name)
    let path = names.path(
      Path.name(name), in: inner == "." ? directory : "\(directory)/\(inner)")
    guard try copy(entry, from: sources, to: path) else { return }
    entry.id = URI.path(path) + slash
    entry.isCopied = true
  }

  /// Copies an item from the first place where it still is what the run saw; warns where there is none.
  private mutating func copy(
    _ entry: CrateIndex.Item, from sources: [String], to path: String
  ) throws -> Bool {
    var problem: String?
    for source in sources {
      var files = [CratePayload.File(source: source, path: path, sha256: entry.sha256)]
      if entry.kind == .directory {
        // An archive has no empty directories.
        if entry.bytes == 0, try history.ledger.entries(ofDirectory: entry.sha256).isEmpty {
          return false
        }
        files = try history.ledger.entries(ofDirectory: entry.sha256).map { part in
          CratePayload.File(
            source: "\(source)/\(part.path)", path: "\(path)/\(part.path)", sha256: part.sha256)
        }
      }
      guard let reason = try payload.add(files, root: path) else { return true }
      problem = problem ?? reason
    }
    warnings.append("\(problem ?? ""): the crate tells its hash, and does not hold it")
    return false
  }

  /// Gives the formal parameters of the workflow what they were in this run; of thousands the first tell enough.
  private mutating func noteExamples() {
    for data in index.order {
      guard let item = index.items[data] else { continue }
      for parameter in item.parameters
      where index.parameters[parameter].id.hasPrefix("#workflow/")
        && index.parameters[parameter].examples.count < 1000
      {
        index.parameters[parameter].examples.append(item.id)
      }
    }
  }
}
