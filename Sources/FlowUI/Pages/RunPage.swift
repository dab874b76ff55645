import FlowCore
import FlowReport

/// One run: how far it is, what went wrong, what is running, what it learns, and its steps.
struct RunPage {
  private let run: RunRecord
  private let request: Request

  init(_ run: RunRecord, _ request: Request) {
    self.run = run
    self.request = request
  }

  func page(of ledger: Ledger, _ layout: Layout) throws -> String {
    let summaries = try ledger.summaries(ofRun: run.id)
    let edges = try ledger.edges(ofRun: run.id)
    var body = live("head", head(summaries))
    body += live("failures", try Failures.html(run, in: ledger))
    body += live("running", try RunningSteps.html(run, in: ledger))
    body += live("results", try results(ledger))
    body += live("charts", try RunCharts.html(run, in: ledger))
    body += live("graph", graph(summaries, edges))
    body += live("summary", table(summaries))
    body += live("timeline", try timeline(summaries, ledger))
    body += try StepList(run, request).html(ledger, summaries)
    body += try provenance(ledger)
    return layout.page(
      "\(run.workflow) \(run.status.rawValue)", crumbs: [("runs", "/")],
      seconds: run.status == .running ? 1 : 5, body)
  }

  /// A part of the page that is kept up to date; there even when it is empty, as it may be filled later.
  private func live(_ id: String, _ body: HTML) -> HTML {
    "<div id=\"live-\(id)\" data-live>\(body)</div>\n"
  }

  private func head(_ summaries: [StepSummary]) -> HTML {
    var counts: [StepStatus: Int] = [:]
    for summary in summaries { counts.merge(summary.counts, uniquingKeysWith: +) }
    return """
      <header>
      <h1>\(run.workflow) \(run.status.mark)</h1>
      \(StatusBar.html(counts))\(StatusBar.legend(counts))<dl class="facts">
      <div><dt>Run</dt><dd><code>\(run.id)</code></dd></div>
      <div><dt>Began</dt><dd>\(Moment.text(run.started))</dd></div>
      <div><dt>Took</dt><dd>\(Took.text(of: run))</dd></div>
      <div><dt>Machine</dt><dd>\(run.host), \(run.cpus) \(run.cpus == 1 ? "core" : "cores"), \(Quantity.text(bytes: run.memory))</dd></div>
      <div><dt>flow</dt><dd>\(run.flowVersion)</dd></div>
      <div><dd><a href="\(Link.run(run.id))/report">Report</a></dd></div>
      </dl>
      </header>

      """
  }

  private func results(_ ledger: Ledger) throws -> HTML {
    let steps = try ledger.steps(ofRun: run.id, withRecords: "table:", limit: 60).map { record in
      var step = StepContents(record)
      step.records = try ledger.records(ofStep: record.madeBy)
      return step
    }
    return ResultTables.html(of: steps)
  }

  private func graph(_ summaries: [StepSummary], _ edges: [(from: String, to: String)]) -> HTML {
    guard summaries.count > 1 else { return .empty }
    guard summaries.count <= 150 else {
      return Elements.section(
        "graph", "Workflow",
        "<p class=\"note\">\(summaries.count) steps are too many for a drawing.</p>\n")
    }
    let nodes = summaries.map { summary in
      StepGraph.Node(
        step: summary.step, operation: summary.operation, counts: summary.counts,
        link: Link.steps(of: run.id, step: summary.step))
    }
    return Elements.section(
      "graph", "Workflow", GraphDrawing(StepGraph(nodes: nodes, edges: edges)).html)
  }

  private func table(_ summaries: [StepSummary]) -> HTML {
    let resources = Resources.table(summaries)
    var body = HTML.empty
    // With a task a step the list below says the same.
    if summaries.contains(where: { $0.total > 1 }) {
      body += Elements.table(
        ["Step", "Operation", "Tasks", ""],
        rows: summaries.prefix(200).map { summary in
          [
            "<a href=\"\(Link.steps(of: run.id, step: summary.step))\">\(summary.step)</a>",
            "<span class=\"faint\">\(summary.operation)</span>",
            "\(StatusBar.html(summary.counts, isSmall: true))\(Quantity.grouped(summary.ended))/\(Quantity.grouped(summary.total))",
            StatusBar.legend(summary.counts),
          ]
        })
    }
    if resources != .empty { body += "<h3>Time, processor and memory</h3>\n\(resources)" }
    return body == .empty ? .empty : Elements.section("summary", "By step", body)
  }

  private func timeline(_ summaries: [StepSummary], _ ledger: Ledger) throws -> HTML {
    guard summaries.contains(where: { $0.use != nil }) else { return .empty }
    let total = summaries.reduce(0) { $0 + $1.total }
    let last = run.ended ?? (run.status == .running ? now() : lastMoment(summaries))
    guard total <= 60 else {
      return Elements.section(
        "timeline", "Timeline", Timeline(summaries, of: run, until: last).html)
    }
    var attempts: [Int: [AttemptRecord]] = [:]
    for (step, attempt) in try ledger.attempts(ofRun: run.id, limit: 1000) {
      attempts[step, default: []].append(attempt)
    }
    let steps = try ledger.steps(ofRun: run.id).map { record in
      StepContents(record, attempts: attempts[record.id, default: []])
    }
    var shown = run
    shown.ended = last
    return Elements.section(
      "timeline", "Timeline",
      Timeline(RunContents(run: shown, source: "", steps: steps, summaries: summaries)).html)
  }

  private func lastMoment(_ summaries: [StepSummary]) -> Double {
    summaries.compactMap { $0.use?.ended }.reduce(run.started, max)
  }

  private func provenance(_ ledger: Ledger) throws -> HTML {
    var body = HTML.empty
    let parameters = (run.parameters.object ?? [:]).sorted { $0.key < $1.key }
    if !parameters.isEmpty {
      body += Elements.table(
        ["Parameter", "Value"],
        rows: parameters.map { name, value in
          [
            "<code>\(name)</code>",
            "<code>\(GraphDrawing.shortened(plain(value), to: 1000))</code>",
          ]
        })
    }
    let published = try ledger.published(byRun: run.id, limit: 300)
    if !published.isEmpty {
      body += Elements.table(
        ["Published result", "SHA-256"],
        rows: published.map { path, sha256 in
          ["<span class=\"path\">\(path)</span>", Elements.hash(sha256)]
        })
    }
    body += Elements.folded(
      "The workflow file <span class=\"path\">\(run.file)</span>",
      Elements.verbatim(try ledger.source(ofRun: run.id), limit: 100_000))
    return Elements.section("provenance", "What was run", body)
  }
}
