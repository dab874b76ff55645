import Files
import Glibc

/// How a run begins and how it ends.
extension WorkflowRun {
  /// Checks what can be checked before anything runs, and enters the run in the ledger.
  func begin() throws {
    let source = try options.source ?? Path.readText(plan.workflow.file)
    let problems =
      executor.problems(of: plan.tasks)
      + options.secrets.problems(of: plan, source: source)
    if !problems.isEmpty { throw Diagnostics(problems) }
    try checkResultsDirectory()
    let record = RunRecord(
      id: id, workflow: plan.workflow.name,
      file: try options.source.map { _ in plan.workflow.file } ?? Path.real(plan.workflow.file),
      parameters: .object(plan.parameters), flowVersion: flowVersion, host: hostName(),
      pid: Int(getpid()), cpus: options.machine.cpus, memory: options.machine.memory,
      started: started, ended: nil, status: .running)
    try ledger.database.transaction {
      try ledger.beginRun(record, source: source, inputs: plan.inputs)
      try ledger.addPlan(plan, run: id)
      for (position, task) in plan.tasks.enumerated() where task.isSettled {
        try enter(position)
      }
    }
    if let setAside {
      observer.runWarned(
        "the database of the history was damaged: it is now \(setAside), and a new one is begun; "
          + "results that are whole are taken from their directories")
    }
    observer.runBegan(id: id, plan: plan, machine: options.machine)
    for warning in executor.warnings(of: plan.tasks) { observer.runWarned(warning) }
    if let warning = options.sandbox.warning { observer.runWarned(warning) }
  }

  /// Finds out before hours of work, not after, that the results have no place to go.
  private func checkResultsDirectory() throws {
    guard !plan.outputs.isEmpty else { return }
    let directory = options.resultsDirectory
    do throws(FileError) {
      try Path.createDirectory(directory)
      // The only sure answer to whether one may write there; access(2) knows no read-only quota or NFS.
      // One name for all, so that the next run removes what a killed one left.
      let probe = "\(directory)/.flow-probe"
      unlink(probe)
      _ = try FileHandle.create(probe)
      try Path.remove(probe)
    } catch {
      throw Diagnostic(
        "the results cannot be copied to \(directory): \(error)",
        fix: "choose another directory with --results-dir")
    }
    if try Path.real(directory) == store.state.path {
      throw Diagnostic(
        "\(directory) cannot hold the results and the history of runs too",
        fix: "choose another directory with --results-dir, or with --state-dir")
    }
    let publisher = try Publisher(ledger, directory: directory)
    if let aside = publisher.setAside {
      observer.runWarned(
        "the record of what flow put into \(directory) was damaged: it is now \(aside)")
    }
    try publisher.removeLeftovers()
    var problems: [Diagnostic] = []
    for path in plan.outputs.map(\.path) {
      do {
        try publisher.check(path)
      } catch let problem as Diagnostic {
        problems.append(problem)
      }
    }
    if !problems.isEmpty { throw Diagnostics(problems) }
  }

  /// Copies the results and closes the run in the ledger. A result that cannot be copied spoils no other.
  func end() throws -> RunSummary {
    var counts: [StepStatus: Int] = [:]
    for task in tasks { counts[task.status, default: 0] += 1 }
    let publication = try publish()
    var problems = publication.problems
    var status = RunStatus.done
    if counts[.cancelled] != nil { status = .cancelled }
    let hasFailed = tasks.contains { $0.status == .failed && !$0.isLeftOut }
    if hasFailed || !problems.isEmpty || ranOutOfSpace { status = .failed }
    var tables: [JSONTable] = []
    do {
      tables = try shownTables()
    } catch {
      problems.append("the tables of this run cannot be read: \(error)")
    }
    tell(try executor.finish())
    try ledger.endRun(id, status: status)
    try ledger.database.commit()
    ledger.database.gathers = false
    try finishSyncing()
    work.removeEmpty()
    for problem in problems { observer.runWarned(problem) }
    return RunSummary(
      id: id, status: status, counts: counts, duration: monotonicSeconds() - startedMonotonic,
      published: publication.published, leftBehind: publication.leftBehind, problems: problems,
      tables: tables)
  }

  /// What became of the results.
  private struct Publication {
    /// The paths of those that were copied.
    var published: [String] = []
    /// What earlier runs have put there.
    var leftBehind: [String] = []
    var problems: [String] = []
  }

  private func publish() throws -> Publication {
    var publication = Publication()
    var items: [Publisher.Item] = []
    func note(_ error: any Error, _ path: String) {
      publication.problems.append("the result '\(path)' was not copied: \(error)")
    }
    for output in plan.outputs {
      // The results of what did work are worth having, whatever else failed.
      if case .output(let position, _, _) = output.source, tasks[position].status.isUnsuccessful {
        continue
      }
      // What need not be made is no loss either.
      if isMissing(output.source) { continue }
      do {
        let path = try path(of: output.source)
        let source = StoredOutput(path: path, sha256: try ledger.artifact(at: path).sha256)
        var item = Publisher.Item(source: source, path: output.path)
        if case .output(let position, _, _) = output.source { item.step = tasks[position].row }
        items.append(item)
      } catch {
        note(error, output.path)
      }
    }
    var publisher = try Publisher(ledger, directory: options.resultsDirectory)
    for (item, end) in zip(items, publisher.publish(items, run: id)) {
      switch end {
      case .success(true):
        publication.published.append("\(options.resultsDirectory)/\(item.path)")
      case .success(false): break
      case .failure(let error): note(error, item.path)
      }
    }
    publication.leftBehind = publisher.leftBehind(beside: items.map(\.path))
    return publication
  }

  private func shownTables() throws -> [JSONTable] {
    try ledger.recordedTables(ofRun: id).compactMap(JSONTable.init).filter(\.isShown)
  }
}
