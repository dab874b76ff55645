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
      let process = try start(order, log: log.descriptor)
      outcome = watch(process, journal, isInterrupted: isInterrupted)
    } catch let problem as Diagnostic {
      outcome = StepOutcome(kind: .invalid, message: "on \(hostName()): \(problem)")
    } catch {
      outcome = StepOutcome(kind: .failed, message: "on \(hostName()): \(error)")
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

  private static func start(_ order: JobOrder, log: Int32) throws -> StepProcess {
    switch order.work {
    case .script(let file):
      // Values and the paths of outputs are in the file's text; what remains is where it works.
      let request = ScriptRequest(
        title: "", script: ShellScript(text: ""), inputs: [], parameters: [:], outputs: [],
        outputDirectory: order.partial, workDirectory: order.scratch, threads: 1,
        timeLimit: order.timeLimit)
      return try StepProcess(request, file: file, log: log)
    case .plugin(let operation):
      let registry = Registry.standard(extra: operation.pluginDirectories)
      let (plugin, found) = try registry.operation(operation.use)
      let library = try plugin.checkedLibrary()
      let sha256 = try StreamingHash.of(file: library)
      guard sha256 == operation.librarySHA256 else {
        throw Diagnostic(
          "\(library) is not the library that this step was planned with",
          fix: "let all nodes see the same files, and run again: a changed plugin makes a new step")
      }
      return try StepProcess(
        StepRequest(
          plugin: plugin, operation: found, parameters: operation.parameters,
          inputs: found.inputs.compactMap { input in
            operation.inputs[input.name].map { (input.name, $0) }
          },
          outputDirectory: order.partial, scratchDirectory: order.scratch,
          threads: operation.threads, timeLimit: order.timeLimit), log: log)
    }
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
