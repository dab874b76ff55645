import Files
import Glibc

/// Which task comes next: what is up to date is reused, the rest is started as resources allow.
extension WorkflowRun {
  func startReady() throws {
    try skipDependents()
    repeat {
      try lookUpReady()
      if ready.isEmpty { try unrollAwaited() }
    } while !ready.isEmpty
    try startRunnable()
    // A task that could not be started may have dependents.
    try skipDependents()
  }

  /// Whatever needs an unsuccessful task, directly or not, is skipped.
  private func skipDependents() throws {
    while let bad = unsuccessful.popLast() {
      for position in dependents[bad] where tasks[position].status == .waiting {
        try finish(
          position, .skipped, message: "needs '\(plan.tasks[bad].id)', which has no result")
      }
    }
  }

  /// Finds the keys of ready tasks, and reuses those that have a result; this makes further tasks ready.
  ///
  /// The ledger takes many at once in one transaction, but not more than a tenth of a second of them: hashing large
  /// inputs takes minutes, and what was hashed should outlive a crash; what is gathered is kept in memory besides.
  private func lookUpReady() throws {
    let began = monotonicSeconds()
    var positions = ready.sorted()[...]
    ready = []
    guard !positions.isEmpty else { return }
    try ledger.database.transaction {
      while monotonicSeconds() - began < Self.longestGathering,
        let position = positions.popFirst()
      {
        guard tasks[position].status == .waiting else { continue }
        do {
          if try leaveOut(position) { continue }
          if plan.tasks[position].isAwaiting {
            awaited.append(position)
            continue
          }
          try enter(position)
          try identify(position)
          if try !reuse(position) { toRun.append(position) }
        } catch let error as SQLiteError {
          throw error
        } catch {
          try finish(position, .failed, message: "\(error)")
        }
      }
    }
    if ledger.database.gathering > Self.longestGathering { try ledger.database.commit() }
    ready += positions
    try skipDependents()
    toRun.sort()
  }

  /// Takes the result of a task's key, if there is one.
  private func reuse(_ position: Int) throws -> Bool {
    guard let key = tasks[position].key else { return false }
    let row = tasks[position].row
    guard var outputs = try store.result(key, for: row) else { return false }
    let promised = plan.tasks[position].operation.outputs.filter { !$0.isOptional }
    if let missing = promised.first(where: { outputs[$0.name] == nil }) {
      // A damaged database: what lies beside the outputs may know better.
      try ledger.removeResult(LostResult(key: key, cause: .missing, output: missing.name))
      guard let recorded = try store.result(key, for: row),
        promised.allSatisfy({ recorded[$0.name] != nil })
      else { return false }
      outputs = recorded
    }
    tasks[position].outputs = outputs
    try finish(position, .reused)
    return true
  }

  private func startRunnable() throws {
    let moment = monotonicSeconds()
    let due = delayed.filter { tasks[$0].notBefore <= moment }
    if !due.isEmpty {
      delayed.removeAll(where: due.contains)
      toRun = (toRun + due).sorted()[...]
    }
    var kept: [Int] = []
    var runningKeys = Set(running.map(\.key))
    while !executor.isFull, let position = toRun.popFirst() {
      guard tasks[position].status == .waiting, let key = tasks[position].key else { continue }
      // The same work twice in one workflow: the second waits for the first and takes its result.
      if runningKeys.contains(key) {
        kept.append(position)
        continue
      }
      do {
        if madeKeys.contains(key), try reuse(position) { continue }
        // It may have waited for hours.
        if try changedSource(of: position) != nil {
          ready.append(position)
          continue
        }
        let placement = try executor.placement(of: plan.tasks[position], key: key)
        guard executor.hasRoom(for: resources(for: position), on: placement) else {
          kept.append(position)
          continue
        }
        try start(position, key: key, placement)
        runningKeys.insert(key)
      } catch  where error is SQLiteError || DiskSpace.isExhausted(error) {
        throw error
      } catch {
        try finish(position, .failed, message: "\(error)")
      }
    }
    if !kept.isEmpty { toRun = kept + toRun }
  }

