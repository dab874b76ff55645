import Files
import FlowCore

/// A run on the terminal: a line for each beginning and end; below them, on a live terminal, one line for
/// each running step that is redrawn; elsewhere a progress line every ten seconds.
final class ConsoleObserver: RunObserver {
  private let isLive = Terminal.isLive
  private var names = 0
  private var total = 0
  private var ended = 0
  private var running: [(id: String, progress: ProgressText)] = []
  private var drawnLines = 0
  private var lastDrawn = 0.0
  private let secondsBetweenLines = 10.0

  func runBegan(id: String, plan: Plan, machine: Machine) {
    total = plan.tasks.count
    names = min(40, plan.tasks.map(\.id.count).max() ?? 0)
    let steps = total == 1 ? "1 step" : "\(total) steps"
    let cores = machine.cpus == 1 ? "1 core" : "\(machine.cpus) cores"
    say(
      "\(Terminal.styled(plan.workflow.name, .bold)): \(steps), run \(id), \(cores), "
        + "\(Quantity.text(bytes: machine.memory)) of memory")
  }

  func runWarned(_ message: String) {
    say("\(Terminal.styled("warning:", .yellow)) \(message)")
  }

  func runTold(_ message: String) { say(Terminal.styled(message, .dim)) }

  func taskBegan(_ task: Plan.Task, attempt: Int) {
    running.append((task.id, ProgressText()))
    say(line(task.id, attempt > 1 ? "started again (attempt \(attempt))" : "started"))
  }

  func taskTold(_ task: Plan.Task, _ event: StepEvent) {
    switch event {
    case .progress(let done, let total, let unit, let note):
      guard let position = running.firstIndex(where: { $0.id == task.id }) else { return }
      running[position].progress.update(done, of: total, unit, note: note)
      if !isLive, now() - running[position].progress.lastPrinted > secondsBetweenLines {
        // The first ten seconds pass in silence: most steps are over by then.
        if running[position].progress.lastPrinted > 0 {
          say(line(task.id, running[position].progress.text))
        }
        running[position].progress.lastPrinted = now()
      }
    case .log(let level, let message) where level >= 2:
      say(line(task.id, "\(Terminal.styled("warning:", .yellow)) \(Visible.cell(message))"))
    case .log(let level, let message) where level == 1:
      say(line(task.id, Terminal.styled(Visible.cell(message), .dim)))
    case .log, .metric, .record, .end: break
    }
  }

  func taskEnded(_ task: Plan.Task, _ end: TaskEnd) {
    running.removeAll { $0.id == task.id }
    ended += 1
    let time = Quantity.text(seconds: end.duration)
    switch end.status {
    case .done: say(line(task.id, Terminal.styled("done", .green) + " in \(time)"))
    // A run with nothing to do says so in one line at its end, not in a hundred.
    case .reused: break
    case .failed:
      say(line(task.id, Terminal.styled("failed", .red) + " after \(time): \(end.message ?? "")"))
      if let log = end.log { say(line("", "its log: \(log)")) }
    case .cancelled: say(line(task.id, "stopped"))
    case .skipped: say(line(task.id, "skipped: \(end.message ?? "")"))
    case .waiting, .running, .interrupted: break
    }
  }

  func tick() {
    guard isLive, now() - lastDrawn > 0.2 else { return }
    draw()
  }

  /// Takes the redrawn lines away; after this the terminal is the caller's.
  func finish() { erase() }

  private func line(_ id: String, _ text: String) -> String {
    let id = Visible.cell(id)
    let space = String(repeating: " ", count: max(0, names - id.count))
    return "  \(id)\(space)  \(text)"
  }

  private func say(_ text: String) {
    erase()
    Terminal.line(text, to: .standardError)
    if isLive { draw() }
  }

  private func erase() {
    guard drawnLines > 0 else { return }
    // Up, and clear to the end of the screen.
    Terminal.write("\u{1B}[\(drawnLines)A\u{1B}[J", to: .standardError)
    drawnLines = 0
  }

  private func draw() {
    lastDrawn = now()
    erase()
    let width = Terminal.width
    for (id, progress) in running.prefix(8) {
      let text = line(id, progress.text.isEmpty ? "…" : progress.text)
      Terminal.line(Terminal.styled(String(text.prefix(width - 1)), .dim), to: .standardError)
      drawnLines += 1
    }
  }
}
