import Files

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

  /// The positions in `tasks` of a step's instances by the values of some of its axes.
  var indices: [InstanceIndex: [String: [Int]]] = [:]
  /// How many outputs of tasks are named as inputs so far.
  var sources = 0
  /// Whether a path is a directory; nil inside for one where nothing is.
  var directories: [String: Bool?] = [:]
  /// What each `use` names, looked up once.
  var operations: [String: DeclaredStep] = [:]
  /// The names that references may use.
  let known: (parameters: Set<String>, inputs: Set<String>, steps: Set<String>)

  /// Which axes of which step an index is over.
  struct InstanceIndex: Hashable {
    let step: String
    let axes: [String]
  }

  /// A step whose operation is known.
  struct DeclaredStep {
    let program: Program
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
    known = (
      Set(workflow.parameters.map(\.name)), Set(workflow.inputs.map(\.name)),
      Set(workflow.steps.map(\.id))
    )
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
    var plan = Plan(workflow: workflow, parameters: parameters, tasks: tasks, outputs: outputs)
    plan.inputs = inputPaths.compactMapValues { try? Path.real($0) }
    return plan
  }

  mutating func report(_ message: String, at mark: Mark?, fix: String? = nil) {
    let problem = Diagnostic(message, file: workflow.file, at: mark, fix: fix)
    // All tasks of a step share its mistakes; once is enough. And nobody reads a thousand.
    if problems.count < 1000, !problems.contains(problem) { problems.append(problem) }
  }

  // MARK: What the user sets

  mutating func resolveParameters() {
    for parameter in workflow.parameters {
      if let text = settings.parameters[parameter.name] {
        guard let value = parameter.type.value(fromText: text) else {
          problems.append(
            Diagnostic(
              "parameter '\(parameter.name)' is \(parameter.type.withArticle), not '\(text)'"))
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
    for name in settings.parameters.keys.sorted() where !known.parameters.contains(name) {
      problems.append(
        Diagnostic(
          "the workflow has no parameter '\(name)'", file: workflow.file,
          fix: Suggestion.fix(for: name, among: known.parameters)))
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
    for name in settings.inputs.keys.sorted() where !known.inputs.contains(name) {
      problems.append(
        Diagnostic(
          "the workflow has no input '\(name)'", file: workflow.file,
          fix: Suggestion.fix(for: name, among: known.inputs)))
    }
  }
}
