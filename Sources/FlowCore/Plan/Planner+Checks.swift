import Files

// The checks of steps: what they use, and what they give it.
extension Planner {
  mutating func declare(_ planned: PlannedStep) {
    let step = planned.step
    if let script = step.script {
      let operation = Manifest.Operation(
        name: step.use, summary: "", description: "", inputs: [], outputs: script.outputs,
        parameters: [])
      declared[planned.id] = Plan.Declaration(program: .script(script.shell), operation: operation)
      return
    }
    guard !step.use.isEmpty else { return }
    if let known = operations[step.use] {
      declared[planned.id] = known
      return
    }
    do throws(Diagnostic) {
      let (plugin, operation) = try registry.operation(step.use)
      _ = try plugin.checkedLibrary()
      operations[step.use] = Plan.Declaration(program: .plugin(plugin), operation: operation)
      declared[planned.id] = operations[step.use]
    } catch {
      if error.file == nil {
        report(error.message, at: step.useMark, in: planned.scope, fix: error.fix)
      } else {
        report(error)
      }
    }
  }

  mutating func check(_ planned: PlannedStep) {
    let step = planned.step
    let scope = planned.scope
    // References are checked even where the operation is unknown: all mistakes in one go.
    let axes = checkReferences(of: step, in: scope)
    guard let operation = declared[planned.id]?.operation else {
      reports += 1
      return
    }
    for input in step.inputs {
      for source in input.sources {
        checkFormat(source, of: operation.input(input.name), step, in: scope)
      }
    }
    guard step.script == nil else { return }
    checkInputs(planned, operation)
    checkNames(
      of: step.parameters, known: operation.parameters, of: step.use, in: scope
    ) { operation.input($0) != nil }
    for parameter in operation.parameters
    where parameter.isRequired && !step.parameters.contains(where: { $0.name == parameter.name }) {
      report(
        "step '\(step.id)' does not set '\(parameter.name)', which \(step.use) needs",
        at: step.mark, in: scope,
        fix: "add it under 'with:' (\(parameter.described))")
    }
    // Values that are the same for all tasks are checked here, whatever else is wrong with the step.
    for given in step.parameters where scope == 0 && !depends(given.value, on: axes) {
      if let parameter = operation.parameter(given.name) {
        _ = canonical(given, for: parameter, of: step.use, in: scope, axes: [:])
      }
    }
  }

  /// Checks all that a step refers to.
  ///
  /// - Returns: the names of its axes.
  @discardableResult
  private mutating func checkReferences(of step: Workflow.Step, in scope: Int) -> Axes {
    let axes = Axes(step)
    for axis in step.axes { checkAxis(axis, of: step, in: scope) }
    for condition in step.conditions { check(condition, of: step, axes: axes, in: scope) }
    for source in step.inputs.flatMap(\.sources) {
      check(source, of: step, axes: axes, in: scope)
    }
    for parameter in step.parameters { check(parameter.value, axes: axes, in: scope) }
    return axes
  }

  private mutating func checkNames(
    of given: [Workflow.StepParameter], known: [Manifest.Parameter], of use: String,
    in scope: Int, isInput: (String) -> Bool
  ) {
    let names = Set(known.map(\.name))
    for parameter in given where !names.contains(parameter.name) {
      report(
        "\(use) has no parameter '\(parameter.name)'", at: parameter.nameMark, in: scope,
        fix: isInput(parameter.name)
          ? "'\(parameter.name)' is an input: name it under 'inputs:'"
          : suggestion(for: parameter.name, among: names))
    }
  }

  private mutating func checkInputs(_ planned: PlannedStep, _ operation: Manifest.Operation) {
    let step = planned.step
    let names = operation.inputs.map(\.name)
    for input in step.inputs {
      guard let wanted = operation.input(input.name) else {
        let isParameter = operation.parameter(input.name) != nil
        report(
          "\(step.use) has no input '\(input.name)'", at: input.nameMark, in: planned.scope,
          fix: isParameter
            ? "'\(input.name)' is a parameter: set it under 'with:'"
            : suggestion(for: input.name, among: names))
        continue
      }
      if input.sources.count > 1 && !wanted.isList {
        report(
          "input '\(input.name)' of \(step.use) takes one \(wanted.type.rawValue), not a list",
          at: input.nameMark, in: planned.scope)
      }
    }
    for wanted in operation.inputs
    where !wanted.isOptional && !step.inputs.contains(where: { $0.name == wanted.name }) {
      report(
        "step '\(step.id)' does not give the input '\(wanted.name)', which \(step.use) needs",
        at: step.mark, in: planned.scope, fix: "add it under 'inputs:' (\(wanted.help))")
    }
  }

