import FlowCore
import FlowReport

/// All runs, the newest first.
struct RunList {
  private static let pageSize = 30
  private let request: Request
  private let past: PastCounts

  init(_ request: Request, _ past: PastCounts) {
    self.request = request
    self.past = past
  }

  func page(of ledger: Ledger, _ layout: Layout) throws -> String {
    let pager = Pager(
      size: Self.pageSize, total: try ledger.runCount(), wanted: request.query["page"])
    let runs = try ledger.runs(limit: pager.size, offset: pager.offset)
    guard !runs.isEmpty else { return layout.nothingYet(Diagnostic("The history is empty.")) }
    let rows = try runs.map { try row($0, ledger) }
    let isBusy = runs.contains { $0.status == .running }
    return layout.page(
      "Runs", seconds: isBusy ? 1 : 2,
      """
      <h1>Runs</h1>
      <div id="runs" data-live>\(Elements.table(["Workflow", "Status", "Steps", "Began", "Took", "Run"], rows: rows))\
      \(pager.html { "/?page=\($0)" })</div>

      """)
  }

  private func row(_ run: RunRecord, _ ledger: Ledger) throws -> [HTML] {
    let counts = try past.counts(of: run, in: ledger)
    let total = counts.values.reduce(0, +)
    let done = (counts[.done] ?? 0) + (counts[.reused] ?? 0)
    let link = Link.run(run.id)
    let took = Took.text(of: run)
    let failed: HTML =
      counts[.failed].map { " <span class=\"status failed\">✕&nbsp;\(Quantity.grouped($0))</span>" }
      ?? .empty
    return [
      "<a href=\"\(link)\"><strong>\(run.workflow)</strong></a>", run.status.mark,
      "\(StatusBar.html(counts, isSmall: true))\(Quantity.grouped(done))/\(Quantity.grouped(total))\(failed)",
      "\(Moment.text(run.started))", "\(took)",
      "<a href=\"\(link)\"><code class=\"hash\">\(run.id)</code></a>",
    ]
  }
}

/// How long a run took, or has taken so far.
enum Took {
  static func text(of run: RunRecord) -> String {
    if let ended = run.ended { return Quantity.text(seconds: max(0, ended - run.started)) }
    return run.status == .running
      ? "\(Quantity.text(seconds: max(0, now() - run.started).rounded(.down))) so far" : ""
  }
}
