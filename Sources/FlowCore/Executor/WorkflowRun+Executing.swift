import Files

/// What a run has to do with whoever executes its steps.
extension WorkflowRun {
  static func executor(
    _ options: Options, _ plan: Plan, _ state: StateDirectory, _ ledger: Ledger
  ) throws -> any Executor {
    // Jobs that an earlier engine left are taken over whatever is chosen now: nobody else may write there.
    let usesSlurm = plan.tasks.contains { options.executor.kind(of: $0) == .slurm }
    guard try usesSlurm || ledger.hasOpenJobs() else { return LocalExecutor(options.machine) }
    return try SlurmExecutor(
      options.executor, for: plan.tasks, machine: options.machine, state: state, ledger: ledger)
  }

  func advanceExecutor() throws { tell(try executor.advance()) }

  func tell(_ notices: [ExecutorNotice]) {
    for notice in notices {
      switch notice {
      case .status(let text): observer.runTold(text)
      case .warning(let text): observer.runWarned(text)
      }
    }
  }

  /// A job may wait long before it is at work: its time is counted from then on.
  func noteBeginnings() throws {
    for index in running.indices where !running[index].hasBegun {
      guard running[index].execution.hasBegun else { continue }
      running[index].hasBegun = true
      // A short job may be over before it is seen to have begun.
      let ago = running[index].execution.began.map { max(0, now() - $0) } ?? 0
      running[index].started = monotonicSeconds() - ago
      let position = running[index].position
      try ledger.setStatus(step: tasks[position].row, .running, started: now() - ago)
      observer.taskBegan(plan.tasks[position], attempt: tasks[position].attempts)
    }
  }
}

extension AttemptDirectories {
  /// The name of the directory in which a job makes its outputs: the same for whoever takes the job over.
  static let ofJobs = "\(StateDirectory.partial)-job"
}

extension ResultStore {
  /// The directories for an attempt that is a job.
  ///
  /// The job itself empties them where it starts: it may be started more than once.
  ///
  /// - Parameter isAtWork: whether it is, and its files must be left alone.
  func prepareJob(_ key: String, isAtWork: Bool) throws(FileError) -> AttemptDirectories {
    let directory = state.step(key)
    try Path.createDirectory(directory)
    if !isAtWork {
      for name in try Path.list(directory) where name.hasPrefix(StateDirectory.partial) {
        try Path.remove("\(directory)/\(name)")
      }
    }
    return AttemptDirectories(
      partial: "\(directory)/\(AttemptDirectories.ofJobs)", work: "\(directory)/scratch",
      isScript: false, log: "\(directory)/log", command: "\(directory)/command")
  }
}
