import Files

// Steps with axes become one task for each combination of their values.
extension Planner {
  /// The most tasks that a workflow can have.
  static let taskLimit = 100_000

  /// Makes the tasks of the step at a position; none where something is wrong with it or with what it needs.
  mutating func unroll(_ position: Int) {
    let planned = steps[position]
    guard !broken.contains(position), let declared = declared[planned.id],
      neededSteps(of: position).allSatisfy({ !broken.contains($0) }),
      let combinations = combinations(of: planned)
    else {
      broken.insert(position)
      return
    }
    let step = Plan.Step(
      id: planned.id, declared, policy: sharedPolicy(of: planned),
      optionalInputs: Set(planned.step.inputs.filter(\.isOptional).map(\.name)),
      stub: planned.step.stub)
    let before = reports
    for combination in combinations {
      let task =
        combination.contains { $0.absence != nil }
        ? placeholder(of: step, combination) : task(of: step, planned, combination)
      // The other tasks of the step would repeat the mistake.
      if reports > before {
        broken.insert(position)
        return
      }
      if task.isAwaiting { awaiting[planned.id, default: []].append(tasks.count) }
      instances[planned.id, default: []].append(tasks.count)
      tasks.append(task)
    }
  }

  private mutating func task(
    of shared: Plan.Step, _ planned: PlannedStep, _ combination: [AxisValue]
  ) -> Plan.Task {
    let scope = planned.scope
    let axes = Dictionary(combination.map { ($0.name, $0) }) { first, _ in first }
    bind(scope, axes: axes)
    var task = bareTask(of: shared, combination)
    task.parameters = taskParameters(
      planned.step, shared.declaration.operation, in: scope, axes: axes)
    resolveConditions(of: &task, planned, axes: axes)
    resolveInputs(of: &task, planned, axes: axes)
    // What is not wanted waits for nothing, and nothing is made for it alone.
    if task.unwanted != nil {
      task.inputs = []
      task.conditions = []
    }
    let needs = (task.inputs.flatMap(\.sources) + task.conditions.joined()).compactMap {
      if case .output(let position, _, _) = $0 { position } else { nil }
    }
    task.needs = Set(needs + task.makers).sorted()
    return task
  }

  /// A task without what differs between the tasks of a step.
  func bareTask(of shared: Plan.Step, _ combination: [AxisValue]) -> Plan.Task {
    let label = label(of: combination)
    return Plan.Task(
      id: label.isEmpty ? shared.id : "\(shared.id)[\(label)]", of: shared,
      axes: combination, parameters: [:])
  }

  private mutating func resolveInputs(
    of task: inout Plan.Task, _ planned: PlannedStep, axes: [String: AxisValue]
  ) {
    let step = planned.step
    for input in step.inputs {
      let wanted = task.operation.input(input.name)
      var sources: [Plan.PlannedSource] = []
      var isGathered = false
      for source in input.sources {
        let resolved = resolve(source, in: planned.scope, axes: axes, wanted: wanted?.type)
        sources += resolved.sources
        isGathered = isGathered || resolved.isGathered
      }
      if sources.count > 1, wanted?.isList == false {
        report(
          "input '\(input.name)' of \(step.use) takes one file, but \(sources.count) tasks feed it",
          at: input.nameMark, in: planned.scope, fix: "run this step over the same 'foreach' axes")
      }
      if sources.isEmpty {
        if !(wanted?.isOptional ?? input.isOptional) {
          report(
            "input '\(input.name)' of \(step.use) needs a file, and gets none here",
            at: input.nameMark, in: planned.scope,
            fix: step.script == nil
              ? "leave the step out then, with 'when:'"
              : "where the script can do without, write {from: …, optional: true}")
        }
        // To a plugin, an input without files is one that is not given; a script has a variable for it.
        if step.script == nil { continue }
      }
      let isList = input.isList || isGathered || sources.count > 1
      task.inputs.append((input.name, sources, isList))
    }
  }

  /// The values of a step's axes, each with each, after those of the steps that use its workflow; nil, reported,
  /// where these are too many or wrong.
  private mutating func combinations(of planned: PlannedStep) -> [[AxisValue]]? {
    var combinations: [[AxisValue]] = [[]]
    for scope in chain(to: planned.scope) {
      let user = scopes[scope].user
      // A step's axes belong to the workflow it stands in: those of the user before its own.
      for axis in user?.step.axes ?? [] {
        guard let longer = extend(combinations, by: axis, in: user?.scope ?? 0) else { return nil }
        combinations = longer
      }
    }
    for axis in planned.step.axes {
      guard let longer = extend(combinations, by: axis, in: planned.scope) else { return nil }
      combinations = longer
    }
    guard tasks.count + combinations.count <= Self.taskLimit else {
      report(
        "the workflow has more than 100,000 tasks", at: planned.step.mark, in: planned.scope)
      return nil
    }
    return combinations
  }

  private mutating func extend(
    _ combinations: [[AxisValue]], by axis: Workflow.Axis, in scope: Int
  ) -> [[AxisValue]]? {
    var longer: [[AxisValue]] = []
    var shared: [AxisValue]?
    let isMade = axis.source.map { self.isMade($0, in: scope) } ?? false
    for combination in combinations {
      let values: [AxisValue]
      if let absence = combination.last?.absence {
        let name = scopes[scope].prefix + axis.name
        values = [.absent(name, absence)]
      } else if let shared {
        values = shared
      } else {
        let axes = Dictionary(combination.map { ($0.name, $0) }) { first, _ in first }
        bind(scope, axes: axes)
        guard let found = self.values(of: axis, in: scope, axes: axes) else { return nil }
        values = found
        // Elsewhere than in a nested workflow they are the same for all combinations, unless a task made them.
        if scope == 0, !isMade { shared = found }
      }
      // Counted first: two lists of 40,000 values would fill the memory before they are refused.
      let (product, overflow) = combinations.count.multipliedReportingOverflow(by: values.count)
      guard !overflow, scope > 0 || product <= Self.taskLimit,
        longer.count + values.count <= Self.taskLimit
      else {
        report("'foreach' makes more than 100,000 tasks", at: axis.mark, in: scope)
        return nil
      }
      for value in values { longer.append(combination + [value]) }
    }
    return longer
  }

  /// The axes' values as they stand in a task's id: `factor=MAX,seed=1`.
  func label(of axes: [AxisValue]) -> String {
    axes.map { "\($0.shortName)=\($0.label)" }.joined(separator: ",")
  }

  private mutating func taskParameters(
    _ step: Workflow.Step, _ operation: Manifest.Operation, in scope: Int,
    axes: [String: AxisValue]
  ) -> [String: JSON] {
    var values: [String: JSON] = [:]
    if step.script != nil {
      // A variable of a script has no declared type; an absent value is an empty text.
      for parameter in step.parameters {
        values[parameter.name] = json(parameter.value, in: scope, axes: axes) ?? .null
      }
      return values
    }
    for parameter in operation.parameters {
      let given = step.parameters.first { $0.name == parameter.name }.flatMap {
        canonical($0, for: parameter, of: step.use, in: scope, axes: axes)
      }
      values[parameter.name] = given ?? parameter.defaultValue
    }
    return values
  }
}
