import Files
import Glibc

/// The node's side of a job: carries out an order as the engine does for its own steps, and writes down what the
/// worker tells and how it ended.
public enum JobSupervisor {
  /// Carries out the order that a submission's list names for this job.
  ///
  /// - Parameters:
  ///   - list: `jobs/NAME/tasks.json`.
  ///   - index: the position in it.
  ///   - isInterrupted: whether the batch system has asked the job to end.
  /// - Returns: what the job exits with.
  /// - Throws: where there is no order, or it cannot be carried out nor answered.
  public static func run(
    list: String, index: Int, isInterrupted: () -> Bool
  ) throws -> Int32 {
    let tasks = try JSON(parsing: waitForText(list)).array ?? []
    guard tasks.indices.contains(index), let directory = tasks[index]["directory"]?.string,
      let token = tasks[index]["token"]?.string
    else { throw Diagnostic("there is no task \(index) in \(list)") }
    guard let order = JobOrder(try JSON(parsing: waitForText(JobOrder.file(in: directory)))),
      order.token == token
    else {
      // The engine gave this job up, and another may be at work here.
      throw Diagnostic("\(directory) is no longer for \(token): nothing is done")
    }
    // Started again by the batch system after it was done.
    if let end = JobEnd.read(in: directory, token: token), end.outcome.kind == .done { return 0 }
    return try carryOut(order, isInterrupted: isInterrupted)
  }

  /// Reads a file that the engine wrote a moment ago, perhaps on another machine.
  private static func waitForText(_ path: String) throws -> String {
    let deadline = monotonicSeconds() + 30
    while !Path.exists(path), monotonicSeconds() < deadline { usleep(200_000) }
    return try Path.readText(path)
  }

  private static func carryOut(_ order: JobOrder, isInterrupted: () -> Bool) throws -> Int32 {
    let began = now()
    // What an earlier start of this job left, which the batch system ended.
    try Path.remove(JobOrder.endFile(in: order.directory))
    try Path.remove(order.partial)
    try Path.createDirectory(order.partial)
    if case .script = order.work { try Path.remove(order.scratch) }
    try Path.createDirectory(order.scratch)
    let journal = try Journal(JobOrder.eventsFile(in: order.directory))
    var outcome: StepOutcome
    do {
      let log = try FileHandle.append(order.log)
      let policy = SandboxPolicy(isRefused: !order.isSandboxWanted)
      if order.isSandboxWanted, let warning = policy.warning {
        journal.add([.log(level: 2, message: "on \(hostName()): \(warning)")])
      }
      Orphans.adopt()
      let process = try start(order, policy, log: log.descriptor)
      outcome = watch(process, journal, isInterrupted: isInterrupted)
      _ = Orphans.end(leftBy: order.partial, sparing: [])
    } catch let problem as Diagnostic {
      outcome = StepOutcome(kind: .invalid, message: "on \(hostName()): \(problem)")
    } catch {
      outcome = StepOutcome(kind: .failed, message: "on \(hostName()): \(error)")
    }
    // Only a job that was asked to end may be started again by the batch system.
    if outcome.kind != .cancelled {
      try? Path.remove(JobOrder.secretsFile(in: order.directory))
    }
    var measure = TreeMeasure()
    if outcome.kind == .done {
      try WholeFile.synchronizeTree(order.partial)
      measure = try TreeMeasure.of(order.partial)
    }
    let end = JobEnd(
      token: order.token, outcome: outcome, outputs: measure, node: hostName(), began: began,
      ended: now())
    try WholeFile.write(end.json.text, to: JobOrder.endFile(in: order.directory))
    return outcome.processExitCode
  }

