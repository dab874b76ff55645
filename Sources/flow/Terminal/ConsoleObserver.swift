import Files
import FlowCore
import Glibc

/// A run on the terminal. On a live one: a frame that is redrawn, with failures that stay, and a line for each
/// task that is done where there are few. Elsewhere: plain lines, a bounded number of them, and a pulse.
final class ConsoleObserver: RunObserver {
  private let isLive = Terminal.isLive
  private let isVerbose: Bool
  private let screen = LiveScreen()
  private var log: PlainLog
  private var tally = RunTally([], cpus: 1, at: 0)
  private var names = 0
  private var isStopTold = false
  private var lastDrawn = 0.0
  private var lastPulse = 0.0
  private var memory: (bytes: Int?, read: Double) = (nil, 0)
  private var pace: (ended: Int, at: Double, rate: Double?) = (0, 0, nil)

  /// With more tasks than this, a live terminal tells of steps rather than of tasks.
  private static let fewTasks = 100
  /// A task that is over sooner is told once, when it is.
  private static let secondsUntilStarted = 0.5

  /// - Parameter isVerbose: whether every task gets its lines, however many there are.
  init(isVerbose: Bool = false) {
    self.isVerbose = isVerbose
    log = PlainLog(isVerbose: isVerbose, at: monotonicSeconds())
  }

  /// What failed, the first of them in full.
  var failures: [RunTally.Failure] { tally.failures }

  func runBegan(id: String, plan: Plan, machine: Machine) {
    let moment = monotonicSeconds()
    tally = RunTally(plan.tasks, cpus: machine.cpus, at: moment)
    (lastPulse, pace.at) = (moment, moment)
    names = min(40, plan.tasks.prefix(1000).map { DisplayWidth.of(Visible.cell($0.id)) }.max() ?? 0)
    let count = plan.tasks.count
    let steps = count == 1 ? "1 step" : "\(Quantity.grouped(count)) steps"
    let more = plan.isAwaiting ? " and more for what they make" : ""
    let cores = machine.cpus == 1 ? "1 core" : "\(machine.cpus) cores"
    say(
      "\(Terminal.styled(plan.workflow.name, .bold)): \(steps)\(more), run \(id), \(cores), "
        + "\(Quantity.text(bytes: machine.memory)) of memory")
  }

  func runGrew(_ plan: Plan) { tally.replan(plan.tasks) }

  func runWarned(_ message: String) {
    say("\(Terminal.styled("warning:", .yellow)) \(message)")
  }

  func runTold(_ message: String) { say(Terminal.styled(message, .dim)) }

  func taskBegan(_ task: Plan.Task, attempt: Int) {
    tally.taskBegan(task, attempt: attempt, at: monotonicSeconds())
    if attempt > 1 {
      tell(.messages, line(task.id, "started again (attempt \(attempt))"))
    } else if isVerbose {
      tally.update(task.id) { $0.isTold = true }
      say(line(task.id, "started"))
    }
  }

  func taskTold(_ task: Plan.Task, _ event: StepEvent) {
    switch event {
    case .progress(let done, let total, let unit, let note):
      tally.update(task.id) { $0.progress.update(done, of: total, unit, note: note) }
    case .log(let level, let message) where level >= 2:
      let warning = Terminal.styled("warning:", .yellow)
      tell(.messages, line(task.id, "\(warning) \(Visible.cell(message))"))
    case .log(let level, let message) where level == 1:
      tell(.messages, line(task.id, Terminal.styled(Visible.cell(message), .dim)))
    case .log, .metric, .record, .end: break
    }
  }

  func taskEnded(_ task: Plan.Task, _ end: TaskEnd) {
    let step = tally.taskEnded(task, end)
    switch end.status {
    case .done:
      if !isLive || isVerbose || tally.total <= Self.fewTasks {
        let done = Terminal.styled("done", .green)
        tell(.done, line(task.id, "\(done) in \(Quantity.span(end.duration))"))
      }
    case .failed:
      // The frame of a live terminal keeps failures in sight, and the end of the run tells them again.
      if isLive && !isVerbose { break }
      let failed = Terminal.styled("failed", .red)
      let log = end.log.map { "\n" + line("", "its log: \($0)") } ?? ""
      let text = "\(failed) after \(Quantity.span(end.duration)): \(end.message ?? "")"
      tell(.failed, line(task.id, text) + log)
    case .cancelled: if !isLive || isVerbose { tell(.skipped, line(task.id, "stopped")) }
    case .skipped:
      if !isLive || isVerbose { tell(.skipped, line(task.id, "skipped: \(end.message ?? "")")) }
    // A run with nothing to do says so in one line at its end, not in a hundred.
    default: break
    }
    if let step, step.done > 0, !isVerbose { tell(step) }
  }