  /// Checks that a source is of the type and format that an input wants; of a script's input nothing is known.
  private mutating func checkFormat(
    _ source: Source, of wanted: Manifest.Input?, _ step: Workflow.Step, in scope: Int
  ) {
    if let path = fixedPath(source, in: scope) {
      checkFile(path, wanted?.type, at: source.mark, in: scope)
    }
    guard let wanted, case .step(let id, let name) = source.origin, source.subpath == nil,
      let output = declaredOutput(name, of: id, in: scope)
    else { return }
    if output.type != wanted.type {
      report(
        "input '\(wanted.name)' of \(step.use) is a \(wanted.type.rawValue); '\(name)' of step '\(id)' is a \(output.type.rawValue)",
        at: source.mark, in: scope,
        fix: output.type == .directory ? "name a file in it: $steps.\(id).\(name)/FILE" : nil)
    } else if let produced = output.format, let format = wanted.format, produced != format {
      report(
        "input '\(wanted.name)' of \(step.use) is of format \(format); '\(name)' of step '\(id)' is \(produced)",
        at: source.mark, in: scope)
    }
  }

  /// What a step declares of an output; nil where that is not known, as for a file inside a directory.
  private func declaredOutput(
    _ name: String, of id: String, in scope: Int
  ) -> Manifest.Output? {
    let full = scopes[scope].prefix + id
    guard let inner = nested[full] else { return declared[full]?.operation.output(name) }
    guard let source = output(name, of: inner), source.subpath == nil,
      case .step(let id, let name) = source.origin
    else { return nil }
    return declaredOutput(name, of: id, in: inner)
  }

  /// The path that a source names whatever the values of parameters and axes; nil for others, and inside an
  /// input that is not there, which is said already.
  private func fixedPath(_ source: Source, in scope: Int) -> String? {
    switch source.origin {
    case .path(let template) where template.references.isEmpty:
      return Path.resolve(template.text { _ in nil }, from: scopes[scope].directory)
    case .input(let name) where scope == 0 && source.subpath?.references.isEmpty ?? true:
      guard let path = inputPaths[name] ?? nil, Path.exists(path) else { return nil }
      return source.subpath.map { "\(path)/\($0.text { _ in nil })" } ?? path
    default: return nil
    }
  }

  /// Checks the step that uses a nested workflow: what it gives, and that each output is one of a step.
  mutating func checkUse(_ scope: Int) {
    guard let (user, step) = scopes[scope].user else { return }
    let workflow = scopes[scope].workflow
    let inputs = scopes[scope].inputs
    checkReferences(of: step, in: user)
    for input in step.inputs where !scopes[scope].inputs.contains(input.name) {
      report(
        "\(step.use) has no input '\(input.name)'", at: input.nameMark, in: user,
        fix: scopes[scope].parameters.contains(input.name)
          ? "'\(input.name)' is a parameter: set it under 'with:'"
          : suggestion(for: input.name, among: scopes[scope].inputs))
    }
    checkNames(
      of: step.parameters, known: workflow.parameters, of: step.use, in: user
    ) { inputs.contains($0) }
    for parameter in workflow.parameters
    where parameter.isRequired && !step.parameters.contains(where: { $0.name == parameter.name }) {
      report(
        "step '\(step.id)' does not set '\(parameter.name)', which \(step.use) needs",
        at: step.mark, in: user,
        fix: "add it under 'with:' (\(parameter.described))")
    }
    for input in workflow.inputs
    where input.path == nil && !input.isOptional && given(input.name, to: scope) == nil {
      report(
        "step '\(step.id)' does not give the input '\(input.name)', which \(step.use) needs",
        at: step.mark, in: user,
        fix: "add it under 'inputs:'" + (input.help.map { " (\($0))" } ?? ""))
    }
    for variable in workflow.environment
    where !scopes[user].environment.contains(variable.name) {
      report(
        "\(step.use) uses the variable \(variable.name) of the environment", at: step.useMark,
        in: user, fix: "declare it here too: 'env: [\(variable.name)]'")
    }
    for output in workflow.outputs { check(output.source, of: nil, axes: Axes(nil), in: scope) }
  }
}
