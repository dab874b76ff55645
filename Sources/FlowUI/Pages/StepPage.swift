import Files
import FlowCore
import FlowReport

/// One task: what it was given, what it made, what it said, and where all that came from.
struct StepPage {
  private let run: RunRecord
  private let step: StepRecord
  private static let artifactLimit = 200

  init(_ run: RunRecord, _ step: StepRecord) {
    self.run = run
    self.step = step
  }

  func page(of ledger: Ledger, _ layout: Layout) throws -> String {
    var body: HTML = "<div id=\"live-step\" data-live>\(try head(ledger))"
    body += try RunCharts.html(
      curves: [step], drawn: [step], in: ledger)
    body += log(ledger)
    body += try given(ledger)
    body += "</div>\n"
    body += try Lineage.html(of: step, in: ledger)
    let isOpen = step.status == .running || step.status == .waiting
    return layout.page(
      step.name,
      crumbs: [("runs", "/"), ("\(run.workflow) \(run.id)", Link.run(run.id))],
      seconds: isOpen ? 1 : 0, body)
  }

  private func head(_ ledger: Ledger) throws -> HTML {
    var facts: [(String, HTML)] = [("Operation", "\(step.operation)")]
    if let plugin = step.plugin {
      facts.append(("Plugin", "\(plugin.name) \(plugin.version) \(Elements.hash(plugin.sha256))"))
    }
    if let key = step.key { facts.append(("Key", Elements.hash(key))) }
    facts.append(("Cores", "\(step.cpus)"))
    if let memory = step.memory {
      facts.append(("Memory asked", "\(Quantity.text(bytes: memory))"))
    }
    if let limit = step.timeLimit {
      facts.append(("Time limit", "\(Quantity.span( Double(limit)))"))
    }
    if step.madeBy != step.id, let origin = try ledger.step(step.madeBy) {
      facts.append(("Reused from", "<a href=\"\(Link.step(origin))\">\(origin.run)</a>"))
    }
    var body: HTML = """
      <header>
      <h1>\(step.name) \(step.status.mark)</h1>
      <dl class="facts">\(facts.map { name, value -> HTML in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" })</dl>
      </header>

      """
    if step.status == .running, let progress = try ledger.progress(ofStep: step.id) {
      body +=
        "<div class=\"card\">\(RunningSteps.bar(progress))<p>\(RunningSteps.words(progress))</p></div>\n"
    }
    if let message = step.message, !message.isEmpty {
      body +=
        step.status == .failed
        ? "<article class=\"failure\"><p class=\"message\">\(message)</p></article>\n"
        : "<p class=\"message\">\(message)</p>\n"
    }
    return body + (try attempts(ledger))
  }

  private func attempts(_ ledger: Ledger) throws -> HTML {
    let attempts = try ledger.attempts(ofStep: step.madeBy)
    guard !attempts.isEmpty else { return .empty }
    return Elements.table(
      ["Attempt", "Began", "Took", "Processor", "Peak memory", "End"], numeric: [0, 2, 3, 4],
      rows: attempts.suffix(20).map { attempt in
        let took = (attempt.ended ?? now()) - attempt.started
        let end =
          attempt.exitCode.map { "exit code \($0)" } ?? attempt.signal.map { "signal \($0)" }
          ?? (attempt.ended == nil ? "" : "ended")
        return [
          "\(attempt.number)", "\(Moment.text(attempt.started))",
          "\(Quantity.span( max(0, attempt.ended == nil ? took.rounded(.down) : took)))",
          "\(attempt.userSeconds.map { Quantity.span( $0 + (attempt.systemSeconds ?? 0)) } ?? "")",
          "\(attempt.peakMemory.flatMap { $0 > 0 ? Quantity.text(bytes: $0) : nil } ?? "")",
          "\(end)",
        ]
      })
  }

  private func log(_ ledger: Ledger) -> HTML {
    guard let tail = StepLog.tail(of: step, in: ledger, limit: 32_000) else { return .empty }
    return Elements.section(
      "log", "Log",
      "<pre class=\"log\" data-follow tabindex=\"0\" aria-label=\"The end of the log\">\(tail)</pre>\n"
    )
  }

  private func given(_ ledger: Ledger) throws -> HTML {
    var body = HTML.empty
    let parameters = try ledger.parameters(ofStep: step.id)
    if !parameters.isEmpty {
      body += "<h3>Parameters</h3>\n"
      body += Elements.table(
        ["Parameter", "Value"],
        rows: parameters.map { name, value in
          let text = plain(value)
          return [
            "<code>\(name)</code>",
            text.contains("\n")
              ? Elements.verbatim(text, limit: 20_000)
              : "<code>\(GraphDrawing.shortened(text, to: 1000))</code>",
          ]
        })
    }
    let inputs = try ledger.inputs(ofStep: step.id)
    if !inputs.isEmpty { body += "<h3>Inputs</h3>\n\(try artifacts(inputs, ledger))" }
    if let key = step.key, step.status == .done || step.status == .reused {
      let outputs = try ledger.outputs(ofKey: key)
      if !outputs.isEmpty { body += "<h3>Outputs</h3>\n\(try artifacts(outputs, nil))" }
    }
    let facts = try ledger.records(ofStep: step.madeBy).filter {
      !$0.key.hasPrefix("table:") && !$0.key.hasPrefix("chart:")
    }
    if !facts.isEmpty {
      body += "<h3>Recorded</h3>\n"
      body += Elements.table(
        ["Fact", "Value"],
        rows: facts.prefix(200).map { key, value in
          ["<code>\(key)</code>", "<code>\(GraphDrawing.shortened(plain(value), to: 1000))</code>"]
        })
    }
    var tables = StepContents(step)
    tables.records = try ledger.records(ofStep: step.madeBy)
    let section = body == .empty ? HTML.empty : Elements.section("given", "Given and made", body)
    return ResultTables.html(of: [tables]) + section
  }

  /// - Parameter ledger: to find who made an input; nil for outputs.
  private func artifacts(_ list: [ArtifactRecord], _ ledger: Ledger?) throws -> HTML {
    var body = Elements.table(
      ["Name", "Path", "Size", "SHA-256", ledger == nil ? "" : "Made by"], numeric: [2],
      rows: try list.prefix(Self.artifactLimit).map { artifact in
        let maker = try artifact.key.flatMap { try ledger?.maker(ofKey: $0) }
        return [
          "<code>\(artifact.name)</code>", Self.path(artifact.path),
          "\(Quantity.text(bytes: artifact.bytes))", Elements.hash(artifact.sha256),
          maker.map { "<a href=\"\(Link.step($0))\">\($0.name)</a>" }
            ?? (ledger == nil ? .empty : "<span class=\"faint\">source</span>"),
        ]
      })
    if list.count > Self.artifactLimit {
      body += "<p class=\"note\">The first \(Self.artifactLimit) of \(list.count).</p>\n"
    }
    return body
  }

  /// A path with the keys in it shortened; whole where it is pointed at.
  private static func path(_ path: String) -> HTML {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
      part.utf8.count == 64 ? "\(part.prefix(12))…" : String(part)
    }
    return "<span class=\"path\" title=\"\(path)\">\(parts.joined(separator: "/"))</span>"
  }
}