  /// The library of a plugin, its hash, and how to know that it still has it.
  func library(of plugin: InstalledPlugin) throws -> KnownLibrary {
    let manifest = plugin.manifest.path
    if let library = libraries[manifest] { return library }
    let path = try plugin.checkedLibrary()
    // Taken first: a change while it is hashed is seen too.
    let identity = FileIdentity(of: path)
    let library = KnownLibrary(
      path: path, sha256: try ledger.artifact(at: path).sha256, identity: identity)
    libraries[manifest] = library
    return library
  }

  /// Finds the artifacts of a task's inputs, and from them its key.
  private func identify(_ position: Int) throws {
    let task = plan.tasks[position]
    var inputs: [StepKey.Input] = []
    for input in self.inputs(of: position) {
      var hashes: [String] = []
      var paths: [String] = []
      for (index, source) in input.sources.enumerated() {
        let path = try path(of: source)
        if case .path = source { try checkHoldsNoState(path, input: input.name) }
        let artifact = try ledger.artifact(at: path)
        if let wanted = task.operation.input(input.name), wanted.type != artifact.kind {
          throw Diagnostic(
            "input '\(input.name)' must be a \(wanted.type.rawValue), and \(path) is not")
        }
        try ledger.addInput(
          step: tasks[position].row, name: input.name, position: index, artifact: artifact,
          path: path)
        hashes.append(artifact.sha256)
        paths.append(path)
      }
      inputs.append((input.name, hashes, paths))
    }
    let content = StepKey.content(
      of: task, librarySHA256: try task.program.plugin.map { try library(of: $0).sha256 },
      inputs: inputs)
    let key = StepKey.key(of: content)
    tasks[position].key = key
    try ledger.setKey(step: tasks[position].row, key, rest: StepKey.rest(of: content))
  }

  /// What flow writes while it runs would be a part of what it reads: such an input is never what it was.
  private func checkHoldsNoState(_ path: String, input: String) throws {
    let state = store.state.path
    guard state == path || state.hasPrefix(path == "/" ? path : "\(path)/") else { return }
    throw Diagnostic(
      "input '\(input)' is \(path), which holds the state directory of this run, \(state)",
      fix:
        "name the files and directories that the step needs, or keep the state elsewhere: --state-dir"
    )
  }

  /// The absolute path behind a source; the tasks it needs are done.
  ///
  /// - Throws: `Diagnostic` where an output is no longer what its step made.
  func path(of source: Plan.PlannedSource) throws -> String {
    guard case .output(let position, let name, let subpath) = source else {
      guard case .path(let path) = source else { return "" }
      return try Path.real(path)
    }
    let id = plan.tasks[position].id
    guard let output = tasks[position].outputs[name] else {
      throw Diagnostic(
        "step '\(id)' made no '\(name)'",
        fix: "to leave a step out then, add 'when: $steps.\(plan.tasks[position].step).\(name)'")
    }
    let path = subpath.map { "\(output.path)/\($0)" } ?? output.path
    // Cheap: the hash is remembered as long as the files' times and sizes stay. Of a directory with thousands of files
    // of which each task takes one, only that one is looked at.
    let file = try subpath.flatMap { try ledger.sha256(ofFile: $0, inDirectory: output.sha256) }
    let wanted = file ?? output.sha256
    let place = file == nil ? output.path : path
    guard Path.exists(place), try ledger.artifact(at: place).sha256 == wanted else {
      throw Diagnostic(
        "\(place) was changed after step '\(id)' made it",
        fix: "run again, and '\(id)' is run again; a step must not write to its inputs")
    }
    guard let subpath else { return try Path.real(output.path) }
    guard Path.exists(path) else {
      let names = (try? Path.list(output.path)) ?? []
      throw Diagnostic(
        "there is no '\(subpath)' in '\(name)' of step '\(id)'",
        fix: Suggestion.fix(for: subpath, among: names))
    }
    return try Path.real(path)
  }