  private static func start(
    _ order: JobOrder, _ policy: SandboxPolicy, log: Int32
  ) throws -> StepProcess {
    let secrets = try secrets(of: order)
    switch order.work {
    case .script(let file, let inputs):
      // Values and the paths of outputs are in the file's text; what remains is where it works.
      var request = ScriptRequest(
        title: "", script: ShellScript(text: ""), inputs: [("", inputs, true)], parameters: [:],
        outputs: [],
        outputDirectory: order.partial, workDirectory: order.scratch, threads: 1,
        timeLimit: order.timeLimit)
      request.confinement = order.confinement
      request.policy = policy
      request.secrets = secrets
      return try StepProcess(request, file: file, log: log)
    case .plugin(let operation):
      let registry = Registry.standard(extra: operation.pluginDirectories)
      let (plugin, found) = try registry.operation(operation.use)
      let library = try plugin.checkedLibrary()
      // Taken first: a change while it is hashed is seen too.
      let identity = FileIdentity(of: library)
      let sha256 = try StreamingHash.of(file: library)
      guard sha256 == operation.librarySHA256 else {
        throw Diagnostic(
          "\(library) is not the library that this step was planned with",
          fix: "let all nodes see the same files, and run again: a changed plugin makes a new step")
      }
      var request = StepRequest(
        plugin: plugin, operation: found, parameters: operation.parameters,
        inputs: found.inputs.compactMap { input in
          operation.inputs[input.name].map { (input.name, $0) }
        },
        outputDirectory: order.partial, scratchDirectory: order.scratch,
        threads: operation.threads, timeLimit: order.timeLimit)
      request.confinement = order.confinement
      request.policy = policy
      request.secrets = secrets
      request.library = identity
      return try StepProcess(request, log: log)
    }
  }

  private static func secrets(of order: JobOrder) throws -> [String: String] {
    let path = JobOrder.secretsFile(in: order.directory)
    guard Path.exists(path) else { return [:] }
    let json = try JSON(parsing: try Path.readRegularText(path, limit: 1 << 20))
    return (json.object ?? [:]).compactMapValues(\.string)
  }

  private static func watch(
    _ process: StepProcess, _ journal: Journal, isInterrupted: () -> Bool
  ) -> StepOutcome {
    while true {
      var descriptors = process.polled()
      poll(&descriptors, nfds_t(descriptors.count), process.endsUnseen ? 20 : 200)
      journal.add(process.readEvents())
      if let outcome = process.outcome(blocking: false) {
        journal.add(process.lateEvents)
        journal.write()
        return judged(outcome, isInterrupted: isInterrupted)
      }
      journal.writeIfDue()
      if isInterrupted() { process.cancel() }
      process.checkLimits()
    }
  }

  /// A batch system that wants a job to end signals all its processes at once: a script then dies of what was meant
  /// for its supervisor, perhaps a moment before that hears of it.
  private static func judged(
    _ outcome: StepOutcome, isInterrupted: () -> Bool
  ) -> StepOutcome {
    guard outcome.kind == .crashed || outcome.kind == .failed else { return outcome }
    let isTerminated = Int32(outcome.signal ?? 0) == SIGTERM || outcome.exitCode == 128 + 15
    let deadline = monotonicSeconds() + (isTerminated ? 1 : 0)
    while !isInterrupted(), monotonicSeconds() < deadline { usleep(10_000) }
    guard isInterrupted() else { return outcome }
    var stopped = outcome
    stopped.kind = .cancelled
    stopped.message = "stopped by the batch system"
    return stopped
  }

  /// The events of a worker in a file, once a second at most: the file travels over a network.
  private final class Journal {
    private let file: FileHandle
    private var events: [StepEvent] = []
    private var lastWritten = 0.0

    /// Begins with an empty file.
    init(_ path: String) throws { file = try FileHandle.create(path) }

    func add(_ more: [StepEvent]) {
      for event in more {
        // Of how far it is, only the latest is of use.
        if case .progress = event, case .progress = events.last { events.removeLast() }
        events.append(event)
      }
    }

    func writeIfDue() {
      if !events.isEmpty, monotonicSeconds() - lastWritten > 1 { write() }
    }

    func write() {
      // The step's result does not hang on what is told of it: a full disk shows there.
      try? file.write(events.map(\.line).joined())
      events.removeAll()
      lastWritten = monotonicSeconds()
    }
  }
}
