import ArgumentParser
import Files
import FlowCore

struct Why: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say why a step was run, or would be.",
    discussion: """
      flow why STEP              why it was run, or was not, in the latest run or in --run RUN
      flow why WORKFLOW STEP     whether and why it would be run now

      Each part of the step's key that differs from that of the most similar earlier run is named with both \
      values, and followed back to the step where the change began.
      """)

  /// Also the step, where nothing follows.
  @OptionGroup var planned: PlanOptions

  @Argument(help: "The step; with it, the word before it is the workflow file.")
  var step: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "A run's id or its beginning, 'latest', or 'latest~1' for the one before.",
      valueName: "run"))
  var runID: String?

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var state: StateOptions

  func validate() throws {
    if step != nil && runID != nil {
      throw ValidationError("--run asks about the past, a workflow file about now")
    }
  }

  func run() throws {
    try reporting {
      if let step { try tellNow(step) } else { try tellPast(planned.workflow) }
    }
  }

  private func tellPast(_ name: String) throws {
    let ledger = try Ledger(reading: state.stateDir)
    let run = try ledger.run(runID ?? "latest")
    let step = try ledger.step(named: name, ofRun: run.id)
    let reason = try Explainer(ledger).reason(for: step, workflow: run.workflow)
    if json {
      return printJSON(
        reason, of: step.name,
        and: ["run": .string(run.id), "status": .string(step.status.rawValue)])
    }
    Terminal.line("\(step.name)  \(step.operation)  \(step.status.rawValue) in run \(run.id)")
    for line in ReasonText.lines(reason, of: step.name) { Terminal.line("  \(line)") }
  }

  private func tellNow(_ name: String) throws {
    let forecast = try Forecast(planned.plan(), in: state.directory, detail: .full)
    guard let task = forecast.tasks.first(where: { $0.name == name }) else {
      throw Diagnostic(
        "the workflow has no step '\(name)'",
        fix: Suggestion.fix(for: name, among: forecast.tasks.map(\.name)))
    }
    if json {
      return printJSON(
        task.reason, of: name, and: ["decision": .string(task.decision.rawValue)])
    }
    let decision =
      switch task.decision {
      case .reuse: "up to date"
      case .skip: "not wanted"
      case .run: "would be run"
      case .wait: "waits"
      case .fail: "would fail"
      }
    Terminal.line("\(task.name)  \(task.operation)  \(decision)")
    for line in ReasonText.lines(task.reason, of: name) { Terminal.line("  \(line)") }
    // What it waits for is the question behind the question.
    for cause in forecast.causes(of: task).prefix(20) {
      Terminal.line("  \(cause.name)")
      for line in ReasonText.lines(cause.reason, of: cause.name) { Terminal.line("    \(line)") }
    }
  }

  private func printJSON(_ reason: Reason, of name: String, and more: [String: JSON]) {
    var object = reason.json(of: name).object ?? [:]
    object["name"] = .string(name)
    object.merge(more) { _, new in new }
    Terminal.write(JSON.object(object).prettyText, to: .standardOutput)
  }
}
