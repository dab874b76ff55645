/// Steps that run over what others make become tasks while the run goes on.
extension WorkflowRun {
  /// Replaces the placeholders whose makers have results by the tasks that they stand for.
  func unrollAwaited() throws {
    // With thousands of makers that end one after another, the plan is not made anew for each.
    guard !awaited.isEmpty, running.isEmpty || monotonicSeconds() >= nextUnrolling else { return }
    let began = monotonicSeconds()
    let makers = Set(awaited.flatMap { plan.tasks[$0].makers }.map { plan.tasks[$0].id })
    awaited = []
    if try unroll(over: makers) != nil {
      // What one step made must not cost the others theirs.
      for maker in makers.sorted() {
        guard let problems = try unroll(over: [maker]) else { continue }
        for (position, task) in plan.tasks.enumerated()
        where task.isAwaiting && task.makers.contains(where: { plan.tasks[$0].id == maker }) {
          guard tasks[position].status == .waiting, tasks[position].missing == 0 else { continue }
          try finish(position, .failed, message: "\(problems)")
        }
      }
    }
    nextUnrolling = monotonicSeconds() + 3 * (monotonicSeconds() - began)
  }

  /// - Parameter makers: ids of tasks with results.
  /// - Returns: what is wrong with what they made; nil where the plan is a longer one now.
  private func unroll(over makers: Set<String>) throws -> Diagnostics? {
    var made: [String: [String: String]] = [:]
    for (position, task) in plan.tasks.enumerated() where makers.contains(task.id) {
      made[task.id] = tasks[position].outputs.mapValues(\.path)
    }
    let longer: Plan
    do throws(Diagnostics) {
      longer = try plan.unrolled(over: made)
    } catch {
      return error
    }
    try adopt(longer)
    return nil
  }

  /// Goes on with a longer plan, in which tasks have other positions.
  private func adopt(_ longer: Plan) throws {
    let places = Dictionary(
      longer.tasks.enumerated().map { (Place(id: $1.id, isAwaiting: $1.isAwaiting), $0) }
    ) { first, _ in first }
    let moved = plan.tasks.map { places[Place(id: $0.id, isAwaiting: $0.isAwaiting)] }
    let known = tasks
    plan = longer
    tasks = Array(repeating: TaskState(), count: longer.tasks.count)
    for (old, new) in moved.enumerated() {
      if let new { tasks[new] = known[old] }
    }
    for index in running.indices {
      if let position = moved[running[index].position] { running[index].position = position }
    }
    func moving(_ positions: some Sequence<Int>) -> [Int] { positions.compactMap { moved[$0] } }
    toRun = moving(toRun)[...]
    delayed = moving(delayed)
    awaited = moving(awaited)
    ready = moving(ready)
    linkTasks()
    let listed = Set(Array(toRun) + delayed + awaited + ready)
    for (position, task) in tasks.enumerated() {
      guard task.status == .waiting, task.missing == 0, !listed.contains(position) else { continue }
      ready.append(position)
    }
    // Among what is new may be what needs these.
    unsuccessful = tasks.indices.filter {
      tasks[$0].status.isUnsuccessful && !tasks[$0].isLeftOut
    }
    for (position, task) in longer.tasks.enumerated() where task.isSettled {
      try enter(position)
    }
    observer.runGrew(longer)
  }

  /// Who needs whom, how much of that is still missing, and who will be asked for what it made.
  func linkTasks() {
    dependents = Array(repeating: [], count: plan.tasks.count)
    for position in tasks.indices { tasks[position].readers = 0 }
    for (position, task) in plan.tasks.enumerated() {
      let needs = Set(task.needs)
      let isOver = ![.waiting, .running].contains(tasks[position].status)
      for need in needs {
        dependents[need].append(position)
        if !isOver { tasks[need].readers += 1 }
      }
      tasks[position].missing = needs.count { !tasks[$0].hasEndedForOthers }
    }
    for output in plan.outputs {
      if case .output(let position, _, _) = output.source { tasks[position].readers += 1 }
    }
  }

  /// Enters a task in the ledger, unless it is there.
  func enter(_ position: Int) throws {
    guard tasks[position].row == 0 else { return }
    let task = plan.tasks[position]
    let plugin = try task.program.plugin.map { plugin in
      let library = try library(of: plugin)
      return try ledger.plugin(plugin.manifest, library: library.path, sha256: library.sha256)
    }
    tasks[position].row = try ledger.addStep(
      run: id, task: task, plugin: plugin, needs: task.needs.map { plan.tasks[$0].id })
  }

  /// A file may be called `*`, and its task as the placeholder was.
  private struct Place: Hashable {
    let id: String
    let isAwaiting: Bool
  }
}

extension WorkflowRun.TaskState {
  /// Whether what needs it need not wait for it.
  var hasEndedForOthers: Bool {
    isLeftOut || status == .done || status == .reused
  }
}
