import Files
import Glibc

/// One run of a plan: what is up to date is reused, the rest is started as resources allow.
///
/// A single thread drives everything by one `poll` loop over the workers' pipes; the ledger has one writer.
public final class WorkflowRun {
  public struct Options: Sendable {
    public var stateDirectory: StateDirectory
    /// Where the workflow's outputs are copied to.
    public var resultsDirectory: String
    public var machine: Machine

    public init(stateDirectory: StateDirectory, resultsDirectory: String, machine: Machine) {
      self.stateDirectory = stateDirectory
      self.resultsDirectory = resultsDirectory
      self.machine = machine
    }
  }

  private let plan: Plan
  private let options: Options
  private let observer: any RunObserver
  private let isInterrupted: () -> Bool
  private let lock: FileHandle
  let ledger: Ledger
  private let store: ResultStore
  private let id: String
  private let started = now()
  private var tasks: [TaskState]
  private var running: [RunningTask] = []
  private var cpusInUse = 0
  private var memoryInUse = 0
  private var libraryHashes: [String: String] = [:]

  /// What the engine knows of a task.
  private struct TaskState {
    var status = StepStatus.waiting
    /// Its row in the ledger.
    var row = 0
    var key: String?
    var outputs: [String: StoredOutput] = [:]
    var attempts = 0
    /// Not to be started before this time (a retry).
    var notBefore = 0.0
  }

  private struct RunningTask {
    let position: Int
    let process: StepProcess
    let attempt: Int
    let started: Double
    let key: String
  }

  /// Takes the state directory's lock and opens the ledger.
  ///
  /// - Throws: `Diagnostic` where another run is at work.
  public init(
    _ plan: Plan, options: Options, observer: any RunObserver,
    isInterrupted: @escaping () -> Bool
  ) throws {
    self.plan = plan
    self.options = options
    self.observer = observer
    self.isInterrupted = isInterrupted
    lock = try options.stateDirectory.lock()
    ledger = try Ledger(writing: options.stateDirectory.path)
    store = ResultStore(state: options.stateDirectory, ledger: ledger)
    try ledger.closeInterrupted()
    id = RunID.make(at: started)
    tasks = Array(repeating: TaskState(), count: plan.tasks.count)
  }

  /// Runs the plan to its end.
  public func run() throws -> RunSummary {
    try begin()
    observer.runBegan(id: id, plan: plan)
    while true {
      if isInterrupted() { try cancel() }
      try startReady()
      if running.isEmpty && !tasks.contains(where: { $0.status == .waiting }) { break }
      try watch()
    }
    return try end()
  }

  private func begin() throws {
    let source = try Path.readText(plan.workflow.file)
    let record = RunRecord(
      id: id, workflow: plan.workflow.name, file: try Path.real(plan.workflow.file),
      parameters: .object(plan.parameters), flowVersion: flowVersion, host: hostName(),
      pid: Int(getpid()), cpus: options.machine.cpus, memory: options.machine.memory,
      started: started, ended: nil, status: .running)
    try ledger.database.transaction {
      try ledger.beginRun(record, source: source)
      for (position, task) in plan.tasks.enumerated() {
        let library = try task.plugin.checkedLibrary()
        let plugin = try ledger.plugin(
          task.plugin.manifest, library: library, sha256: try libraryHash(library))
        tasks[position].row = try ledger.addStep(
          run: id, task: task, plugin: plugin, needs: task.needs.map { plan.tasks[$0].id })
      }
    }
  }

  private func libraryHash(_ path: String) throws -> String {
    if let hash = libraryHashes[path] { return hash }
    let hash = try ledger.artifact(at: path).sha256
    libraryHashes[path] = hash
    return hash
  }

  // MARK: Starting

  private func startReady() throws {
    for position in plan.tasks.indices where tasks[position].status == .waiting {
      let task = plan.tasks[position]
      let needs = task.needs.map { tasks[$0].status }
      if let bad = task.needs.first(where: { tasks[$0].status.isUnsuccessful }) {
        try finish(
          position, .skipped, message: "needs '\(plan.tasks[bad].id)', which has no result")
        continue
      }
      guard needs.allSatisfy({ $0 == .done || $0 == .reused }) else { continue }
      guard tasks[position].notBefore <= now() else { continue }
      do {
        try startOrReuse(position)
      } catch {
        try finish(position, .failed, message: "\(error)")
      }
    }
  }

