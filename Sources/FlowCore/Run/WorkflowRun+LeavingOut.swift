/// Tasks that are not wanted, and what becomes of those that need them.
///
/// A task that is left out is no failure: what can do without its outputs is run without them, and the rest is left out
/// too.
extension WorkflowRun {
  /// Leaves out a task that is ready and not wanted.
  func leaveOut(_ position: Int) throws -> Bool {
    guard let reason = reasonToLeaveOut(position) else { return false }
    tasks[position].isLeftOut = true
    try finish(position, .skipped, message: reason)
    return true
  }

  private func reasonToLeaveOut(_ position: Int) -> String? {
    guard plan.mayMissOutputs else { return nil }
    return plan.tasks[position].reasonToLeaveOut(
      in: plan, isLeftOut: { tasks[$0].isLeftOut }, isMade: { tasks[$0].outputs[$1] != nil })
  }

  /// The inputs that a task gets: those of its plan without what need not be there and is not.
  func inputs(
    of position: Int
  ) -> [(name: String, sources: [Plan.PlannedSource], isList: Bool)] {
    guard plan.mayMissOutputs else { return plan.tasks[position].inputs }
    return plan.tasks[position].inputs(
      in: plan, isLeftOut: { tasks[$0].isLeftOut }, isMade: { tasks[$0].outputs[$1] != nil })
  }

  /// Whether a source is an output that its step need not make and did not.
  func isMissing(_ source: Plan.PlannedSource) -> Bool {
    guard case .output(let position, let name, _) = source,
      plan.tasks[position].operation.output(name)?.isOptional ?? false
    else { return false }
    return tasks[position].outputs[name] == nil
  }

  // MARK: What a failure means for the others

  /// A failure that is to be ignored is as if the task had not been wanted.
  func noteFailure(_ position: Int) {
    guard tasks[position].status == .failed, plan.tasks[position].onFailure == .ignore else {
      return
    }
    tasks[position].isLeftOut = true
  }

  /// Ends the run in order where a failed task says so.
  func stopIfWanted(afterFailureOf position: Int) throws {
    let task = plan.tasks[position]
    guard tasks[position].status == .failed, task.onFailure == .stop else { return }
    try cancel(because: "stopped because '\(task.id)' failed, which says 'on-failure: stop'")
  }
}

extension Plan.Task {
  /// Why a task is left out, when all that it needs has ended; nil where it is run.
  ///
  /// - Parameters:
  ///   - isLeftOut: whether the task at a position was left out, or failed and is ignored.
  ///   - isMade: whether the task at a position made the output with a name.
  func reasonToLeaveOut(
    in plan: Plan, isLeftOut: (Int) -> Bool, isMade: (Int, String) -> Bool
  ) -> String? {
    if let unwanted { return unwanted }
    if let maker = makers.first(where: isLeftOut) {
      return "needs '\(plan.tasks[maker].id)', which was left out"
    }
    for sources in conditions {
      let isMet = sources.contains { source in
        guard case .output(let task, let name, _) = source else { return true }
        return isMade(task, name)
      }
      if !isMet, case .output(let task, let name, _)? = sources.first {
        return "not wanted: '\(plan.tasks[task].id)' made no '\(name)'"
      }
    }
    for input in inputs where !isOptional(input.name) && !input.sources.isEmpty {
      let missing = input.sources.compactMap { source -> Int? in
        if case .output(let task, _, _) = source, isLeftOut(task) { task } else { nil }
      }
      guard missing.count == input.sources.count, let first = missing.first else { continue }
      return "needs '\(plan.tasks[first].id)', which was left out"
    }
    return nil
  }

  /// The inputs without the outputs of tasks that were left out and, where the step can do without them, those
  /// that were not made.
  func inputs(
    in plan: Plan, isLeftOut: (Int) -> Bool, isMade: (Int, String) -> Bool
  ) -> [(name: String, sources: [Plan.PlannedSource], isList: Bool)] {
    var given: [(name: String, sources: [Plan.PlannedSource], isList: Bool)] = []
    for input in inputs {
      let canDoWithout = isOptional(input.name)
      let sources = input.sources.filter { source in
        guard case .output(let task, let name, _) = source else { return true }
        if isLeftOut(task) { return false }
        let mayBeMissing = plan.tasks[task].operation.output(name)?.isOptional ?? false
        return !(mayBeMissing && (canDoWithout || input.isList) && !isMade(task, name))
      }
      // To a plugin, an input without files is one that is not given; a script has a variable for it.
      if sources.isEmpty, !input.sources.isEmpty, program.plugin != nil { continue }
      given.append((input.name, sources, input.isList))
    }
    return given
  }
}
