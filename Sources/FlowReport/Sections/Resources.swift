import FlowCore

/// What each step took against what it asked for: time, processor cores, memory.
package enum Resources {
  private static let rowLimit = 200

  /// The table; nothing where no step ran.
  package static func table(_ summaries: [StepSummary]) -> HTML {
    let used = summaries.filter { ($0.use?.attempts ?? 0) > 0 }
    guard !used.isEmpty else { return .empty }
    let longest = used.compactMap { $0.use?.seconds }.max() ?? 1
    var body = Elements.table(
      [
        "Step", "Tasks run", "Each", "Longest", "Together", "Cores used of asked",
        "Peak memory of asked",
      ],
      numeric: [1, 2, 3],
      rows: used.prefix(rowLimit).compactMap { summary in
        summary.use.map { row(summary, $0, longest: longest) }
      })
    if used.count > rowLimit {
      body += "<p class=\"note\">The first \(rowLimit) of \(used.count) steps.</p>\n"
    }
    return body
  }

  static func html(_ summaries: [StepSummary]) -> HTML {
    let table = table(summaries)
    guard table != .empty else { return .empty }
    return Elements.section(
      "resources", "Resources",
      table
        + "<p class=\"note\">Of the attempts of this run; what was reused took nothing. Memory is asked for to decide what runs side by side, and is no bound.</p>\n"
    )
  }

  private static func row(
    _ summary: StepSummary, _ use: StepSummary.Use, longest: Double
  ) -> [HTML] {
    let each = use.seconds / Double(max(1, use.attempts))
    let cores = use.seconds > 0.05 ? use.processorSeconds / use.seconds : 0
    return [
      "\(summary.step)", "\(use.attempts)", "\(Quantity.span( each))",
      "\(Quantity.span( use.longest))",
      "\(meter(use.seconds / max(longest, 1e-9)))\(Quantity.span( use.seconds))",
      measure(
        cores / Double(max(1, summary.cpus)), "\(Quantity.decimal(cores, 1)) of \(summary.cpus)"),
      memory(use.peakMemory, of: summary.memory),
    ]
  }

  private static func memory(_ peak: Int, of asked: Int?) -> HTML {
    guard peak > 0 else { return "<span class=\"faint\">not known</span>" }
    guard let asked, asked > 0 else {
      return "\(Quantity.text(bytes: peak)) <span class=\"faint\">none asked</span>"
    }
    let share = Double(peak) / Double(asked)
    let mark: HTML = share > 1 ? " <span class=\"note warning\">more than asked</span>" : ""
    return measure(share, "\(Quantity.text(bytes: peak)) of \(Quantity.text(bytes: asked))") + mark
  }

  private static func measure(_ share: Double, _ text: String) -> HTML {
    "<span class=\"measure\">\(meter(share))\(text)</span>"
  }

  /// A share as a bar; the number beside it says the same.
  private static func meter(_ share: Double) -> HTML {
    let width = 56 * min(1, max(0, share.isFinite ? share : 0))
    let tone: HTML = share > 1.0001 ? " over" : ""
    return """
      <svg class="meter\(tone)" width="56" height="8" viewBox="0 0 56 8" aria-hidden="true"><rect class="rail" width="56" height="8" rx="2"/><rect class="fill" width="\(width)" height="8" rx="2"/></svg>
      """
  }
}
