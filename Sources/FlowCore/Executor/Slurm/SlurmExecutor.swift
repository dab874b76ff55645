import Files
import Glibc

/// Steps as jobs of Slurm (https://slurm.schedmd.com).
///
/// Slurm is asked about all jobs with one `squeue` at a time, and a job's own files say how it ended: neither
/// needs accounting. No program of Slurm's is waited for, so a controller that is down stops nothing but news.
///
/// Every submission is in the ledger before it is made, under a name that Slurm knows it by. So an engine that
/// dies at any moment leaves nothing that the next one could submit twice: it takes the jobs over.
final class SlurmExecutor: Executor {
  let state: StateDirectory
  let ledger: Ledger
  private let choice: ExecutorChoice
  private let local: LocalExecutor
  /// Whether there are steps that run here, and steps that are jobs beside those that an engine before this one left.
  private let has: (steps: Bool, jobs: Bool)
  /// The variables whose values are given to those steps alone that name them.
  let secrets: Set<String>
  var live: [SlurmJob] = []
  /// Jobs that an engine before this one left and that no step has taken over yet, by key.
  var left: [String: JobRecord] = [:]
  /// Ended, their results perhaps not yet committed.
  var released: [(job: SlurmJob, passes: Int)] = []
  /// How many open jobs a submission has, by its name.
  var openJobs: [String: Int] = [:]

  var submitting: (program: SlurmProgram, jobs: [SlurmJob], submission: SlurmSubmission)?
  var listing: (program: SlurmProgram, began: Double)?
  var cancelling: (program: SlurmProgram, jobs: [SlurmJob])?
  var asking: (program: SlurmProgram, question: Question)?
  enum Question {
    case accounts([SlurmJob])
    case details(SlurmJob)
  }

  var pace = SlurmPace()
  /// Not before this moment of the monotonic clock.
  var nextSubmission = 0.0
  var nextCancelling = 0.0
  var nextLook = 0.0
  /// Slurm may be told to take no arrays, and to keep no accounts.
  var takesArrays = true
  var keepsAccounts = true
  var isControllerSilent = false
  var notices: [ExecutorNotice] = []
  private var lastSummary = (text: "", at: 0.0)

  init(
    _ choice: ExecutorChoice, for tasks: [Plan.Task], machine: Machine, state: StateDirectory,
    ledger: Ledger
  ) throws {
    local = LocalExecutor(machine)
    self.choice = choice
    has = (
      tasks.contains { choice.kind(of: $0) == .local },
      tasks.contains { choice.kind(of: $0) == .slurm }
    )
    secrets = Set(tasks.flatMap { $0.secrets + $0.operation.secrets })
    self.state = state
    self.ledger = ledger
    if has.jobs {
      notices.append(.status("Slurm: steps are jobs, at most \(choice.mostJobs) at once"))
    }
    for record in try ledger.openJobs() {
      openJobs[record.name, default: 0] += 1
      if try ledger.hasResult(record.key) {
        // Only its closing was missed.
        try close(
          record.row, submission: record.name, key: record.key, state: "done",
          end: JobEnd.read(in: state.step(record.key), token: record.token))
      } else {
        left[record.key] = record
      }
    }
  }

  // MARK: Executor

  func cpus(for resources: Resources, on placement: Placement) -> Int {
    placement == .here ? local.cpus(for: resources, on: placement) : resources.cpus
  }

  var isFull: Bool {
    (!has.steps || local.isFull) && (!has.jobs || live.count >= choice.mostJobs)
  }

  func hasRoom(for resources: Resources, on placement: Placement) -> Bool {
    switch placement {
    case .here: local.hasRoom(for: resources, on: placement)
    case .job: live.count < choice.mostJobs
    case .jobAtWork: true
    }
  }

  func devices(for resources: Resources, on placement: Placement) -> [String] {
    // Slurm gives its own.
    placement == .here ? local.devices(for: resources, on: placement) : []
  }

  func problems(of tasks: [Plan.Task]) -> [Diagnostic] {
    let problems = local.problems(of: tasks.filter { choice.kind(of: $0) == .local })
    guard has.jobs else { return problems }
    let programs = ["sbatch", "squeue", "scancel"]
    if let missing = programs.first(where: { SlurmProgram.path(of: $0) == nil }) {
      return problems + [SlurmProgram.isMissing(missing)]
    }
    let options = Set(tasks.flatMap { $0.slurm.options } + choice.slurm.options)
    return problems + SlurmSubmission.objections(to: options.sorted())
  }

  func warnings(of tasks: [Plan.Task]) -> [String] {
    local.warnings(of: tasks.filter { choice.kind(of: $0) == .local })
  }

  func placement(of task: Plan.Task, key: String) throws -> Placement {
    let usual = choice.kind(of: task) == .slurm ? Placement.job : .here
    guard let record = left[key] else { return usual }
    let directory = state.step(key)
    let partial = "\(directory)/\(AttemptDirectories.ofJobs)"
    let end = JobEnd.read(in: directory, token: record.token)
    if let end, end.outcome.kind == .done, !Path.exists(partial) {
      // An engine was killed between moving the outputs to their place and entering them.
      let moved = "\(directory)/outputs"
      if (try? TreeMeasure.of(moved)) == end.outputs { try? Path.move(moved, to: partial) }
    }
    guard let end, end.outcome.kind != .done || !Path.exists(partial) else { return .jobAtWork }
    // It failed while nobody was watching: like any failed step, it is run again.
    left[key] = nil
    let how = end.outcome.kind == .done ? "its outputs are gone" : end.outcome.message
    notices.append(
      .status(
        "Slurm job \(record.id ?? record.name) of an earlier run ended without a result (\(how)); its step is run again"
      ))
    try close(
      record.row, submission: record.name, key: key, state: end.outcome.kind.rawValue, end: end)
    return usual
  }