  /// A step whose inputs were changed meanwhile has no result: what it read is not what its key says.
  func checkInputsAreUnchanged(_ position: Int) throws {
    for source in inputs(of: position).flatMap(\.sources) {
      if case .output = source { _ = try path(of: source) }
    }
    if let changed = try changedSource(of: position) {
      throw Diagnostic(
        "its input \(changed) was changed while it ran",
        fix: "run again when the file stays as it is")
    }
  }

  /// The path of an input that no step made and that is not what it was when the task's key was found; nil where all are.
  func changedSource(of position: Int) throws -> String? {
    try ledger.sources(ofStep: tasks[position].row).first { source in
      guard Path.exists(source.path) else { return true }
      return try ledger.artifact(at: source.path).sha256 != source.sha256
    }?.path
  }

  private func start(_ position: Int, key: String, _ placement: Placement) throws {
    let task = plan.tasks[position]
    var resources = resources(for: position)
    resources.devices = executor.devices(for: resources, on: placement)
    let isScript = task.program.plugin == nil
    let directories =
      try placement == .here
      ? store.prepare(key, attempt: "\(id)-\(attemptsBegun)", scriptIn: isScript ? work : nil)
      : store.prepareJob(key, isAtWork: placement == .jobAtWork)
    attemptsBegun += 1
    var inputs: [(name: String, paths: [String])] = []
    let planned = self.inputs(of: position)
    for input in planned {
      inputs.append((input.name, try input.sources.map { try path(of: $0) }))
    }
    let cpus = executor.cpus(for: resources, on: placement)
    let prepared: PreparedStep.Work
    // The command is not synced: it is written again with each attempt.
    let command = try placement == .jobAtWork ? nil : FileHandle.create(directories.command)
    switch task.program {
    case .plugin(let plugin):
      var request = StepRequest(
        plugin: plugin, operation: task.operation, parameters: task.parameters,
        inputs: inputs, outputDirectory: directories.partial, scratchDirectory: directories.work,
        threads: cpus, timeLimit: resources.time)
      request.devices = resources.devices
      request.library = try library(of: plugin).identity
      request.confinement = task.confinement
      request.policy = options.sandbox
      request.secrets = options.secrets.values(task.operation.secrets + task.secrets)
      try command?.write(request.shellCommand + "\n")
      prepared = .plugin(request, librarySHA256: try library(of: plugin).sha256)
    case .script(let script):
      var request = ScriptRequest(
        title: task.id, script: script,
        inputs: zip(planned, inputs).map { planned, given in
          (given.name, given.paths, planned.isList)
        },
        parameters: task.parameters, outputs: task.operation.outputs.map { ($0.name, $0.path) },
        outputDirectory: directories.partial, workDirectory: directories.work, threads: cpus,
        timeLimit: resources.time)
      request.devices = resources.devices
      request.confinement = task.confinement
      request.policy = options.sandbox
      request.secrets = options.secrets.values(task.secrets)
      try command?.write(request.text)
      prepared = .script(request, file: directories.command)
    }
    let execution = try executor.start(
      PreparedStep(
        id: task.id, step: task.step, key: key, row: tasks[position].row,
        resources: resources, placement: placement, slurm: task.slurm, work: prepared,
        log: directories.log))
    tasks[position].attempts += 1
    tasks[position].status = .running
    let number = tasks[position].attempts
    var attempt = 0
    do {
      try ledger.database.transaction {
        attempt = try ledger.beginAttempt(
          step: tasks[position].row, number: number, pid: execution.processID)
        try ledger.setStatus(
          step: tasks[position].row, .running, started: execution.hasBegun ? now() : nil)
      }
    } catch {
      execution.end()
      _ = execution.outcome(blocking: true)
      executor.release(resources, of: execution)
      tasks[position].status = .waiting
      throw error
    }
    running.append(
      RunningTask(
        position: position, execution: execution, directories: directories, attempt: attempt,
        started: monotonicSeconds(), key: key, resources: resources,
        hasBegun: execution.hasBegun))
    if execution.hasBegun { observer.taskBegan(task, attempt: number) }
  }
}
