import Files
import Glibc

/// The parent's side of a step: a worker process, its events, its limits and its end.
///
/// Driven from outside by `poll(2)` on what `polled` gives; it never blocks unless asked to.
public final class StepProcess {
  public let pid: pid_t
  /// The worker's events; -1 for a script.
  private let descriptor: Int32
  /// Readable when the process has ended; -1 where the kernel cannot say.
  private let ending: Int32
  /// Where the worker is asked to stop; -1 for a script.
  private let control: Int32
  private let isScript: Bool
  private let timeLimit: Int?
  private let redactor: Redactor
  /// The way of what a step with secrets prints; nil for others, who write to the log themselves.
  private let secretLog: SecretLog?
  private let started: Double
  private var buffer: [UInt8] = []
  private var finalEvent: (status: Int, message: String)?
  private var isClosed: Bool
  /// The events that were still in the pipe when the worker's end was seen.
  public private(set) var lateEvents: [StepEvent] = []
  private var stopReason: StopReason?
  private var stopAsked = 0.0

  private enum StopReason { case cancelled, timeLimit }

  /// A worker that was asked to stop has so long to save its work, in seconds.
  static let gracePeriodOfWorkers = 30.0
  /// A script knows of no checkpoints: what it does not end within this it ignores.
  static let gracePeriodOfScripts = 10.0
  /// A step past its time limit is stuck more often than busy saving.
  static let gracePeriodAfterTimeLimit = 3.0
  /// A line longer than this is no event.
  private static let longestLine = 64 << 20

  /// Starts the worker.
  ///
  /// - Parameter log: where its standard output and error go.
  public convenience init(_ request: StepRequest, log: Int32) throws {
    try self.init(
      Registry.executable, isScript: false, timeLimit: request.timeLimit, log: log,
      bounds: StepBounds(request)
    ) { events in
      request.arguments + ["--events-fd", String(events)]
        + (request.library.map { ["--library", $0.text] } ?? [])
        + (request.rank == .only ? [] : ["--rank", request.rank.text])
    }
  }

  /// Starts bash with a script, which tells nothing but how it ended.
  ///
  /// - Parameter file: holds the request's text.
  convenience init(_ request: ScriptRequest, file: String, log: Int32) throws {
    try self.init(
      ShellScript.interpreter, isScript: true, timeLimit: request.timeLimit, log: log,
      bounds: StepBounds(request, command: file)
    ) { _ in request.arguments(file: file) }
  }

