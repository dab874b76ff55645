import Files

/// What a step's key was made of, as the ledger has it or as a plan would make it: all that decides a result.
public struct KeyParts: Sendable {
  /// PLUGIN/OPERATION, or `shell`.
  public var operation: String
  /// The plugin's version and library; nil for a script.
  public var plugin: (version: String, library: String)?
  /// The text of a script; nil for a plugin.
  public var script: String?
  /// Defaults included.
  public var parameters: [String: JSON]
  /// By name, each in its order.
  public var inputs: [ArtifactRecord]
  /// The files of inputs that are directories and that the ledger does not have yet, by the directory's SHA-256.
  var entries: [String: [Artifact.Entry]] = [:]
  /// Whatever else the key was made of; nil for a step that was recorded before this was kept.
  public var rest: [String: JSON]?

  /// The parts that a step of the ledger was run, or reused, with.
  init(of step: StepRecord, in ledger: Ledger) throws {
    operation = step.operation
    plugin = step.plugin.map { ($0.version, $0.sha256) }
    parameters = Dictionary(
      try ledger.parameters(ofStep: step.id).map { ($0.name, $0.value) }
    ) { first, _ in first }
    inputs = try ledger.inputs(ofStep: step.id)
    rest = try ledger.keyRest(ofStep: step.id)?.object
    if step.plugin == nil { script = parameters.removeValue(forKey: "shell")?.string }
  }

  /// The parts that a task of a plan would be run with.
  ///
  /// - Parameter content: the text of its key, before it is hashed.
  init(of task: Plan.Task, content: JSON, inputs: [ArtifactRecord]) {
    operation = task.use
    plugin = task.program.plugin.map { ($0.manifest.version, content["library"]?.string ?? "") }
    if case .script(let shell) = task.program { script = shell.text }
    parameters = task.parameters
    self.inputs = inputs.sorted { $0.name < $1.name }
    rest = StepKey.rest(of: content).object
  }
}

extension KeyParts {
  /// The parts in which these differ from `old`: what was changed on purpose first, inputs last.
  func differences(from old: KeyParts) -> [Difference] {
    var found: [Difference] = []
    if old.operation != operation { found.append(.operation(old: old.operation, new: operation)) }
    if let before = old.plugin, let plugin, old.operation == operation {
      if before.version != plugin.version {
        found.append(.version(old: before.version, new: plugin.version))
      }
      if before.library != plugin.library {
        found.append(.library(old: before.library, new: plugin.library))
      }
    }
    if let before = old.script, let script, before != script {
      found.append(.script(LineChange.changes(from: before, to: script)))
    }
    for name in Set(old.parameters.keys).union(parameters.keys).sorted()
    where old.parameters[name] != parameters[name] {
      found.append(.parameter(name, old: old.parameters[name], new: parameters[name]))
    }
    if let before = old.rest, let rest {
      for name in Set(before.keys).union(rest.keys).sorted() where before[name] != rest[name] {
        found.append(.other(name, old: before[name], new: rest[name]))
      }
    }
    for name in Set((old.inputs + inputs).map(\.name)).sorted() {
      let before = old.inputs.filter { $0.name == name }
      let now = inputs.filter { $0.name == name }
      let differences = Self.differences(of: name, from: before, to: now)
      found += differences
      if differences.isEmpty, script != nil, old.script != nil {
        found += zip(before, now).compactMap { before, now in
          let (old, new) = (Path.name(before.path), Path.name(now.path))
          return old == new ? nil : .inputName(name, old: old, new: new)
        }
      }
    }
    return found
  }

  /// The contents of one input that came, went or changed; equal ones are left out wherever they stand.
  private static func differences(
    of name: String, from old: [ArtifactRecord], to new: [ArtifactRecord]
  ) -> [Difference] {
    if old.map(\.sha256) == new.map(\.sha256) { return [] }
    var left: [String: Int] = [:]
    for artifact in new { left[artifact.sha256, default: 0] += 1 }
    var gone = old.filter { artifact in
      guard let count = left[artifact.sha256], count > 0 else { return true }
      left[artifact.sha256] = count - 1
      return false
    }
    var come = new.filter { artifact in
      guard let count = left[artifact.sha256], count > 0 else { return false }
      left[artifact.sha256] = count - 1
      return true
    }
    if gone.isEmpty && come.isEmpty { return [.order(input: name)] }
    // The same place first; what remains is paired in order where the list is as long as it was.
    let places = Dictionary(gone.map { ($0.path, $0) }) { first, _ in first }
    let here = come.filter { places[$0.path] != nil }
    let found = here.map { Difference.input(name, old: places[$0.path], new: $0) }
    let paired = Set(here.map(\.path))
    gone.removeAll { paired.contains($0.path) }
    come.removeAll { paired.contains($0.path) }
    if gone.count == come.count {
      return found + zip(gone, come).map { .input(name, old: $0, new: $1) }
    }
    return found + gone.map { .input(name, old: $0, new: nil) }
      + come.map { .input(name, old: nil, new: $0) }
  }
}
