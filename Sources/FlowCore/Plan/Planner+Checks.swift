import Files

// The checks of steps, references and edges.
extension Planner {
  mutating func declare(_ step: Workflow.Step) {
    if let script = step.script {
      let operation = Manifest.Operation(
        name: step.use, summary: "", description: "", inputs: [], outputs: script.outputs,
        parameters: [])
      declared[step.id] = DeclaredStep(program: .script(script.shell), operation: operation)
      return
    }
    guard !step.use.isEmpty else { return }
    if let known = operations[step.use] {
      declared[step.id] = known
      return
    }
    do throws(Diagnostic) {
      let (plugin, operation) = try registry.operation(step.use)
      _ = try plugin.checkedLibrary()
      operations[step.use] = DeclaredStep(program: .plugin(plugin), operation: operation)
      declared[step.id] = operations[step.use]
    } catch {
      if error.file == nil {
        report(error.message, at: step.useMark, fix: error.fix)
      } else {
        problems.append(error)
      }
    }
  }

  mutating func check(_ step: Workflow.Step) {
    for axis in step.axes { checkAxis(axis) }
    // References are checked even where the operation is unknown: all mistakes in one go.
    for input in step.inputs {
      for source in input.sources { check(source, of: step) }
    }
    for parameter in step.parameters { check(parameter.value, of: step) }
    guard step.script == nil, let operation = declared[step.id]?.operation else { return }
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

  mutating func checkInputs(_ step: Workflow.Step, _ operation: Manifest.Operation) {
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

  mutating func checkFormat(
    _ source: Source, _ wanted: Manifest.Input, _ step: Workflow.Step
  ) {
    if let path = fixedPath(source) { checkFile(path, wanted.type, at: source.mark) }
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

  /// The path that a source names whatever the values of parameters and axes; nil for others, and inside an
  /// input that is not there, which is said already.
  private mutating func fixedPath(_ source: Source) -> String? {
    switch source.origin {
    case .path(let template) where template.references.isEmpty:
      return Path.resolve(template.text { _ in nil }, from: Path.parent(workflow.file))
    case .input(let name) where source.subpath?.references.isEmpty ?? true:
      guard let path = inputPaths[name], Path.exists(path) else { return nil }
      return source.subpath.map { "\(path)/\($0.text { _ in nil })" } ?? path
    default: return nil
    }
  }

  mutating func checkAxis(_ axis: Workflow.Axis) {
    check(axis.values, axes: [])
    if let list = list(axis.values), list.isEmpty {
      report("'foreach' needs at least one value for '\(axis.name)'", at: axis.mark)
    } else if let list = list(axis.values) {
      var labels: Set<String> = []
      for label in list.map(plain) where !labels.insert(label).inserted {
        report(
          "'foreach' gives '\(axis.name)' the value \(label) twice", at: axis.mark,
          fix: "remove one of the two; 1, 1.0 and \"1\" make tasks of the same name")
      }
    } else {
      report(
        "'foreach' needs a list for '\(axis.name)'", at: axis.mark,
        fix: "write [a, b] or $params.NAME of a list parameter")
    }
  }

  mutating func check(_ value: Value, of step: Workflow.Step) {
    check(value, axes: step.axes.map(\.name))
  }

  mutating func check(_ value: Value, axes: [String]) {
    switch value.kind {
    case .literal: break
    case .list(let values): for value in values { check(value, axes: axes) }
    case .reference(let reference): check(reference, at: value.mark, axes: axes)
    case .template(let template):
      for reference in template.references { check(reference, at: value.mark, axes: axes) }
    }
  }

  mutating func check(_ reference: Reference, at mark: Mark, axes: [String]) {
    switch reference {
    case .parameter(let name):
      if !known.parameters.contains(name) {
        report(
          "the workflow has no parameter '\(name)'", at: mark,
          fix: Suggestion.fix(for: name, among: known.parameters) ?? "declare it under 'params:'")
      }
    case .axis(let name):
      if !axes.contains(name) {
        report(
          "there is no '\(name)' to run over here", at: mark,
          fix: Suggestion.fix(for: name, among: axes) ?? "declare it under 'foreach:' of the step")
      }
    }
  }

  mutating func check(_ source: Source, of step: Workflow.Step?) {
    let axes = step?.axes.map(\.name) ?? []
    for reference in source.subpath?.references ?? [] {
      check(reference, at: source.mark, axes: axes)
    }
    switch source.origin {
    case .path(let template):
      for reference in template.references { check(reference, at: source.mark, axes: axes) }
      if template.references.isEmpty {
        let path = Path.resolve(template.text { _ in nil }, from: Path.parent(workflow.file))
        checkFile(path, nil, at: source.mark)
      }
    case .input(let name):
      if !known.inputs.contains(name) {
        report(
          "the workflow has no input '\(name)'", at: source.mark,
          fix: Suggestion.fix(for: name, among: known.inputs) ?? "declare it under 'inputs:'")
      }
    case .step(let id, let output):
      guard known.steps.contains(id) else {
        report(
          "there is no step '\(id)'", at: source.mark,
          fix: Suggestion.fix(for: id, among: known.steps))
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
}
