import Files
import Glibc

/// Turns a workflow into a plan, and finds every mistake that can be known before anything runs.
public struct Planner {
  /// What a user sets for one run.
  public struct Settings: Sendable {
    /// Parameters as text (`--set k=5`).
    public var parameters: [String: String] = [:]
    /// Inputs as paths (`--input manifest=my.tsv`).
    public var inputs: [String: String] = [:]
    public init() {}
  }

  // Not private, for the extensions in the files beside this one.
  let workflow: Workflow
  let registry: Registry
  let settings: Settings
  var problems: [Diagnostic] = []
  var parameters: [String: JSON] = [:]
  var inputPaths: [String: String] = [:]
  var declared: [String: DeclaredStep] = [:]
  var tasks: [Plan.Task] = []
  /// The positions in `tasks` of a step's instances.
  var instances: [String: [Int]] = [:]

  /// A step whose operation is known.
  struct DeclaredStep {
    let plugin: InstalledPlugin
    let operation: Manifest.Operation
  }

  /// - Throws: `Diagnostics` with every mistake found.
  public static func plan(
    _ workflow: Workflow, registry: Registry, settings: Settings = Settings()
  ) throws(Diagnostics) -> Plan {
    var planner = Planner(workflow: workflow, registry: registry, settings: settings)
    return try planner.plan()
  }

  private init(workflow: Workflow, registry: Registry, settings: Settings) {
    self.workflow = workflow
    self.registry = registry
    self.settings = settings
  }

  mutating func plan() throws(Diagnostics) -> Plan {
    resolveParameters()
    resolveInputs()
    for step in workflow.steps { declare(step) }
    for step in workflow.steps { check(step) }
    let order = orderedSteps()
    if !problems.isEmpty { throw Diagnostics(problems) }
    for step in order { unroll(step) }
    let outputs = workflow.outputs.flatMap { plannedOutputs($0) }
    if !problems.isEmpty { throw Diagnostics(problems) }
    return Plan(workflow: workflow, parameters: parameters, tasks: tasks, outputs: outputs)
  }

  mutating func report(_ message: String, at mark: Mark?, fix: String? = nil) {
    problems.append(Diagnostic(message, file: workflow.file, at: mark, fix: fix))
  }

  // MARK: What the user sets

  mutating func resolveParameters() {
    for parameter in workflow.parameters {
      if let text = settings.parameters[parameter.name] {
        guard let value = parameter.type.value(fromText: text) else {
          problems.append(
            Diagnostic("parameter '\(parameter.name)' is a \(parameter.type), not '\(text)'"))
          continue
        }
        if let objection = parameter.objection(to: value) {
          problems.append(Diagnostic("parameter '\(parameter.name)' \(objection), not '\(text)'"))
        }
        parameters[parameter.name] = value
      } else if let value = parameter.defaultValue {
        parameters[parameter.name] = value
      } else if parameter.isRequired {
        problems.append(
          Diagnostic(
            "parameter '\(parameter.name)' has no value", file: workflow.file,
            fix: "give one with --set \(parameter.name)=…"))
      }
    }
    let known = workflow.parameters.map(\.name)
    for name in settings.parameters.keys.sorted() where !known.contains(name) {
      problems.append(
        Diagnostic(
          "the workflow has no parameter '\(name)'", file: workflow.file,
          fix: Suggestion.fix(for: name, among: known)))
    }
  }

  mutating func resolveInputs() {
    let base = Path.parent(workflow.file)
    for input in workflow.inputs {
      let path = settings.inputs[input.name] ?? Path.resolve(input.path, from: base)
      if Path.exists(path) {
        inputPaths[input.name] = path
      } else {
        report(
          "input '\(input.name)' is not there: \(path)",
          at: settings.inputs[input.name] == nil ? input.mark : nil,
          fix: "put the file there or give another with --input \(input.name)=PATH")
        inputPaths[input.name] = path
      }
    }
    let known = workflow.inputs.map(\.name)
    for name in settings.inputs.keys.sorted() where !known.contains(name) {
      problems.append(
        Diagnostic(
          "the workflow has no input '\(name)'", file: workflow.file,
          fix: Suggestion.fix(for: name, among: known)))
    }
  }

  // MARK: Order

  /// The steps such that each comes after those it needs; a circle is a mistake.
  mutating func orderedSteps() -> [Workflow.Step] {
    var needs: [String: Set<String>] = [:]
    let known = Set(workflow.steps.map(\.id))
    for step in workflow.steps {
      let sources = step.inputs.flatMap(\.sources)
      needs[step.id] = Set(
        sources.compactMap {
          if case .step(let id, _) = $0.origin, known.contains(id), id != step.id {
            id
          } else {
            nil
          }
        })
    }
    var order: [Workflow.Step] = []
    var waiting = workflow.steps
    var done: Set<String> = []
    while !waiting.isEmpty {
      let ready = waiting.filter { needs[$0.id, default: []].isSubset(of: done) }
      if ready.isEmpty {
        let circle = waiting.map { "'\($0.id)'" }.joined(separator: ", ")
        report("steps need each other in a circle: \(circle)", at: waiting[0].mark)
        return order
      }
      order += ready
      done.formUnion(ready.map(\.id))
      waiting.removeAll { done.contains($0.id) }
    }
    return order
  }
}
