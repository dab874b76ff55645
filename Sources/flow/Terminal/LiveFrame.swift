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
        StyledLine("✕ \(Count.text(tally.failed - Self.shownFailures)) more failed", .red))
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
      line.add("  \(Count.text(step.ended))/\(Count.text(step.total))", .bold)
      if step.running > 0 { line.add("  \(step.running) running", .dim) }
      if step.failed > 0 { line.add("  \(Count.text(step.failed)) failed", .red) }
      if step.left > 0 { line.add("  \(Count.text(step.left)) left out", .dim) }
      if let mean = step.mean { line.add("  \(Span.text(mean)) each", .dim) }
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
      line.add("  \(again)\(Span.text(moment - task.began))", .dim)
      if !task.progress.text.isEmpty { line.add("  \(task.progress.text)") }
      return line
    }
    if all.count > shown.count {
      lines.append(StyledLine("  and \(Count.text(all.count - shown.count)) more running", .dim))
    }
    return lines
  }

  private func tells(_ task: RunTally.Running) -> Bool { !task.progress.text.isEmpty }

  private func status(columns: Int) -> [StyledLine] {
    var counts = StyledLine("  ")
    if isStopping { counts.add("stopping, ", .yellow) }
    let done = tally.done + tally.reused
    counts.add("\(Count.text(done)) of \(Count.text(tally.total)) done", .bold)
    if tally.failed > 0 { counts.add(", \(Count.text(tally.failed)) failed", .red) }
    if tally.left > 0 { counts.add(", \(Count.text(tally.left)) left out", .dim) }
    counts.add(", \(Count.text(tally.runningCount)) running")
    var times = StyledLine(Span.text(moment - tally.began))
    if let rate { times.add(", \(Quantity.text(count: rate)) steps/s") }
    // An estimate after a moment is a guess.
    if !isStopping, moment - tally.began > 2, tally.ended < tally.total,
      let left = tally.secondsLeft(at: moment), left > 1
    {
      times.add(", about \(Span.text(left)) left")
    }
    if let memory, memory > 0 { times.add(", \(Quantity.text(bytes: memory)) of memory", .dim) }
    let isNarrow = DisplayWidth.of(counts.text) + DisplayWidth.of(times.text) + 3 > columns
    return isNarrow ? [counts, StyledLine("  ") + times] : [counts + StyledLine(", ") + times]
  }
}

/// Counts with their thousands apart: "12,000".
enum Count {
  static func text(_ count: Int) -> String {
    let digits = Array(String(count.magnitude))
    var text = count < 0 ? "-" : ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }
}

/// Times as a task takes them: below a second in milliseconds.
enum Span {
  static func text(_ seconds: Double) -> String {
    if seconds < 0.0995 { return "\(max(0, Int((seconds * 1000).rounded()))) ms" }
    return Quantity.text(seconds: seconds)
  }
}
