import FlowCore
import FlowReport

/// What is running now, how far it is and what it needs.
enum RunningSteps {
  private static let limit = 24

  static func html(_ run: RunRecord, in ledger: Ledger) throws -> HTML {
    guard run.status == .running else { return .empty }
    let filter = StepFilter(status: .running)
    let steps = try ledger.steps(ofRun: run.id, filter, limit: limit, offset: 0)
    guard !steps.isEmpty else { return .empty }
    var body: HTML = "<div class=\"cards\">\n"
    for step in steps { body += try card(step, run, in: ledger) }
    body += "</div>\n"
    let total = try ledger.stepCount(ofRun: run.id, filter)
    if total > steps.count {
      body += "<p class=\"note\">The first \(steps.count) of \(Quantity.grouped(total)).</p>\n"
    }
    return Elements.section("running", "Running", body)
  }

  private static func card(_ step: StepRecord, _ run: RunRecord, in ledger: Ledger) throws -> HTML {
    let attempt = try ledger.attempts(ofStep: step.id).last
    let progress = try ledger.progress(ofStep: step.id)
    var facts = [Quantity.text(seconds: max(0, now() - (step.started ?? now())).rounded(.down))]
    if let attempt, attempt.number > 1 { facts.append("attempt \(attempt.number)") }
    // Only here can the process be looked at; its number comes from the ledger.
    if let pid = attempt?.pid, run.host == hostName(),
      let memory = ProcessTree.memory(under: pid, isIncluded: true), memory > 0
    {
      facts.append(Quantity.text(bytes: memory))
    }
    var card: HTML = """
      <article class="card"><h3><a href="\(Link.step(step))">\(step.name)</a> <span class="faint">\(step.operation)</span></h3>

      """
    if let progress {
      card += bar(progress)
      card += "<p>\(words(progress))</p>\n"
    } else {
      card += "<div class=\"unknown\" aria-hidden=\"true\"></div>\n"
    }
    return card + "<p class=\"faint\">\(facts.joined(separator: " · "))</p></article>\n"
  }

  static func bar(_ progress: StepProgress) -> HTML {
    guard progress.total > 0, (0...progress.total).contains(progress.done) else {
      return "<div class=\"unknown\" aria-hidden=\"true\"></div>\n"
    }
    let thousandths = Int(1000 * progress.done / progress.total)
    return
      "<progress max=\"1000\" value=\"\(thousandths)\" aria-label=\"progress\">\(thousandths / 10) %</progress>\n"
  }

  static func words(_ progress: StepProgress) -> String {
    func amount(_ value: Double) -> String {
      progress.unit == "bytes"
        ? Quantity.text(bytes: Int(saturating: value)) : Quantity.text(count: value)
    }
    var text = amount(progress.done)
    if progress.total > 0 { text += " of \(amount(progress.total))" }
    if progress.unit != "bytes" { text += " \(progress.unit)" }
    if let rate = progress.rate, rate > 0 {
      text += ", \(amount(rate))/s"
      if progress.total > progress.done {
        let left = (progress.total - progress.done) / rate
        text += ", \(Quantity.text(seconds: left)) left"
      }
    }
    return progress.note.map { "\(text), \($0)" } ?? text
  }
}