  private func startOrReuse(_ position: Int) throws {
    let task = plan.tasks[position]
    if tasks[position].key == nil { try identify(position) }
    guard let key = tasks[position].key else { return }
    // The same work twice in one workflow: the second waits for the first and takes its result.
    guard !running.contains(where: { $0.key == key }) else { return }
    if let outputs = try store.result(key) {
      tasks[position].outputs = outputs
      try finish(position, .reused)
      return
    }
    let cpus = min(task.resources.cpus, options.machine.cpus)
    let memory = task.resources.memory ?? 0
    guard memory <= options.machine.memory else {
      let has = Quantity.text(bytes: options.machine.memory)
      throw Diagnostic(
        "step '\(task.id)' asks for \(Quantity.text(bytes: memory)) of memory, and there is \(has)",
        fix: "lower 'memory:' under 'resources:', or raise the bound with --memory")
    }
    // Something always runs: what does not fit beside others runs alone.
    let fits =
      cpusInUse + cpus <= options.machine.cpus
      && memoryInUse + memory <= options.machine.memory
    guard fits || running.isEmpty else { return }
    try start(position, key: key, cpus: cpus)
  }

  /// Finds the artifacts of a task's inputs, and from them its key.
  private func identify(_ position: Int) throws {
    let task = plan.tasks[position]
    var inputs: [(name: String, sha256: [String])] = []
    for input in task.inputs {
      var hashes: [String] = []
      for (index, source) in input.sources.enumerated() {
        let path = try self.path(of: source)
        let artifact = try ledger.artifact(at: path)
        if let wanted = task.operation.input(input.name), wanted.type != artifact.kind {
          throw Diagnostic(
            "input '\(input.name)' must be a \(wanted.type.rawValue), and \(path) is not")
        }
        try ledger.addInput(
          step: tasks[position].row, name: input.name, position: index, artifact: artifact,
          path: path)
        hashes.append(artifact.sha256)
      }
      inputs.append((input.name, hashes))
    }
    let content = StepKey.content(
      plugin: task.plugin.manifest,
      librarySHA256: try libraryHash(try task.plugin.checkedLibrary()),
      operation: task.operation.name, parameters: task.parameters, inputs: inputs)
    let key = StepKey.key(of: content)
    tasks[position].key = key
    try ledger.setKey(step: tasks[position].row, key)
  }

  /// The absolute path behind a source; the tasks it needs are done.
  private func path(of source: Plan.PlannedSource) throws -> String {
    switch source {
    case .path(let path): return try Path.real(path)
    case .output(let position, let name, let subpath):
      guard let output = tasks[position].outputs[name] else {
        throw Diagnostic("step '\(plan.tasks[position].id)' made no '\(name)'")
      }
      guard let subpath else { return try Path.real(output.path) }
      let path = "\(output.path)/\(subpath)"
      guard Path.exists(path) else {
        let names = (try? Path.list(output.path)) ?? []
        throw Diagnostic(
          "there is no '\(subpath)' in '\(name)' of step '\(plan.tasks[position].id)'",
          fix: Suggestion.fix(for: subpath, among: names))
      }
      return try Path.real(path)
    }
  }

  private func start(_ position: Int, key: String, cpus: Int) throws {
    let task = plan.tasks[position]
    let prepared = try store.prepare(key)
    var inputs: [(name: String, paths: [String])] = []
    for input in task.inputs {
      inputs.append((input.name, try input.sources.map { try path(of: $0) }))
    }
    let request = StepRequest(
      plugin: task.plugin, operation: task.operation, parameters: task.parameters,
      inputs: inputs, outputDirectory: prepared.partial, scratchDirectory: prepared.scratch,
      threads: cpus, timeLimit: task.resources.time)
    try WholeFile.write(request.shellCommand + "\n", to: prepared.command)
    let log = try FileHandle.append(prepared.log)
    let process = try StepProcess(request, log: log.descriptor)
    tasks[position].attempts += 1
    tasks[position].status = .running
    let attempt = try ledger.beginAttempt(
      step: tasks[position].row, number: tasks[position].attempts, pid: Int(process.pid))
    try ledger.setStatus(step: tasks[position].row, .running, started: now())
    running.append(
      RunningTask(
        position: position, process: process, attempt: attempt, started: now(), key: key))
    cpusInUse += cpus
    memoryInUse += task.resources.memory ?? 0
    observer.taskBegan(task, attempt: tasks[position].attempts)
  }

  // MARK: Watching

  private func watch() throws {
    var descriptors = running.map {
      pollfd(fd: $0.process.descriptor, events: Int16(POLLIN), revents: 0)
    }
    // Short waits only while something may need a signal, a retry or a redrawn line.
    poll(&descriptors, nfds_t(descriptors.count), 100)
    for task in running {
      let (events, isClosed) = task.process.readEvents()
      try record(events, of: task)
      task.process.checkLimits()
      guard let outcome = task.process.outcome(blocking: false) else {
        // The pipe ends a moment before the process does.
        if isClosed { usleep(500) }
        continue
      }
      try record(task.process.lateEvents, of: task)
      try conclude(task, outcome)
    }
    observer.tick()
  }

