import Files

// `when:`: what is known of it before anything runs, and what must be asked of earlier steps.
extension Planner {
  mutating func check(
    _ condition: Workflow.Condition, of step: Workflow.Step, axes: Axes, in scope: Int
  ) {
    switch condition.kind {
    case .output(let id, let output):
      checkOutput(output, of: id, for: step, at: condition.mark, isInside: false, in: scope)
    case .value(let reference, let wanted):
      let before = reports
      check(reference, at: condition.mark, axes: axes, in: scope)
      guard reports == before, case .parameter(let name) = reference,
        let parameter = scopes[scope].workflow.parameters.first(where: { $0.name == name })
      else { return }
      if case .list = parameter.type {
        report(
          "'when' compares single values, and '\(name)' is a list", at: condition.mark, in: scope)
        return
      }
      for value in wanted {
        if wanted == [.boolean(true)], parameter.type != .boolean, parameter.type != .string {
          report(
            "'\(name)' is \(parameter.type.withArticle), and is neither true nor false",
            at: condition.mark, in: scope,
            fix: "write the values for which the step is run: {$params.\(name): [1, 2]}")
        } else if !parameter.choices.isEmpty,
          !parameter.choices.contains(where: { plain($0) == plain(value) })
        {
          report(
            "'\(name)' is never \(plain(value))", at: condition.mark, in: scope,
            fix: suggestion(for: plain(value), among: parameter.choices.map(plain)))
        }
      }
    }
  }

  /// Finds whether a task is wanted: by its step's conditions, and by those of the steps that use its workflow.
  mutating func resolveConditions(
    of task: inout Plan.Task, _ planned: PlannedStep, axes: [String: AxisValue]
  ) {
    var conditions = planned.step.conditions.map { ($0, planned.scope) }
    for scope in chain(to: planned.scope) {
      guard let user = scopes[scope].user else { continue }
      conditions += user.step.conditions.map { ($0, user.scope) }
    }
    for (condition, scope) in conditions {
      switch condition.kind {
      case .value(let reference, let wanted):
        let value = value(of: reference, in: scope, axes: axes) ?? .null
        if task.unwanted == nil, !wanted.contains(where: { plain($0) == plain(value) }) {
          let others = wanted.map(plain).joined(separator: " or ")
          task.unwanted = "not wanted: \(reference) is \(plain(value)), not \(others)"
        }
      case .output(let step, let output):
        let source = Source(
          origin: .step(id: step, output: output), subpath: nil, mark: condition.mark)
        task.conditions.append(resolve(source, in: scope, axes: axes).sources)
      }
    }
  }
}
