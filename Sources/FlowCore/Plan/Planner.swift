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

  private let workflow: Workflow
  private let registry: Registry
  private let settings: Settings
  private var problems: [Diagnostic] = []
  private var parameters: [String: JSON] = [:]
  private var inputPaths: [String: String] = [:]
  private var declared: [String: DeclaredStep] = [:]
  private var tasks: [Plan.Task] = []
  /// The positions in `tasks` of a step's instances.
  private var instances: [String: [Int]] = [:]

  /// A step whose operation is known.
  private struct DeclaredStep {
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

  private mutating func plan() throws(Diagnostics) -> Plan {
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

  private mutating func report(_ message: String, at mark: Mark?, fix: String? = nil) {
    problems.append(Diagnostic(message, file: workflow.file, at: mark, fix: fix))
  }

  // MARK: What the user sets

  private mutating func resolveParameters() {
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

  private mutating func resolveInputs() {
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

  // MARK: Checks

  private mutating func declare(_ step: Workflow.Step) {
    guard !step.use.isEmpty else { return }
    do throws(Diagnostic) {
      let (plugin, operation) = try registry.operation(step.use)
      _ = try plugin.checkedLibrary()
      declared[step.id] = DeclaredStep(plugin: plugin, operation: operation)
    } catch {
      if error.file == nil {
        report(error.message, at: step.useMark, fix: error.fix)
      } else {
        problems.append(error)
      }
    }
  }

  private mutating func check(_ step: Workflow.Step) {
    for axis in step.axes { checkAxis(axis) }
    // References are checked even where the operation is unknown: all mistakes in one go.
    for input in step.inputs {
      for source in input.sources { check(source, of: step) }
    }
    for parameter in step.parameters { check(parameter.value, of: step) }
    guard let operation = declared[step.id]?.operation else { return }
    checkInputs(step, operation)
    let names = operation.parameters.map(\.name)
    for parameter in step.parameters where !names.contains(parameter.name) {
      let isInput = operation.input(parameter.name) != nil
      report(
        "\(step.use) has no parameter '\(parameter.name)'", at: parameter.nameMark,
        fix: isInput
          ? "'\(parameter.name)' is an input: name it under 'inputs:'"
          : Suggestion.fix(for: parameter.name, among: names))
    }
    for parameter in operation.parameters
    where parameter.isRequired && !step.parameters.contains(where: { $0.name == parameter.name }) {
      report(
        "step '\(step.id)' does not set '\(parameter.name)', which \(step.use) needs",
        at: step.mark, fix: "add it under 'with:' (\(parameter.type): \(parameter.help))")
    }
  }

  private mutating func checkInputs(_ step: Workflow.Step, _ operation: Manifest.Operation) {
    let names = operation.inputs.map(\.name)
    for input in step.inputs {
      guard let wanted = operation.input(input.name) else {
        let isParameter = operation.parameter(input.name) != nil
        report(
          "\(step.use) has no input '\(input.name)'", at: input.nameMark,
          fix: isParameter
            ? "'\(input.name)' is a parameter: set it under 'with:'"
            : Suggestion.fix(for: input.name, among: names))
        continue
      }
      if input.sources.count > 1 && !wanted.isList {
        report(
          "input '\(input.name)' of \(step.use) takes one \(wanted.type.rawValue), not a list",
          at: input.nameMark)
      }
      for source in input.sources { checkFormat(source, wanted, step) }
    }
    for wanted in operation.inputs
    where !wanted.isOptional && !step.inputs.contains(where: { $0.name == wanted.name }) {
      report(
        "step '\(step.id)' does not give the input '\(wanted.name)', which \(step.use) needs",
        at: step.mark, fix: "add it under 'inputs:' (\(wanted.help))")
    }
  }

  private mutating func checkFormat(
    _ source: Source, _ wanted: Manifest.Input, _ step: Workflow.Step
  ) {
    guard case .step(let id, let name) = source.origin, source.subpath == nil,
      let output = declared[id]?.operation.output(name)
    else { return }
    if output.type != wanted.type {
      report(
        "input '\(wanted.name)' of \(step.use) is a \(wanted.type.rawValue); '\(name)' of step '\(id)' is a \(output.type.rawValue)",
        at: source.mark,
        fix: output.type == .directory ? "name a file in it: $steps.\(id).\(name)/FILE" : nil)
    } else if let produced = output.format, let format = wanted.format, produced != format {
      report(
        "input '\(wanted.name)' of \(step.use) is of format \(format); '\(name)' of step '\(id)' is \(produced)",
        at: source.mark)
    }
  }

  private mutating func checkAxis(_ axis: Workflow.Axis) {
    check(axis.values, axes: [])
    if let list = list(axis.values), list.isEmpty {
      report("'foreach' needs at least one value for '\(axis.name)'", at: axis.mark)
    } else if list(axis.values) == nil {
      report(
        "'foreach' needs a list for '\(axis.name)'", at: axis.mark,
        fix: "write [a, b] or $params.NAME of a list parameter")
    }
  }

  private mutating func check(_ value: Value, of step: Workflow.Step) {
    check(value, axes: step.axes.map(\.name))
  }

  private mutating func check(_ value: Value, axes: [String]) {
    switch value.kind {
    case .literal: break
    case .list(let values): for value in values { check(value, axes: axes) }
    case .reference(let reference): check(reference, at: value.mark, axes: axes)
    case .template(let template):
      for reference in template.references { check(reference, at: value.mark, axes: axes) }
    }
  }

  private mutating func check(_ reference: Reference, at mark: Mark, axes: [String]) {
    switch reference {
    case .parameter(let name):
      let known = workflow.parameters.map(\.name)
      if !known.contains(name) {
        report(
          "the workflow has no parameter '\(name)'", at: mark,
          fix: Suggestion.fix(for: name, among: known) ?? "declare it under 'params:'")
      }
    case .axis(let name):
      if !axes.contains(name) {
        report(
          "there is no '\(name)' to run over here", at: mark,
          fix: Suggestion.fix(for: name, among: axes) ?? "declare it under 'foreach:' of the step")
      }
    }
  }

  private mutating func check(_ source: Source, of step: Workflow.Step?) {
    let axes = step?.axes.map(\.name) ?? []
    for reference in source.subpath?.references ?? [] {
      check(reference, at: source.mark, axes: axes)
    }
    switch source.origin {
    case .path(let template):
      for reference in template.references { check(reference, at: source.mark, axes: axes) }
      if template.references.isEmpty {
        let path = Path.resolve(template.text { _ in nil }, from: Path.parent(workflow.file))
        if !Path.exists(path) {
          report(
            "there is no file \(path)", at: source.mark,
            fix: "a path is taken from the workflow's directory; an output is $steps.STEP.OUTPUT")
        }
      }
    case .input(let name):
      let known = workflow.inputs.map(\.name)
      if !known.contains(name) {
        report(
          "the workflow has no input '\(name)'", at: source.mark,
          fix: Suggestion.fix(for: name, among: known) ?? "declare it under 'inputs:'")
      }
    case .step(let id, let output):
      let known = workflow.steps.map(\.id)
      guard known.contains(id) else {
        report(
          "there is no step '\(id)'", at: source.mark, fix: Suggestion.fix(for: id, among: known))
        return
      }
      if id == step?.id {
        report("step '\(id)' needs its own output", at: source.mark)
      }
      guard let operation = declared[id]?.operation else { return }
      if operation.output(output) == nil {
        report(
          "step '\(id)' has no output '\(output)'", at: source.mark,
          fix: Suggestion.fix(for: output, among: operation.outputs.map(\.name)))
      } else if operation.output(output)?.type == .file, source.subpath != nil {
        report("'\(output)' of step '\(id)' is a file, nothing is inside it", at: source.mark)
      }
    }
  }

  // MARK: Order

  /// The steps such that each comes after those it needs; a circle is a mistake.
  private mutating func orderedSteps() -> [Workflow.Step] {
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

  // MARK: Unrolling

  private func list(_ value: Value) -> [JSON]? {
    switch value.kind {
    case .list(let values): values.map { json($0, axes: [:]) ?? .null }
    case .reference(.parameter(let name)): parameters[name]?.array
    case .literal, .template, .reference: nil
    }
  }

  private func json(_ value: Value, axes: [String: JSON]) -> JSON? {
    switch value.kind {
    case .literal(let json): json
    case .list(let values): .array(values.compactMap { json($0, axes: axes) })
    case .reference(let reference): self.value(of: reference, axes: axes)
    case .template(let template): .string(template.text { self.value(of: $0, axes: axes) })
    }
  }

  private func value(of reference: Reference, axes: [String: JSON]) -> JSON? {
    switch reference {
    case .parameter(let name): parameters[name]
    case .axis(let name): axes[name]
    }
  }

  private mutating func unroll(_ step: Workflow.Step) {
    guard let declared = declared[step.id] else { return }
    var combinations: [[(name: String, value: JSON)]] = [[]]
    for axis in step.axes {
      let values = list(axis.values) ?? []
      combinations = combinations.flatMap { combination in
        values.map { combination + [(axis.name, $0)] }
      }
      guard combinations.count <= 100_000 else {
        report("'foreach' makes more than 100,000 tasks", at: axis.mark)
        return
      }
    }
    for combination in combinations {
      let axes = Dictionary(combination.map { ($0.name, $0.value) }) { first, _ in first }
      let label = combination.map { "\($0.name)=\(plain($0.value))" }.joined(separator: ",")
      var task = Plan.Task(
        id: label.isEmpty ? step.id : "\(step.id)[\(label)]", step: step.id, axes: combination,
        plugin: declared.plugin, operation: declared.operation,
        parameters: taskParameters(step, declared.operation, axes), inputs: [],
        resources: step.resources, retries: step.retries, needs: [])
      for input in step.inputs {
        let sources = input.sources.flatMap { resolve($0, axes: axes) }
        if sources.count > 1, declared.operation.input(input.name)?.isList == false {
          report(
            "input '\(input.name)' of \(step.use) takes one file, but \(sources.count) tasks feed it",
            at: input.nameMark, fix: "run this step over the same 'foreach' axes")
        }
        task.inputs.append((input.name, sources))
      }
      let needs = task.inputs.flatMap(\.sources).compactMap {
        if case .output(let position, _, _) = $0 { position } else { nil }
      }
      task.needs = Set(needs).sorted()
      instances[step.id, default: []].append(tasks.count)
      tasks.append(task)
    }
  }

  private mutating func taskParameters(
    _ step: Workflow.Step, _ operation: Manifest.Operation, _ axes: [String: JSON]
  ) -> [String: JSON] {
    var values: [String: JSON] = [:]
    for parameter in operation.parameters {
      guard let given = step.parameters.first(where: { $0.name == parameter.name }),
        let json = json(given.value, axes: axes), json != .null
      else {
        values[parameter.name] = parameter.defaultValue
        continue
      }
      guard let value = parameter.type.canonical(json) else {
        report(
          "parameter '\(parameter.name)' of \(step.use) is a \(parameter.type), not \(json.text)",
          at: given.value.mark)
        continue
      }
      if let objection = parameter.objection(to: value) {
        report(
          "parameter '\(parameter.name)' of \(step.use) \(objection), not \(plain(value))",
          at: given.value.mark)
      }
      values[parameter.name] = value
    }
    return values
  }

  /// The tasks or the file behind a source. Axes that both steps have are matched; over the others the
  /// source gathers: `$steps.binding.model` in a step without axes is the list of all instances' models.
  private mutating func resolve(
    _ source: Source, axes: [String: JSON]
  ) -> [Plan.PlannedSource] {
    let subpath = source.subpath?.text { value(of: $0, axes: axes) }
    if let subpath, subpath.split(separator: "/").contains("..") {
      report("'\(subpath)' does not stay inside what it names", at: source.mark)
      return []
    }
    switch source.origin {
    case .path(let template):
      let text = template.text { value(of: $0, axes: axes) }
      let path = Path.resolve(text, from: Path.parent(workflow.file))
      if !Path.exists(path) { report("there is no file \(path)", at: source.mark) }
      return [.path(path)]
    case .input(let name):
      let path = inputPaths[name] ?? name
      return [.path(subpath.map { "\(path)/\($0)" } ?? path)]
    case .step(let id, let output):
      let matching = instances[id, default: []].filter { position in
        tasks[position].axes.allSatisfy { axes[$0.name] == nil || axes[$0.name] == $0.value }
      }
      if matching.isEmpty {
        report(
          "no instance of step '\(id)' has the same 'foreach' values as this one", at: source.mark)
      }
      return matching.map { .output(task: $0, name: output, subpath: subpath) }
    }
  }

  private mutating func plannedOutputs(_ output: Workflow.Output) -> [Plan.PlannedOutput] {
    check(output.source, of: nil)
    guard problems.isEmpty else { return [] }
    let sources = resolve(output.source, axes: [:])
    if sources.count == 1 { return [Plan.PlannedOutput(path: output.name, source: sources[0])] }
    return sources.map { source in
      var label = "value"
      if case .output(let position, _, _) = source {
        label = tasks[position].axes.map { "\($0.name)=\(plain($0.value))" }.joined(separator: ",")
      }
      // A value may hold anything; a file name may not.
      let safe = label.replacing("/", with: "_")
      return Plan.PlannedOutput(path: "\(output.name)/\(safe)", source: source)
    }
  }
}