  func start(_ step: PreparedStep) throws -> any Execution {
    guard step.placement != .here else { return try local.start(step) }
    // What is left of an attempt before this one must not be tidied up under this one.
    try closeReleased(after: 0)
    let job = SlurmJob(
      step, directory: state.step(step.key),
      options: step.slurm.overridden(by: choice.slurm), by: self)
    if let record = left.removeValue(forKey: step.key) {
      try takeOver(record, job)
    } else {
      job.enter(.queued)
    }
    live.append(job)
    return job
  }

  func release(_ resources: Resources, of execution: any Execution) {
    guard let job = execution as? SlurmJob else { return local.release(resources) }
    live.removeAll { $0 === job }
    released.append((job, 0))
  }

  func polled() -> [pollfd] {
    (submitting?.program.polled() ?? []) + (listing?.program.polled() ?? [])
      + (cancelling?.program.polled() ?? []) + (asking?.program.polled() ?? [])
  }

  func advance() throws -> [ExecutorNotice] {
    guard !live.isEmpty || !released.isEmpty || !notices.isEmpty else { return [] }
    let hasHeard = try hearPrograms()
    if look() || hasHeard || live.contains(where: { $0.stopAsked != nil }) { try decide() }
    try submit()
    list()
    cancelJobs()
    ask()
    try closeReleased(after: 2)
    summarize()
    defer { notices = [] }
    return notices
  }

  func finish() throws -> [ExecutorNotice] {
    try closeReleased(after: 0)
    removeStraySubmissions()
    // The next engine hears what these would have said.
    for program in [submitting?.program, listing?.program, cancelling?.program, asking?.program] {
      program?.end()
    }
    try settleLeft()
    defer { notices = [] }
    return notices
  }

  /// Drives everything until a job has ended; for the engine's last resort.
  func wait(for job: SlurmJob) {
    while job.result == nil {
      guard (try? advance()) != nil else { return }
      var descriptors = polled()
      poll(&descriptors, nfds_t(descriptors.count), 100)
    }
  }

  // MARK: Looking and deciding

  /// - Returns: whether it was time to.
  private func look() -> Bool {
    let moment = monotonicSeconds()
    guard moment >= nextLook else { return false }
    // Once a second for few jobs, and never more than some hundred files a second.
    nextLook = moment + max(0.5, Double(live.count) / 500)
    for job in live where job.result == nil { job.look() }
    return true
  }

  private func decide() throws {
    for job in live where job.result == nil {
      let verdict = job.verdict()
      job.isInQuestion = verdict == .askWhy
      switch verdict {
      case .wait, .askWhy: break
      case .ended(let outcome): job.result = outcome
      case .again(let reason):
        job.tell(.log(level: 2, message: "\(reason); it is submitted again"))
        try close(job, state: job.state?.name ?? "lost")
        job.reset()
      }
    }
  }

  private func summarize() {
    let moment = monotonicSeconds()
    guard moment - lastSummary.at > 15, !live.isEmpty else { return }
    var waiting: [String: Int] = [:]
    var running = 0
    for job in live where job.result == nil {
      // One that Slurm starts again has begun, and waits.
      if let state = job.state, !state.isRunning, !state.isOver {
        waiting[state.words, default: 0] += 1
      } else if job.hasBegun {
        running += 1
      } else {
        waiting["to be submitted", default: 0] += 1
      }
    }
    let parts =
      ["\(running) running"]
      + waiting.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let text = "Slurm: \(parts.joined(separator: ", "))"
    defer { lastSummary = (text, moment) }
    // The first fifteen seconds pass in silence.
    if lastSummary.at > 0, text != lastSummary.text { notices.append(.status(text)) }
  }

  // MARK: Closing

  private func closeReleased(after passes: Int) throws {
    for position in released.indices { released[position].passes += 1 }
    // The results first: what is closed is not taken over again.
    if released.contains(where: { $0.passes > passes }) { try ledger.database.commit() }
    for entry in released where entry.passes > passes {
      // One that Slurm has not let go of stays open for the next engine to see to.
      if entry.job.result?.kind == .cancelled, entry.job.lastWord == nil, !entry.job.isOver {
        continue
      }
      try close(entry.job, state: entry.job.result?.kind.rawValue ?? "lost")
    }
    released.removeAll { $0.passes > passes }
  }

  /// What an engine left that died between writing a submission's files and entering it, or closing it and removing them.
  private func removeStraySubmissions() {
    for name in (try? Path.list("\(state.path)/jobs")) ?? [] where openJobs[name] == nil {
      try? Path.remove("\(state.path)/jobs/\(name)")
    }
  }

  private func close(_ job: SlurmJob, state: String) throws {
    guard let row = job.row, let name = job.submission?.name else { return }
    try close(row, submission: name, key: job.step.key, state: state, end: job.lastWord)
  }

  func close(
    _ row: Int, submission: String, key: String, state word: String, end: JobEnd?
  ) throws {
    try ledger.closeJob(row, state: word, began: end?.began, ended: end?.ended, node: end?.node)
    try? Path.remove(JobOrder.folder(in: state.step(key)))
    openJobs[submission, default: 1] -= 1
    if openJobs[submission] == 0 {
      openJobs[submission] = nil
      try? Path.remove("\(state.path)/jobs/\(submission)")
    }
  }
}
