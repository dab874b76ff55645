import Files
import FlowCore

/// The top of the page: what ran, how it ended, and what went wrong.
enum Headline {
  static func html(_ contents: RunContents) -> HTML {
    let run = contents.run
    var counts = HTML.empty
    for (status, count) in contents.counts {
      counts +=
        "<span class=\"status \(status.rawValue)\">\(status.sign)&nbsp;\(count)&nbsp;\(status.rawValue)</span> "
    }
    if contents.steps.isEmpty { counts = "<span class=\"faint\">no steps</span>" }
    return """
      <header>
      <h1>\(run.workflow) \(run.status.mark)</h1>
      <p class="counts">\(counts)</p>
      <dl class="facts">
      <div><dt>Run</dt><dd><code>\(run.id)</code></dd></div>
      <div><dt>Began</dt><dd>\(Moment.text(run.started))</dd></div>
      <div><dt>Took</dt><dd>\(duration(contents))</dd></div>
      <div><dt>Machine</dt><dd>\(run.host), \(run.cpus) \(run.cpus == 1 ? "core" : "cores"), \(Quantity.text(bytes: run.memory))</dd></div>
      <div><dt>flow</dt><dd>\(run.flowVersion)</dd></div>
      </dl>
      </header>

      """
  }

  private static func duration(_ contents: RunContents) -> String {
    let seconds = Quantity.text(seconds: max(0, contents.lastMoment - contents.run.started))
    switch contents.run.status {
    case .running: return "\(seconds) so far"
    case .interrupted: return "at least \(seconds)"
    case .done, .failed, .cancelled: return seconds
    }
  }

  /// How many failures are told in full.
  private static let failureLimit = 20

  /// The steps that went wrong, each with its message, the end of its log and what to type next; nothing where
  /// none did.
  static func failures(_ contents: RunContents) -> HTML {
    let failed = contents.steps.filter {
      [.failed, .interrupted].contains($0.record.status)
        || ($0.record.status == .cancelled && !$0.attempts.isEmpty)
    }
    guard !failed.isEmpty else { return .empty }
    var body = HTML.empty
    for (position, step) in failed.prefix(failureLimit).enumerated() {
      let record = step.record
      body += """
        <article class="failure">
        <h3>\(record.status.mark) \(record.name) <span class="faint">\(record.operation)</span></h3>
        <p class="message">\(record.message ?? "No reason is known.")</p>

        """
      if let last = step.attempts.last {
        body += "<p class=\"note\">\(ending(of: last, among: step.attempts.count))</p>\n"
      }
      if let tail = step.logTail {
        body += Elements.folded(
          "The end of its log", Elements.verbatim(tail, limit: 9_000, fromEnd: true),
          isOpen: position < 3)
      }
      let command = "flow log \(contents.run.id) --step \(ShellQuoting.quote(record.name))"
      body += "<p class=\"note\">In full: <code>\(command)</code></p>\n</article>\n"
    }
    // Where there are very many, not all were read.
    let counted = contents.counts.filter { [.failed, .interrupted].contains($0.status) }
    let total = max(failed.count, counted.reduce(0) { $0 + $1.count })
    if total > failureLimit {
      body +=
        "<p class=\"note\">\(total - failureLimit) more; the table of steps has them first.</p>\n"
    }
    return Elements.section("failures", "What went wrong", body)
  }

  private static func ending(of attempt: AttemptRecord, among count: Int) -> String {
    var parts: [String] = []
    if count > 1 { parts.append("\(count) attempts") }
    if let code = attempt.exitCode { parts.append("exit code \(code)") }
    if let signal = attempt.signal { parts.append("signal \(signal)") }
    if let ended = attempt.ended {
      parts.append("after \(Quantity.text(seconds: max(0, ended - attempt.started)))")
    }
    return parts.isEmpty ? "It did not end by itself." : parts.joined(separator: ", ")
  }
}
