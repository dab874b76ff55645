import Files

// Steps with axes become one task for each combination of their values.
extension Planner {
  /// The most tasks that a workflow can have.
  static let taskLimit = 100_000

  func list(_ value: Value) -> [JSON]? {
    switch value.kind {
    case .list(let values): values.map { json($0, axes: [:]) ?? .null }
    case .reference(.parameter(let name)): parameters[name]?.array
    case .literal, .template, .reference: nil
    }
  }

  /// - Parameter type: the type that the value is for, where that is known: text is then taken as written, so
  ///   that `007` stays `007`.
  func json(_ value: Value, axes: [String: JSON], for type: ParameterType? = nil) -> JSON? {
    switch value.kind {
    case .literal(let json):
      if type == .string, json != .null, let source = value.source {
        return .string(source)
      }
      return json
    case .list(let values):
      let element: ParameterType? = if case .list(let element)? = type { element } else { nil }
      return .array(values.map { json($0, axes: axes, for: element) ?? .null })
    case .reference(let reference): return self.value(of: reference, axes: axes)
    case .template(let template):
      return .string(template.text { self.value(of: $0, axes: axes) })
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
    guard let combinations = combinations(of: step) else { return }
    let known = problems.count
    for combination in combinations {
      let axes = Dictionary(combination.map { ($0.name, $0.value) }) { first, _ in first }
      let label = label(of: combination)
      var task = Plan.Task(
        id: label.isEmpty ? step.id : "\(step.id)[\(label)]", step: step.id, axes: combination,
        program: declared.program, operation: declared.operation,
        parameters: taskParameters(step, declared.operation, axes), inputs: [],
        resources: step.resources, retries: step.retries, needs: [])
      for input in step.inputs {
        let sources = input.sources.flatMap {
          resolve(
            $0, axes: axes, wanted: declared.operation.input(input.name)?.type)
        }
        if sources.count > 1, declared.operation.input(input.name)?.isList == false {
          report(
            "input '\(input.name)' of \(step.use) takes one file, but \(sources.count) tasks feed it",
            at: input.nameMark, fix: "run this step over the same 'foreach' axes")
        }
        task.inputs.append((input.name, sources, input.isList || sources.count != 1))
      }
      let needs = task.inputs.flatMap(\.sources).compactMap {
        if case .output(let position, _, _) = $0 { position } else { nil }
      }
      task.needs = Set(needs).sorted()
      instances[step.id, default: []].append(tasks.count)
      tasks.append(task)
      // The other tasks of the step would repeat it.
      if problems.count > known { return }
    }
  }

  /// The values of a step's axes, each with each; nil, reported, where these are too many.
  private mutating func combinations(
    of step: Workflow.Step
  ) -> [[(name: String, value: JSON)]]? {
    let lists = step.axes.map { (axis: $0, values: list($0.values) ?? []) }
    // Counted first: two lists of 40,000 values would fill the memory before they are refused.
    var count = 1
    for (axis, values) in lists {
      let (product, overflow) = count.multipliedReportingOverflow(by: values.count)
      guard !overflow, product <= Self.taskLimit else {
        report("'foreach' makes more than 100,000 tasks", at: axis.mark)
        return nil
      }
      count = product
    }
    guard tasks.count + count <= Self.taskLimit else {
      report("the workflow has more than 100,000 tasks", at: step.mark)
      return nil
    }
    return lists.reduce(into: [[]]) { combinations, list in
      combinations = combinations.flatMap { combination in
        list.values.map { combination + [(list.axis.name, $0)] }
      }
    }
  }

  /// The axes' values as they stand in a task's id: `factor=MAX,seed=1`.
  func label(of axes: [(name: String, value: JSON)]) -> String {
    axes.map { "\($0.name)=\(plain($0.value))" }.joined(separator: ",")
  }

  /// A value for a message: a number as the user wrote it.
  private func written(_ value: Value, _ json: JSON) -> String {
    if case .literal = value.kind, json.number != nil, let source = value.source { return source }
    return json.text
  }

  mutating func taskParameters(
    _ step: Workflow.Step, _ operation: Manifest.Operation, _ axes: [String: JSON]
  ) -> [String: JSON] {
    var values: [String: JSON] = [:]
    if step.script != nil {
      // A variable of a script has no declared type; an absent value is an empty text.
      for parameter in step.parameters {
        values[parameter.name] = json(parameter.value, axes: axes) ?? .null
      }
      return values
    }
    for parameter in operation.parameters {
      guard let given = step.parameters.first(where: { $0.name == parameter.name }),
        let json = json(given.value, axes: axes, for: parameter.type), json != .null
      else {
        values[parameter.name] = parameter.defaultValue
        if parameter.isRequired {
          report(
            "'\(parameter.name)' of \(step.use) needs a value, and gets none here",
            at: step.parameters.first { $0.name == parameter.name }?.value.mark ?? step.mark,
            fix: "give one (\(parameter.type): \(parameter.help))")
        }
        continue
      }
      guard let value = parameter.type.canonical(json) else {
        report(
          "parameter '\(parameter.name)' of \(step.use) is \(parameter.type.withArticle), not \(written(given.value, json))",
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
}
