import FlowCore

/// The part of a live terminal that is redrawn: failures, which stay; steps of many tasks, each in one line; what
/// is running; and the whole in the last line.
struct LiveFrame {
  let tally: RunTally
  /// On the monotonic clock.
  let moment: Double
  /// In bytes, of all that runs; nil where it is not known.
  let memory: Int?
  /// Steps ended per second, of late; nil where it is not worth telling.
  let rate: Double?
  let isStopping: Bool

  /// - Parameters:
  ///   - rows: at most so many lines, at least 1.
  ///   - columns: the window's width: where the last line does not fit, it is two.
  func lines(rows: Int, columns: Int) -> [StyledLine] {
    let status = Array(self.status(columns: columns).prefix(max(1, rows)))
    // A small window keeps the last lines, then the failures.
    let failures = Array(self.failures.prefix(max(0, rows - status.count)))
    let steps = Array(self.steps.prefix(max(0, rows - status.count - failures.count)))
    let room = rows - status.count - failures.count - steps.count
    return failures + steps + running(rows: min(8, room)) + status
  }

  private static let shownFailures = 3

  private var failures: [StyledLine] {
    var lines: [StyledLine] = []
    for failure in tally.failures.prefix(Self.shownFailures) {
      var line = StyledLine("✕ \(Visible.cell(failure.id))", .red)
      line.add("  \(Visible.cell(failure.message))")
      lines.append(line)
      if let log = failure.log {
        lines.append(StyledLine("  log: \(Visible.cell(Self.short(log)))", .dim))
      }
    }
    if tally.failed > Self.shownFailures {
      lines.append(
        StyledLine("✕ \(Quantity.grouped(tally.failed - Self.shownFailures)) more failed", .red))
    }
    return lines
  }

  /// A log's path with a `*` in its key, as a shell completes it: a line that is cut could not be copied.
  private static func short(_ log: String) -> String {
    let parts = log.split(separator: "/", omittingEmptySubsequences: false).map { part in
      part.count == 64 ? "\(part.prefix(12))*" : String(part)
    }
    return parts.joined(separator: "/")
  }

  /// Steps of several tasks that have begun and are not over.
  private var steps: [StyledLine] {
    let begun = tally.steps.filter {
      $0.total > 1 && !$0.isOver && ($0.ended > 0 || $0.running > 0)
    }
    let shown = begun.prefix(6)
    let widest = shown.map { min(32, DisplayWidth.of(Visible.cell($0.name))) }.max() ?? 0
    var lines = shown.map { step -> StyledLine in
      let name = DisplayWidth.cut(Visible.cell(step.name), to: 32)
      var line = StyledLine("  \(DisplayWidth.padded(name, to: widest))  ")
      line.add(Self.bar(step, columns: 20), .green)
      line.add("  \(Quantity.grouped(step.ended))/\(Quantity.grouped(step.total))", .bold)
      if step.running > 0 { line.add("  \(step.running) running", .dim) }
      if step.failed > 0 { line.add("  \(Quantity.grouped(step.failed)) failed", .red) }
      if step.left > 0 { line.add("  \(Quantity.grouped(step.left)) left out", .dim) }
      if let mean = step.mean { line.add("  \(Quantity.span(mean)) each", .dim) }
      return line
    }
    if begun.count > shown.count {
      lines.append(StyledLine("  and \(begun.count - shown.count) more steps", .dim))
    }
    return lines
  }

  private static func bar(_ step: RunTally.Step, columns: Int) -> String {
    let full = step.ended * columns / max(1, step.total)
    return String(repeating: "━", count: full) + String(repeating: "╌", count: columns - full)
  }

  /// What tells its progress first: a step of many tasks has its own line already.
  private func running(rows: Int) -> [StyledLine] {
    guard rows > 0 else { return [] }
    let all = tally.running.enumerated().sorted {
      (tells($1.element) ? 1 : 0, $0.offset) < (tells($0.element) ? 1 : 0, $1.offset)
    }.map(\.element)
    let shown = all.count > rows ? Array(all.prefix(rows - 1)) : all
    let widest = shown.map { min(40, DisplayWidth.of(Visible.cell($0.id))) }.max() ?? 0
    var lines = shown.map { task -> StyledLine in
      let id = DisplayWidth.cut(Visible.cell(task.id), to: 40)
      var line = StyledLine("▶ ", .yellow)
      line.add(DisplayWidth.padded(id, to: widest))
      let again = task.attempt > 1 ? "attempt \(task.attempt), " : ""
      line.add("  \(again)\(Quantity.span(moment - task.began))", .dim)
      if !task.progress.text.isEmpty { line.add("  \(task.progress.text)") }
      return line
    }
    if all.count > shown.count {
      lines.append(
        StyledLine("  and \(Quantity.grouped(all.count - shown.count)) more running", .dim))
    }
    return lines
  }

  private func tells(_ task: RunTally.Running) -> Bool { !task.progress.text.isEmpty }

  private func status(columns: Int) -> [StyledLine] {
    var counts = StyledLine("  ")
    if isStopping { counts.add("stopping, ", .yellow) }
    let done = tally.done + tally.reused
    counts.add("\(Quantity.grouped(done)) of \(Quantity.grouped(tally.total)) done", .bold)
    if tally.failed > 0 { counts.add(", \(Quantity.grouped(tally.failed)) failed", .red) }
    if tally.left > 0 { counts.add(", \(Quantity.grouped(tally.left)) left out", .dim) }
    counts.add(", \(Quantity.grouped(tally.runningCount)) running")
    var times = StyledLine(Quantity.span(moment - tally.began))
    if let rate { times.add(", \(Quantity.text(count: rate)) steps/s") }
    // An estimate after a moment is a guess.
    if !isStopping, moment - tally.began > 2, tally.ended < tally.total,
      let left = tally.secondsLeft(at: moment), left > 1
    {
      times.add(", about \(Quantity.span(left)) left")
    }
    if let memory, memory > 0 { times.add(", \(Quantity.text(bytes: memory)) of memory", .dim) }
    let isNarrow = DisplayWidth.of(counts.text) + DisplayWidth.of(times.text) + 3 > columns
    return isNarrow ? [counts, StyledLine("  ") + times] : [counts + StyledLine(", ") + times]
  }
}
