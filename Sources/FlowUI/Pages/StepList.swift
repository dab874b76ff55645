import FlowCore
import FlowReport

/// The tasks of a run as a table with filters, a page at a time.
struct StepList {
  private static let pageSize = 100
  private let run: RunRecord
  private let filter: StepFilter
  private let wanted: String?

  init(_ run: RunRecord, _ request: Request) {
    self.run = run
    wanted = request.query["page"]
    filter = StepFilter(
      text: String((request.query["find"] ?? "").prefix(200)),
      status: request.query["status"].flatMap { StepStatus(rawValue: $0) },
      step: request.query["step"].flatMap { $0.isEmpty ? nil : $0 })
  }

  func html(_ ledger: Ledger, _ summaries: [StepSummary]) throws -> HTML {
    let total = try ledger.stepCount(ofRun: run.id, filter)
    let pager = Pager(size: Self.pageSize, total: total, wanted: wanted)
    let steps = try ledger.steps(
      ofRun: run.id, filter, limit: pager.size, offset: pager.offset)
    let rows = try steps.map { try row($0, ledger) }
    let table: HTML =
      rows.isEmpty
      ? "<p class=\"note\">No step is like that.</p>\n"
      : Elements.table(
        ["Step", "Operation", "Status", "Took", "Processor", "Peak memory", "Message"],
        numeric: [3, 4, 5], rows: rows)
    return Elements.section(
      "steps", "Steps",
      """
      \(form(summaries))<div id="live-steps" data-live>\(table)\(pager.html(link))</div>

      """)
  }

  private func form(_ summaries: [StepSummary]) -> HTML {
    func option(_ value: String, _ name: String, _ isChosen: Bool) -> HTML {
      "<option value=\"\(value)\"\(isChosen ? " selected" : HTML.empty)>\(name)</option>"
    }
    let steps = summaries.prefix(500).map { option($0.step, $0.step, $0.step == filter.step) }
    let statuses = StepStatus.byConcern.map {
      option($0.rawValue, $0.rawValue, $0 == filter.status)
    }
    return """
      <form class="filters" method="get" action="\(Link.run(run.id))#steps">
      <label>Name <input type="search" name="find" value="\(filter.text)" size="18"></label>
      <label>Step <select name="step">\(option("", "all", filter.step == nil))\(steps)</select></label>
      <label>Status <select name="status">\(option("", "all", filter.status == nil))\(statuses)</select></label>
      <button>Show</button> \(isFiltered ? "<a href=\"\(Link.run(run.id))#steps\">all</a>" : HTML.empty)
      </form>

      """
  }

  private var isFiltered: Bool {
    !filter.text.isEmpty || filter.status != nil || filter.step != nil
  }

  private func link(_ page: Int) -> String {
    var address = "\(Link.run(run.id))?page=\(page)"
    if !filter.text.isEmpty { address += "&find=\(URLText.encoded(filter.text))" }
    if let status = filter.status { address += "&status=\(status.rawValue)" }
    if let step = filter.step { address += "&step=\(URLText.encoded(step))" }
    return address + "#steps"
  }

  private func row(_ step: StepRecord, _ ledger: Ledger) throws -> [HTML] {
    let attempt = try ledger.attempts(ofStep: step.madeBy).last
    let took = attempt.flatMap { attempt in
      attempt.ended.map { Quantity.span(max(0, $0 - attempt.started)) }
    }
    let processor = attempt.flatMap { attempt in
      attempt.userSeconds.map { Quantity.span($0 + (attempt.systemSeconds ?? 0)) }
    }
    let peak = attempt?.peakMemory.flatMap { $0 > 0 ? Quantity.text(bytes: $0) : nil }
    return [
      "<a href=\"\(Link.step(step))\">\(step.name)</a>",
      "<span class=\"faint\">\(step.operation)</span>", step.status.mark, "\(took ?? "")",
      "\(processor ?? "")", "\(peak ?? "")",
      "\(step.message.map { GraphDrawing.shortened($0, to: 160) } ?? "")",
    ]
  }
}
