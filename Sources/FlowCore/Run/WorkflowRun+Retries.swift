/// What is tried again, when, and with how much more.
extension WorkflowRun {
  /// What the next attempt of a task gets: more of what an earlier one was ended for want of.
  func resources(for position: Int) -> Resources {
    let faults = tasks[position].faults
    let resources = plan.tasks[position].resources
    return faults == (0, 0) ? resources : resources.grown(memory: faults.memory, time: faults.time)
  }

  /// Puts a task whose attempt ended in this way back among those that wait, if it is to be tried again.
  func willRetry(_ position: Int, after outcome: StepOutcome) -> Bool {
    let task = plan.tasks[position]
    guard let fault = outcome.fault, task.retries.covers(fault),
      tasks[position].attempts <= task.retries.times
    else { return false }
    let before = resources(for: position)
    if fault == .memory { tasks[position].faults.memory += 1 }
    if fault == .time { tasks[position].faults.time += 1 }
    let now = resources(for: position)
    var more = ""
    if now.memory != before.memory, let memory = now.memory {
      more = " with \(Quantity.text(bytes: memory)) of memory"
    }
    if now.time != before.time, let time = now.time {
      more = " with \(Quantity.text(seconds: Double(time)))"
    }
    if more.isEmpty && task.retries.onlyWithMore { return false }
    // What got more need not wait for the world to mend.
    let delay = more.isEmpty ? task.retries.delay(after: tasks[position].attempts) : 0
    tasks[position].notBefore = monotonicSeconds() + delay
    tasks[position].status = .waiting
    delayed.append(position)
    let when = delay > 0 ? "in \(Quantity.text(seconds: delay))" : "now"
    observer.taskTold(
      task, .log(level: 2, message: "\(outcome.message); next try \(when)\(more)"))
    return true
  }

  /// Ends the steps that use more memory than they were given.
  func endGluttons() {
    for task in memoryWatch.exceeding(running) { task.execution.end() }
  }
}

extension Retries {
  func covers(_ fault: Fault) -> Bool { faults?.contains(fault) ?? (fault == .unavailable) }
}

extension StepOutcome {
  /// Why it ended without a result; nil where that is nothing to try again after.
  var fault: Fault? {
    switch (kind, limit) {
    case (.done, _), (.cancelled, _), (.invalid, _): nil
    case (_, .memory): .memory
    case (_, .time): .time
    case (.unavailable, _): .unavailable
    // Who kills a step from outside is most often the kernel, for want of memory.
    case (.crashed, _): signal == 9 ? .memory : .failed
    case (.failed, _): .failed
    }
  }
}