  private init(
    _ executable: String, isScript: Bool, timeLimit: Int?, log: Int32, bounds: StepBounds,
    arguments: (_ events: Int32) -> [String]
  ) throws {
    // A script tells nothing and is told nothing but by signals.
    var pipes: (events: [Int32], control: [Int32]) = ([-1, -1], [-1, -1])
    if !isScript {
      guard pipe(&pipes.events) == 0, pipe(&pipes.control) == 0 else {
        throw FileError("create", "a pipe", errno: errno)
      }
      // No other thread starts processes, so nothing can slip in between.
      for end in pipes.events + pipes.control { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    defer {
      if !isScript {
        close(pipes.events[1])
        close(pipes.control[0])
      }
    }
    redactor = bounds.redactor
    secretLog = bounds.redactor.isEmpty ? nil : try SecretLog(to: log, bounds.redactor)
    let log = secretLog?.input ?? log
    let rules = try bounds.sandbox?.rules(log: log)
    let child = Spawn(
      executable: executable, arguments: [executable] + arguments(pipes.events[1]),
      environment: bounds.environment, input: isScript ? nil : pipes.control[0], log: log,
      // The pipe keeps its number, so that it takes the place of nothing that the worker inherits: a parallel
      // launcher talks to its processes on a descriptor (PMI_FD).
      kept: isScript ? nil : pipes.events[1], ruleset: rules?.descriptor,
      // A worker notices the engine's end itself, and saves; a script cannot.
      deathSignal: isScript ? SIGKILL : nil)
    do {
      (pid, ending) = try child.start()
    } catch {
      if !isScript {
        close(pipes.events[0])
        close(pipes.control[1])
      }
      throw error
    }
    secretLog?.closeInput()
    descriptor = pipes.events[0]
    control = pipes.control[1]
    self.isScript = isScript
    self.timeLimit = timeLimit
    isClosed = isScript
    started = monotonicSeconds()
    if !isScript { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
  }

  deinit {
    for open in [descriptor, control, ending] where open >= 0 { close(open) }
  }

  /// What to wait for with `poll(2)`: events, and the process's end.
  public func polled() -> [pollfd] {
    [isClosed ? -1 : descriptor, ending, secretLog?.output ?? -1].filter { $0 >= 0 }.map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
  }

  /// Whether `poll(2)` cannot tell when the process ends, so that whoever waits must ask `outcome` often.
  public var endsUnseen: Bool { ending < 0 }

  /// Ends the worker and all that it started, at once.
  public func end() { kill(-pid, SIGKILL) }

  /// Asks the worker to stop; after the grace period it is killed.
  public func cancel() { stop(.cancelled) }

  private func stop(_ reason: StopReason) {
    guard stopReason == nil else { return }
    stopReason = reason
    stopAsked = monotonicSeconds()
    if isScript {
      kill(-pid, SIGTERM)
    } else {
      // The worker may have closed its end; then it is ending anyway.
      _ = write(control, "\n", 1)
    }
    // Who has stopped (SIGSTOP) hears of nothing else.
    kill(-pid, SIGCONT)
  }

  /// Enforces the time limit and the grace period. Call it a few times a second, after `outcome` has said
  /// that the worker still runs.
  public func checkLimits() {
    let moment = monotonicSeconds()
    if let timeLimit, stopReason == nil, moment - started > Double(timeLimit) { stop(.timeLimit) }
    let grace =
      stopReason == .timeLimit
      ? Self.gracePeriodAfterTimeLimit
      : isScript ? Self.gracePeriodOfScripts : Self.gracePeriodOfWorkers
    if stopReason != nil, moment - stopAsked > grace { kill(-pid, SIGKILL) }
  }

  /// Reads the events that are there.
  public func readEvents() -> [StepEvent] {
    secretLog?.drain()
    if isClosed { return [] }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while !isClosed {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        buffer += chunk[..<count]
        if buffer.count > Self.longestLine { buffer.removeAll() }
      } else if count == 0 {
        isClosed = true
      } else if errno != EINTR {
        break
      }
    }
    var events: [StepEvent] = []
    var start = 0
    while let newline = buffer[start...].firstIndex(of: 0x0A) {
      if let event = StepEvent(line: String(decoding: buffer[start..<newline], as: UTF8.self))?
        .redacted(by: redactor)
      {
        if case .end(let status, let message) = event { finalEvent = (status, message) }
        events.append(event)
      }
      start = newline + 1
    }
    buffer.removeFirst(start)
    return events
  }

  /// How the worker ended, if it has.
  ///
  /// - Parameter blocking: whether to wait for it.
  public func outcome(blocking: Bool) -> StepOutcome? {
    var status: Int32 = 0
    var usage = rusage()
    let transferred = TransferredBytes.ofEnded(pid, blocking: blocking)
    while true {
      let result = wait4(pid, &status, blocking ? 0 : WNOHANG, &usage)
      if result == pid { break }
      if result == 0 { return nil }
      if errno != EINTR {
        return StepOutcome(kind: .failed, message: "the worker's end was lost (\(errno))")
      }
    }
    // Whatever the plugin started and left behind ends with it.
    kill(-pid, SIGKILL)
    lateEvents = readEvents()
    secretLog?.drain(atEnd: true)
    var outcome = StepOutcome(kind: .failed, message: "")
    outcome.usage = StepOutcome.Usage(
      userSeconds: Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6,
      systemSeconds: Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6,
      peakMemory: usage.ru_maxrss * 1024, bytesRead: transferred?.read,
      bytesWritten: transferred?.written)
    if status & 0x7F == 0 {
      outcome.exitCode = Int((status >> 8) & 0xFF)
    } else {
      outcome.signal = Int(status & 0x7F)
    }
    judge(&outcome)
    return outcome
  }

  private func judge(_ outcome: inout StepOutcome) {
    if stopReason == .timeLimit, finalEvent?.status != 0 {
      outcome.limit = .time
      outcome.kind = .failed
      outcome.message =
        "it did not end within its time limit of "
        + Quantity.text(seconds: Double(timeLimit ?? 0)) + " and was stopped"
    } else if let signal = outcome.signal {
      if stopReason == .cancelled {
        outcome.kind = .cancelled
        outcome.message = "stopped on request"
      } else {
        outcome.kind = .crashed
        outcome.message =
          "the \(isScript ? "script" : "plugin") crashed: "
          + StepOutcome.words(forSignal: Int32(signal))
      }
    } else if isScript {
      judgeScript(&outcome)
    } else if let (status, message) = finalEvent {
      outcome.message = message
      switch status {
      case 0: outcome.kind = .done
      case 1: outcome.kind = .cancelled
      case 2: outcome.kind = .invalid
      case 4: outcome.kind = .unavailable
      default: outcome.kind = .failed
      }
      if outcome.kind == .done { outcome.message = "" }
      if outcome.kind != .done && message.isEmpty {
        outcome.message = "the plugin failed (status \(status)) and did not say why"
      }
    } else {
      outcome.message =
        "the plugin ended its process (exit code \(outcome.exitCode ?? -1)) without returning"
    }
  }

  /// A script speaks by its exit code: 75 (EX_TEMPFAIL of sysexits.h) for a fault that may pass, as workers do.
  private func judgeScript(_ outcome: inout StepOutcome) {
    let code = outcome.exitCode ?? -1
    if code == 0 {
      outcome.kind = .done
    } else if stopReason == .cancelled {
      outcome.kind = .cancelled
      outcome.message = "stopped on request"
    } else {
      outcome.kind = code == 75 ? .unavailable : .failed
      outcome.message = "the script ended with exit code \(code)"
      // 128 + n is what bash makes of a command that a signal ended.
      if code > 128, code < 160 {
        outcome.message += ": \(StepOutcome.words(forSignal: Int32(code - 128)))"
      }
    }
  }
}
