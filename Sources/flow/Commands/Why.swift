import ArgumentParser
import Files
import FlowCore

struct Why: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say why a step was run, or was not.",
    discussion: """
      flow why STEP              in the latest run, or in --run RUN
      flow why WORKFLOW STEP     if the workflow were run now

      Each part of the step's key that differs is named with both values, back to the step where it began.
      """)

  @Argument(help: ArgumentHelp("The step; before it, to ask about now, the workflow file."))
  var words: [String]

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "A run's id or its beginning, 'latest', or 'latest~1' for the one before.", valueName: "run"))
  var runID = "latest"

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var state: StateOptions

  func run() throws {
    try reporting {
      let ledger = try Ledger(reading: state.stateDir)
      let record = try ledger.run(runID)
      let step = try ledger.step(named: words[0], ofRun: record.id)
      let reason = try Explainer(ledger).reason(for: step, workflow: record.workflow)
      Terminal.line("\(step.name)  \(step.operation)  \(step.status.rawValue) in run \(record.id)")
      for line in ReasonText.lines(reason, of: step.name) { Terminal.line("  \(line)") }
    }
  }
}
