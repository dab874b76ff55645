import Files

// Steps with axes become one task for each combination of their values.
extension Planner {
  func list(_ value: Value) -> [JSON]? {
    switch value.kind {
    case .list(let values): values.map { json($0, axes: [:]) ?? .null }
    case .reference(.parameter(let name)): parameters[name]?.array
    case .literal, .template, .reference: nil
    }
  }

  func json(_ value: Value, axes: [String: JSON]) -> JSON? {
    switch value.kind {
    case .literal(let json): json
    case .list(let values): .array(values.compactMap { json($0, axes: axes) })
    case .reference(let reference): self.value(of: reference, axes: axes)
    case .template(let template): .string(template.text { self.value(of: $0, axes: axes) })
    }
  }

  func value(of reference: Reference, axes: [String: JSON]) -> JSON? {
    switch reference {
    case .parameter(let name): parameters[name]
    case .axis(let name): axes[name]
    }
  }

  mutating func unroll(_ step: Workflow.Step) {
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

  mutating func taskParameters(
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
  mutating func resolve(
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

  mutating func plannedOutputs(_ output: Workflow.Output) -> [Plan.PlannedOutput] {
    check(output.source, of: nil)
    guard problems.isEmpty else { return [] }
    let sources = resolve(output.source, axes: [:])
    if sources.count == 1 { return [Plan.PlannedOutput(path: output.name, source: sources[0])] }
    return sources.map { source in
      guard case .output(let position, let name, let subpath) = source else {
        return Plan.PlannedOutput(path: output.name, source: source)
      }
      let task = tasks[position]
      let label = task.axes.map { "\($0.name)=\(plain($0.value))" }.joined(separator: ",")
      // A value may hold anything; a file name may not.
      var path = "\(output.name)/\(label.replacing("/", with: "_"))"
      // A file keeps its own name, and with it its ending.
      if let subpath {
        path += "/\(Path.name(subpath))"
      } else if let file = task.operation.output(name), file.type == .file {
        path += "/\(file.path)"
      }
      return Plan.PlannedOutput(path: path, source: source)
    }
  }
}
