import FlowCore

/// When each step ran: a bar for each attempt, on the clock of the run.
package struct Timeline {
  static let width = 1080.0
  static let rowHeight = 22.0
  private static let left = 250.0
  private static let right = 990.0
  private static let top = 8.0
  /// More rows than this are no picture any more.
  static let rowLimit = 120

  struct Bar: Equatable {
    var begin: Double
    var end: Double
    var status: StepStatus
    var text: String
  }

  struct Row {
    var name: String
    var bars: [Bar]
    /// Said at the row's beginning: where a result was reused from.
    var note: String?
  }

  let rows: [Row]
  let ticks: Ticks
  /// How many steps were left out.
  let omitted: Int
  private let x: PlotScale

  /// A row for each task; for each step of the workflow where there are too many.
  package init(_ contents: RunContents) {
    let involved = contents.steps.filter {
      !$0.attempts.isEmpty || $0.record.status == .reused
    }
    let last = contents.lastMoment
    if contents.isPart || involved.count > Self.rowLimit, !contents.summaries.isEmpty {
      self.init(contents.summaries, of: contents.run, until: last)
    } else {
      self.init(involved, of: contents.run, until: last)
    }
  }

  private init(_ involved: [StepContents], of run: RunRecord, until last: Double) {
    let start = run.started
    let (ticks, scale) = Self.clock(from: start, to: last)
    // What ran first stands first; what was reused took no time and stands in the plan's order at its end.
    let sorted = involved.enumerated().sorted { one, other in
      let times = (
        one.element.attempts.first?.started ?? .infinity,
        other.element.attempts.first?.started ?? .infinity
      )
      return times.0 != times.1 ? times.0 < times.1 : one.offset < other.offset
    }.map(\.element)
    let rows = sorted.prefix(Self.rowLimit).map { step in
      let bars = step.attempts.enumerated().map { position, attempt in
        let isLast = position == step.attempts.count - 1
        let status = isLast ? step.record.status : StepStatus.failed
        let end = attempt.ended ?? last
        let took = Quantity.span(max(0, end - attempt.started))
        let number = step.attempts.count > 1 ? ", attempt \(attempt.number)" : ""
        return Bar(
          begin: scale.position(of: max(0, attempt.started - start)) ?? Self.left,
          end: scale.position(of: max(0, end - start)) ?? Self.left, status: status,
          text: "\(step.record.name)\(number): \(status.rawValue), \(took)")
      }
      let note =
        step.record.status == .reused
        ? step.origin.map { "reused from \($0.run)" } ?? "reused" : nil
      return Row(name: step.record.name, bars: bars, note: note)
    }
    self.init(rows: rows, omitted: sorted.count - rows.count, ticks: ticks, x: scale)
  }

  /// From the first beginning to the last end of each step's tasks.
  ///
  /// - Parameter last: the run's end, or now.
  package init(_ summaries: [StepSummary], of run: RunRecord, until last: Double) {
    let (ticks, scale) = Self.clock(from: run.started, to: last)
    let involved = summaries.filter { $0.use != nil || $0.counts[.reused] != nil }
    let sorted = involved.enumerated().sorted {
      ($0.element.use?.began ?? .infinity, $0.offset)
        < ($1.element.use?.began ?? .infinity, $1.offset)
    }.map(\.element)
    let rows = sorted.prefix(Self.rowLimit).map { summary -> Row in
      let tasks = summary.total == 1 ? "1 task" : "\(summary.total) tasks"
      guard let use = summary.use else {
        return Row(name: summary.step, bars: [], note: "\(tasks) reused")
      }
      let isOpen = (summary.counts[.running] ?? 0) > 0
      let end = isOpen ? last : use.ended
      let status = StepStatus.byConcern.first { summary.counts[$0] != nil && $0 != .waiting }
      let bar = Bar(
        begin: scale.position(of: max(0, use.began - run.started)) ?? Self.left,
        end: scale.position(of: max(0, end - run.started)) ?? Self.left,
        status: status ?? .done,
        text: "\(summary.step): \(tasks), \(Quantity.span( max(0, end - use.began)))")
      return Row(name: summary.step, bars: [bar], note: nil)
    }
    self.init(rows: rows, omitted: sorted.count - rows.count, ticks: ticks, x: scale)
  }

  private init(rows: [Row], omitted: Int, ticks: Ticks, x: PlotScale) {
    self.rows = rows
    self.omitted = omitted
    self.ticks = ticks
    self.x = x
  }

  private static func clock(from start: Double, to last: Double) -> (Ticks, PlotScale) {
    let ticks = Ticks.duration(to: max(last - start, 0.1))
    return (ticks, PlotScale(ticks: ticks, start: left, end: right))
  }

  package var html: HTML {
    guard !rows.isEmpty else { return "<p class=\"note\">No step has begun.</p>\n" }
    let bottom = Self.top + Double(rows.count) * Self.rowHeight
    let height = bottom + 30
    var drawing: HTML = """
      <div class="scroll"><svg class="timeline" role="img" aria-labelledby="timeline-name timeline-desc" width="\(Self.width)" height="\(height)" viewBox="0 0 \(Self.width) \(height)">
      <title id="timeline-name">Timeline</title>
      <desc id="timeline-desc">A bar for each attempt of \(rows.count) steps, from the run's beginning on.</desc>
      <g class="axes">

      """
    for tick in ticks.ticks {
      guard let at = x.position(of: tick.value) else { continue }
      drawing +=
        "<path class=\"grid\" d=\"M\(at) \(Self.top)V\(bottom)\"/><text x=\"\(at)\" y=\"\(bottom + 17)\" text-anchor=\"middle\">\(tick.label)</text>\n"
    }
    drawing += "</g>\n"
    for (position, row) in rows.enumerated() {
      drawing += self.row(row, at: Self.top + Double(position) * Self.rowHeight)
    }
    drawing += "</svg></div>\n"
    if omitted > 0 {
      drawing +=
        "<p class=\"note\">The first \(rows.count) steps to begin; \(omitted) more are not drawn.</p>\n"
    }
    return drawing
  }

  private func row(_ row: Row, at y: Double) -> HTML {
    var group: HTML =
      "<g><text class=\"name\" x=\"\(Self.left - 10)\" y=\"\(y + 15)\" text-anchor=\"end\">\(GraphDrawing.shortened(row.name, to: 36))<title>\(row.name)</title></text>"
    for bar in row.bars {
      // A step of a millisecond must still be seen.
      let width = max(2, bar.end - bar.begin)
      group +=
        "<rect class=\"bar \(bar.status.rawValue)\" x=\"\(bar.begin)\" y=\"\(y + 4)\" width=\"\(width)\" height=\"\(Self.rowHeight - 8)\" rx=\"2\"><title>\(bar.text)</title></rect>"
    }
    if let last = row.bars.last {
      let took = last.text.split(separator: ",").last.map(String.init) ?? ""
      group +=
        "<text class=\"took\" x=\"\(max(last.end, last.begin + 2) + 6)\" y=\"\(y + 15)\">\(took)</text>"
    } else if let note = row.note {
      group += "<text class=\"reuse\" x=\"\(Self.left + 4)\" y=\"\(y + 15)\">↺ \(note)</text>"
    }
    return group + "</g>\n"
  }
}
