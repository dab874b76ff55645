import Files
import FlowCore

/// The steps as a table, what went wrong first, and what each was given.
enum StepTable {
  private static let rowLimit = 1000
  /// How many bytes the details of all steps may have: what keeps the page small.
  private static let detailBudget = 400_000

  static func html(_ contents: RunContents) -> HTML {
    let sorted = contents.steps.enumerated().sorted {
      ($0.element.record.status.concern, $0.offset)
        < ($1.element.record.status.concern, $1.offset)
    }.map(\.element)
    let columns = [
      "Step", "Operation", "Status", "Took", "Processor", "Peak memory", "Key", "Message",
    ]
    var body = Elements.table(
      columns, numeric: [3, 4, 5], rows: sorted.prefix(rowLimit).map(row))
    if contents.total > rowLimit {
      body += "<p class=\"note\">\(rowLimit) of \(contents.total) steps.</p>\n"
    }
    if contents.counts.contains(where: { $0.status == .reused }) {
      body +=
        "<p class=\"note\">For a reused step, time, processor and memory are those of the run that made its result.</p>\n"
    }
    return Elements.section("steps", "Steps", body)
  }

  private static func row(_ step: StepContents) -> [HTML] {
    let record = step.record
    let message: HTML =
      if let origin = step.origin { "<span class=\"faint\">from \(origin.run)</span>" } else {
        "\(record.message.map { GraphDrawing.shortened($0, to: 160) } ?? "")"
      }
    return [
      "\(record.name)", "<span class=\"faint\">\(record.operation)</span>", record.status.mark,
      "\(step.duration.map { Quantity.span( max(0, $0)) } ?? "")",
      "\(step.processorSeconds.map { Quantity.span( $0) } ?? "")",
      "\(step.peakMemory.map { Quantity.text(bytes: $0) } ?? "")",
      record.key.map(Elements.hash) ?? .empty, message,
    ]
  }

  /// Each step's parameters, inputs, outputs and facts, folded.
  static func details(_ contents: RunContents) -> HTML {
    guard !contents.steps.isEmpty else { return .empty }
    var body = HTML.empty
    var shown = 0
    for step in contents.steps where step.isInFull && body.text.utf8.count < detailBudget {
      let record = step.record
      body += Elements.folded(
        "\(record.name) <span class=\"faint\">\(record.operation)</span>", detail(step))
      shown += 1
    }
    if contents.total > shown {
      let which =
        contents.steps.count(where: \.isInFull) == contents.steps.count ? "The first " : ""
      body +=
        "<p class=\"note\">\(which)\(shown) of \(contents.total) steps; <code>flow log \(contents.run.id) --step NAME</code> shows any.</p>\n"
    }
    return Elements.section("details", "What each step was given and made", body)
  }

  private static func detail(_ step: StepContents) -> HTML {
    var body = HTML.empty
    if !step.parameters.isEmpty {
      body += Elements.table(
        ["Parameter", "Value"],
        rows: step.parameters.map { name, value in
          [
            "<code>\(name)</code>",
            "<code>\(GraphDrawing.shortened(plain(value), to: 1000))</code>",
          ]
        })
    }
    if !step.inputs.isEmpty { body += artifacts("Input", step.inputs) }
    if !step.outputs.isEmpty { body += artifacts("Output", step.outputs) }
    let facts = step.records.filter {
      !$0.key.hasPrefix("table:") && !$0.key.hasPrefix("chart:")
    }
    if !facts.isEmpty {
      body += Elements.table(
        ["Recorded", "Value"],
        rows: facts.prefix(100).map { key, value in
          ["<code>\(key)</code>", "<code>\(GraphDrawing.shortened(plain(value), to: 1000))</code>"]
        })
    }
    return body == .empty ? "<p class=\"note\">Nothing is known yet.</p>\n" : body
  }

  private static let artifactLimit = 60

  private static func artifacts(_ kind: String, _ list: [ArtifactRecord]) -> HTML {
    var body = Elements.table(
      [kind, "Path", "Size", "SHA-256"], numeric: [2],
      rows: list.prefix(artifactLimit).map { artifact in
        [
          "<code>\(artifact.name)</code>", "<span class=\"path\">\(artifact.path)</span>",
          "\(Quantity.text(bytes: artifact.bytes))", Elements.hash(artifact.sha256),
        ]
      })
    if list.count > artifactLimit {
      body += "<p class=\"note\">The first \(artifactLimit) of \(list.count).</p>\n"
    }
    return body
  }
}