  /// The last task of a step that has several is over.
  private func tell(_ step: RunTally.Step) {
    var parts = ["\(Quantity.grouped(step.done)) done"]
    if step.reused > 0 { parts.append("\(Quantity.grouped(step.reused)) up to date") }
    if step.failed > 0 { parts.append("\(Quantity.grouped(step.failed)) failed") }
    if step.left > 0 { parts.append("\(Quantity.grouped(step.left)) left out") }
    let mean = step.mean.map { ", \(Quantity.span($0)) each" } ?? ""
    let text = line(step.name, "all over: \(parts.joined(separator: ", "))\(mean)")
    // The end of many is worth a line of its own, whatever waits to be told together.
    guard step.total >= 10 else { return tell(.messages, text) }
    sayBundle(at: monotonicSeconds(), isForced: true)
    say(text)
  }

  func tick() {
    let moment = monotonicSeconds()
    if Interrupt.isRequested && !isStopTold { tellStop() }
    if isLive {
      sayBundle(at: moment)
      if moment - lastDrawn > 0.1 { draw(at: moment) }
      return
    }
    guard moment - lastDrawn > 0.1 else { return }
    lastDrawn = moment
    for task in tally.running where !task.isTold && moment - task.began > Self.secondsUntilStarted {
      tally.update(task.id) { $0.isTold = true }
      if log.admits(.started, at: moment) { say(line(task.id, "started")) }
    }
    sayBundle(at: moment)
    // At first each half minute, in a run of days each five.
    let pause = min(300, max(30, (moment - tally.began) / 20))
    if moment - lastPulse >= pause {
      lastPulse = moment
      for line in frame(at: moment).lines(rows: 8, columns: .max) { say("  \(line.text)") }
    }
  }

  /// Takes the redrawn lines away; after this the terminal is the caller's.
  func finish() {
    sayBundle(at: monotonicSeconds(), isForced: true)
    if isLive { screen.clear() }
  }

  private func sayBundle(at moment: Double, isForced: Bool = false) {
    guard let bundle = log.bundle(at: moment, isForced: isForced) else { return }
    say("  \(bundle) (\(Quantity.grouped(tally.ended)) of \(Quantity.grouped(tally.total)))")
  }

  /// What it waits for, so that nobody believes it to hang.
  private func tellStop() {
    isStopTold = true
    guard tally.runningCount > 0 else { return }
    let names = tally.running.prefix(3).map { Visible.cell($0.id) }.joined(separator: ", ")
    let more = tally.runningCount > 3 ? " and \(tally.runningCount - 3) more" : ""
    say("stopping: waiting for \(names)\(more) to end; Ctrl-C again ends them now")
  }

  private func line(_ id: String, _ text: String) -> String {
    "  \(DisplayWidth.padded(Visible.cell(id), to: names))  \(text)"
  }

  private func tell(_ kind: PlainLog.Kind, _ text: String) {
    // A live terminal shows what is counted in its frame; its lines are bounded all the same.
    if log.admits(kind, at: monotonicSeconds()) { say(text) }
  }

  private func say(_ text: String) {
    guard isLive else { return Terminal.line(text, to: .standardError) }
    screen.add(text)
    let moment = monotonicSeconds()
    if moment - lastDrawn > 0.1 { draw(at: moment) }
  }

  private func draw(at moment: Double) {
    lastDrawn = moment
    screen.draw(frame(at: moment).lines(rows: screen.rows, columns: Terminal.width))
  }

  private func frame(at moment: Double) -> LiveFrame {
    if moment - memory.read > 1 {
      memory = (ProcessTree.memory(under: Int(getpid())), moment)
    }
    if moment - pace.at > 2 {
      let rate = Double(tally.ended - pace.ended) / (moment - pace.at)
      pace = (tally.ended, moment, rate >= 2 ? rate : nil)
    }
    return LiveFrame(
      tally: tally, moment: moment, memory: memory.bytes, rate: pace.rate,
      isStopping: Interrupt.isRequested)
  }
}