  private func record(_ events: [StepEvent], of task: RunningTask) throws {
    guard !events.isEmpty else { return }
    let row = tasks[task.position].row
    try ledger.database.transaction {
      for event in events {
        switch event {
        case .metric(let name, let value, let at):
          try ledger.addMetric(step: row, name: name, at: at, value: value)
        case .record(let key, let value):
          try ledger.addRecord(step: row, key: key, value: value)
        case .log(_, let message): store.log(message, key: task.key)
        case .progress, .end: break
        }
      }
    }
    for event in events { observer.taskTold(plan.tasks[task.position], event) }
  }

  private func conclude(_ ended: RunningTask, _ outcome: StepOutcome) throws {
    let task = plan.tasks[ended.position]
    running.removeAll { $0.position == ended.position }
    cpusInUse -= min(task.resources.cpus, options.machine.cpus)
    memoryInUse -= task.resources.memory ?? 0
    var outcome = outcome
    if outcome.kind == .done {
      do {
        tasks[ended.position].outputs = try store.commit(
          key: ended.key, operation: task.operation, step: tasks[ended.position].row)
      } catch {
        outcome.kind = .failed
        outcome.message = "\(error)"
      }
    }
    try ledger.endAttempt(ended.attempt, outcome)
    switch outcome.kind {
    case .done:
      try finish(ended.position, .done, duration: now() - ended.started)
    case .unavailable where tasks[ended.position].attempts <= task.retries && !isInterrupted():
      // 1, 2, 4 … seconds, at most a minute.
      let delay = Double(min(60, 1 << min(6, tasks[ended.position].attempts - 1)))
      tasks[ended.position].notBefore = now() + delay
      tasks[ended.position].status = .waiting
      observer.taskTold(
        task,
        .log(level: 2, message: "\(outcome.message); next try in \(Quantity.text(seconds: delay))"))
    case .cancelled:
      try finish(
        ended.position, .cancelled, duration: now() - ended.started, message: outcome.message,
        key: ended.key)
    default:
      try finish(
        ended.position, .failed, duration: now() - ended.started, message: outcome.message,
        key: ended.key)
    }
  }

  private func finish(
    _ position: Int, _ status: StepStatus, duration: Double = 0, message: String? = nil,
    key: String? = nil
  ) throws {
    tasks[position].status = status
    // A result's commit has already set its step to done.
    if status != .done {
      try ledger.setStatus(
        step: tasks[position].row, status, ended: status == .reused ? nil : now(),
        message: message)
    }
    let log = key.map { "\(options.stateDirectory.step($0))/log" }
    observer.taskEnded(
      plan.tasks[position],
      TaskEnd(status: status, duration: duration, message: message, log: log))
  }

  private func cancel() throws {
    for task in running { task.process.cancel() }
    for position in tasks.indices where tasks[position].status == .waiting {
      try finish(position, .cancelled, message: "stopped on request")
    }
  }

  // MARK: Ending

  private func end() throws -> RunSummary {
    var counts: [StepStatus: Int] = [:]
    for task in tasks { counts[task.status, default: 0] += 1 }
    var status = RunStatus.done
    if counts[.cancelled] != nil { status = .cancelled }
    if counts[.failed] != nil { status = .failed }
    var published: [String] = []
    for output in plan.outputs {
      // The results of what did work are worth having, whatever else failed.
      if case .output(let position, _, _) = output.source,
        tasks[position].status.isUnsuccessful
      {
        continue
      }
      let target = "\(options.resultsDirectory)/\(output.path)"
      let hash = try Publisher(ledger: ledger).publish(try path(of: output.source), as: target)
      try ledger.addPublished(run: id, path: target, sha256: hash)
      published.append(target)
    }
    var tables: [JSONTable] = []
    for task in tasks {
      guard let step = try ledger.step(task.row) else { continue }
      for (key, value) in try ledger.records(ofStep: step.madeBy) where key.hasPrefix("table:") {
        if let table = JSONTable(value), table.isShown { tables.append(table) }
      }
    }
    try ledger.endRun(id, status: status)
    return RunSummary(
      id: id, status: status, counts: counts, duration: now() - started, published: published,
      tables: tables)
  }
}

extension StepStatus {
  /// Whether a step that needs this one cannot run.
  var isUnsuccessful: Bool {
    switch self {
    case .failed, .cancelled, .skipped, .interrupted: true
    case .waiting, .running, .done, .reused: false
    }
  }
}
