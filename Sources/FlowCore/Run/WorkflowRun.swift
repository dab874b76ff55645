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
    /// The text of the workflow, where it is not that of the plan's file.
    public var source: String?
    public var executor = ExecutorChoice()
    /// Whether steps are held to their inputs and outputs.
    public var sandbox = SandboxPolicy()
    /// Where the secrets that steps name are found.
    public var secrets = Secrets()

    public init(stateDirectory: StateDirectory, resultsDirectory: String, machine: Machine) {
      self.stateDirectory = stateDirectory
      self.resultsDirectory = resultsDirectory
      self.machine = machine
    }
  }

  /// Becomes longer where steps run over what others make.
  var plan: Plan
  let options: Options
  let observer: any RunObserver
  private let stopRequest: () -> StopRequest?
  private let lock: FileHandle
  let ledger: Ledger
  /// Where a damaged database was put, for which there is a new one.
  let setAside: String?
  let store: ResultStore
  /// Where scripts work.
  let work: WorkDirectories
  let sync: BackgroundSync
  let executor: any Executor
  let id: String
  let started = now()
  let startedMonotonic = monotonicSeconds()
  var tasks: [TaskState]
  var running: [RunningTask] = []
  /// The libraries of plugins, checked and hashed once, by the plugin's manifest.
  var libraries: [String: KnownLibrary] = [:]

  // Each pass of the loop looks only at what may have changed: tasks by position, each list in order.

  /// Tasks whose needs all have results and whose key is not known yet.
  var ready: [Int] = []
  /// Tasks that must be run, as far as is known: their key had no result when it was looked up.
  var toRun: ArraySlice<Int> = []
  /// Tasks that wait to be tried again.
  var delayed: [Int] = []
  /// Placeholders whose makers have results, and from when on the plan may be made anew for them.
  var awaited: [Int] = []
  var nextUnrolling = 0.0
  /// Unsuccessful tasks whose dependents are not skipped yet.
  var unsuccessful: [Int] = []
  /// How many attempts this run has begun; each has a number of its own.
  var attemptsBegun = 0
  /// What running steps told of their progress.
  var progress = ProgressNotes()
  /// The keys that got a result in this run.
  var madeKeys: Set<String> = []
  /// Those of them that may not be on the disk yet, and when the first was made.
  var unsynced: [String] = []
  var unsyncedSince = 0.0
  /// Those that the sync which is going on, or went on, was started for.
  var syncing: [String] = []
  /// The tasks that need each task.
  var dependents: [[Int]] = []
  var memoryWatch = MemoryWatch()
  /// Whether it was stopped by a full disk, and by nobody's wish.
  private(set) var ranOutOfSpace = false

  /// What the engine knows of a task.
  struct TaskState {
    var status = StepStatus.waiting
    /// Its row in the ledger.
    var row = 0
    /// Known from when its needs are met until it is over.
    var key: String?
    /// What it made, as long as anybody may ask for it.
    var outputs: [String: StoredOutput] = [:]
    /// How many may still ask: tasks that need it and are not over, and one where it is a result of the workflow.
    var readers = 0
    var attempts = 0
    /// Not to be started before this moment of the monotonic clock (a retry).
    var notBefore = 0.0
    /// How many of the tasks it needs have no result yet.
    var missing = 0
    /// Whether it is not wanted, or failed and is ignored: what can do without it is run.
    var isLeftOut = false
    /// Attempts that were ended for want of memory, and of time.
    var faults = (memory: 0, time: 0)
  }

  struct RunningTask {
    var position: Int
    let execution: any Execution
    let directories: AttemptDirectories
    let attempt: Int
    /// On the monotonic clock; of a job that waits in a queue, when it was given to it.
    var started: Double
    let key: String
    let resources: Resources
    var hasBegun = true
  }

  /// Takes the state directory's lock and opens the ledger.
  ///
  /// - Parameter stopRequest: whether, and how, the run is to stop; asked several times a second.
  /// - Throws: `Diagnostic` where another run is at work.
  public init(
    _ plan: Plan, options: Options, observer: any RunObserver,
    stopRequest: @escaping () -> StopRequest?
  ) throws {
    self.plan = plan
    self.options = options
    self.observer = observer
    self.stopRequest = stopRequest
    lock = try options.stateDirectory.lock()
    (ledger, setAside) = try DiskSpace.retrying(
      after: options.stateDirectory.removePartialOutputs
    ) {
      try Self.openLedger(in: options.stateDirectory)
    }
    let state = StateDirectory(try Path.real(options.stateDirectory.path))
    store = ResultStore(state: state, ledger: ledger)
    work = try WorkDirectories(state.work)
    sync = BackgroundSync(of: state.path)
    let id = RunID.make(at: started)
    let ledger = ledger
    executor = try Self.puttingAside(state) {
      try ledger.takeOver(as: id)
      return try Self.executor(options, plan, state, ledger)
    }
    self.id = id
    setenv(Leftovers.variable, id, 1)
    Orphans.adopt()
    tasks = Array(repeating: TaskState(), count: plan.tasks.count)
    linkTasks()
    ready = tasks.indices.filter { tasks[$0].missing == 0 }
  }

  /// Runs the plan to its end.
  public func run() throws -> RunSummary {
    defer { endWhatRuns() }
    return try Self.puttingAside(options.stateDirectory) { try runToItsEnd() }
  }

  private func runToItsEnd() throws -> RunSummary {
    try begin()
    do {
      // Before the first commit, and so before its failure: all of the loop is gathered.
      ledger.database.gathers = true
      try loop()
      try ledger.database.commit()
    } catch  where DiskSpace.isExhausted(error) {
      try stopForWantOfSpace()
    }
    return try DiskSpace.retrying(after: options.stateDirectory.removePartialOutputs) {
      try end()
    }
  }

  /// Small steps are entered in groups: for so many seconds, at most, what they made is made again should the engine be
  /// killed.
  static let longestGathering = 0.1

  private func loop() throws {
    while true {
      if let request = stopRequest() {
        try cancel()
        if request == .atOnce { for task in running { task.execution.end() } }
      }
      try advanceExecutor()
      try startReady()
      if running.isEmpty && !tasks.contains(where: { $0.status == .waiting }) { return }
      try watch()
      if ledger.database.gathering > Self.longestGathering { try ledger.database.commit() }
      try syncNowAndThen()
    }
  }

  // MARK: Watching

  private func watch() throws {
    var descriptors = executor.polled()
    var endsUnseen = false
    for task in running {
      descriptors += task.execution.polled()
      endsUnseen = endsUnseen || task.execution.endsUnseen
    }
    // Short waits while something is gathered, and where ends are not seen; else what may need a signal, a retry or a
    // redrawn line decides.
    let isGathering = ledger.database.gathering > 0
    let seen = poll(&descriptors, nfds_t(descriptors.count), endsUnseen || isGathering ? 5 : 100)
    // While ends follow each other they are entered in groups; as soon as there is nothing to do, at once.
    if seen == 0 && isGathering { try ledger.database.commit() }
    try noteBeginnings()
    for task in running {
      try record(task.execution.readEvents(), of: task)
      guard let outcome = task.execution.outcome(blocking: false) else {
        task.execution.checkLimits()
        continue
      }
      try record(task.execution.lateEvents, of: task)
      try conclude(task, outcome)
      // What took long to make is entered at once.
      if monotonicSeconds() - task.started > 1 { try ledger.database.commit() }
    }
    endGluttons()
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
        case .progress(let done, let total, let unit, let note):
          try progress.take(
            done: done, total: total, unit: unit, note: note, of: row, in: ledger,
            at: monotonicSeconds())
        case .end: break
        }
      }
    }
    for event in events { observer.taskTold(plan.tasks[task.position], event) }
  }

  private func conclude(_ ended: RunningTask, _ outcome: StepOutcome) throws {
    let task = plan.tasks[ended.position]
    running.removeAll { $0.position == ended.position }
    progress.forget(tasks[ended.position].row)
    executor.release(ended.resources, of: ended.execution)
    endOrphans(of: ended)
    var outcome = outcome
    memoryWatch.judge(&outcome, of: ended)
    var changed: String?
    var isDiskFull = false
    if [.failed, .unavailable, .crashed].contains(outcome.kind) {
      changed = try? changedSource(of: ended.position)
      // Asked while what it wrote is still there.
      isDiskFull = DiskSpace.isFull(options.stateDirectory.path)
    }
    if outcome.kind == .done {
      do {
        try checkInputsAreUnchanged(ended.position)
        tasks[ended.position].outputs = try store.commit(
          ended.directories.partial, key: ended.key, operation: task.operation,
          by: task.program.noun,
          step: tasks[ended.position].row)
        madeKeys.insert(ended.key)
        noteUnsynced(ended.key)
      } catch  where DiskSpace.isExhausted(error) {
        outcome.kind = .failed
        outcome.message = "\(error); free some and run again"
      } catch {
        outcome.kind = .failed
        outcome.message = "\(error)"
      }
    }
    ended.directories.leave(isDone: outcome.kind == .done, to: work)
    if case .script = task.program, [.failed, .unavailable].contains(outcome.kind),
      let last = store.lastLine(ofLog: ended.key)
    {
      outcome.message += ": \(last)"
    }
    if isDiskFull {
      outcome.message +=
        "; no space is left on the disk of \(options.stateDirectory.path)\n  fix: free some and run again"
    } else if let changed {
      outcome.message += "; its input \(changed) was changed while it ran"
    } else if let fix = fixForDenied(task, key: ended.key, outcome) {
      outcome.message += "\n  fix: \(fix)"
    }
    try ledger.endAttempt(ended.attempt, outcome)
    switch outcome.kind {
    case .done:
      try finish(ended.position, .done, duration: monotonicSeconds() - ended.started)
    case _ where stopRequest() == nil && willRetry(ended.position, after: outcome): break
    case .cancelled:
      try finish(
        ended.position, .cancelled, duration: monotonicSeconds() - ended.started,
        message: outcome.message,
        key: ended.key)
    default:
      try finish(
        ended.position, .failed, duration: monotonicSeconds() - ended.started,
        message: outcome.message,
        key: ended.key)
    }
  }

  func finish(
    _ position: Int, _ status: StepStatus, duration: Double = 0, message: String? = nil,
    key: String? = nil
  ) throws {
    // What waited for tasks that never came was not entered.
    try enter(position)
    tasks[position].status = status
    noteFailure(position)
    if status.isUnsuccessful && !tasks[position].isLeftOut {
      unsuccessful.append(position)
    } else {
      for dependent in dependents[position] {
        tasks[dependent].missing -= 1
        if tasks[dependent].missing == 0 { ready.append(dependent) }
      }
    }
    // A result's commit has already set its step to done.
    if status != .done {
      try ledger.setStatus(
        step: tasks[position].row, status, ended: status == .reused ? nil : now(),
        message: message)
    }
    let log = key.map { "\(options.stateDirectory.step($0))/log" }
    forgetWhatNobodyReads(after: position)
    observer.taskEnded(
      plan.tasks[position],
      TaskEnd(status: status, duration: duration, message: message, log: log))
    try stopIfWanted(afterFailureOf: position)
  }

  /// A run of many tasks remembers only those of which more is to come.
  private func forgetWhatNobodyReads(after position: Int) {
    tasks[position].key = nil
    // Of tasks that are not known yet nobody knows what they read.
    if plan.isAwaiting { return }
    if tasks[position].readers == 0 { tasks[position].outputs = [:] }
    for need in plan.tasks[position].needs {
      tasks[need].readers -= 1
      if tasks[need].readers == 0 { tasks[need].outputs = [:] }
    }
  }

  func cancel(because message: String = "stopped on request") throws {
    for task in running { task.execution.cancel() }
    for position in tasks.indices where tasks[position].status == .waiting {
      try finish(position, .cancelled, message: message)
    }
  }

  /// Ends what runs, frees what it wrote, and enters why; results that are complete are kept.
  private func stopForWantOfSpace() throws {
    for task in running {
      task.execution.end()
      _ = task.execution.outcome(blocking: true)
    }
    options.stateDirectory.removePartialOutputs()
    // Room was made, perhaps enough for what could not be committed.
    _ = try? ledger.database.commit()
    ranOutOfSpace = true
    let message = "no space is left on the disk of \(options.stateDirectory.path)"
    observer.runWarned("\(message): the run ends; free some and run again, what is done is kept")
    do {
      for task in running {
        try finish(task.position, .failed, message: message, key: task.key)
      }
      running.removeAll()
      for position in tasks.indices where tasks[position].status == .waiting {
        try finish(position, .cancelled, message: message)
      }
    } catch  where DiskSpace.isExhausted(error) {
      throw DiskSpace.Exhausted(path: options.stateDirectory.path)
    }
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
