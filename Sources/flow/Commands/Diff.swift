import ArgumentParser
import Files
import FlowCore

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what differs between two runs: parameters, inputs, plugins, scripts, results.",
    discussion: "Ends with 0 where all results are the same, with 1 where one differs.")

  @Argument(help: "The run before: an id or its beginning, 'latest', 'latest~1' …")
  var before = "latest~1"

  @Argument(help: "The run after.")
  var after = "latest"

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var state: StateOptions

  func run() throws {
    try reporting {
      let ledger = try Ledger(reading: state.stateDir)
      let comparison = try RunComparison(ledger.run(before), ledger.run(after), in: ledger)
      if json {
        Terminal.write(comparison.json.prettyText, to: .standardOutput)
      } else {
        show(comparison)
      }
      if !comparison.isIdentical { throw ExitCode(1) }
    }
  }

  private func show(_ comparison: RunComparison) {
    for (word, run) in [("before", comparison.before), ("after ", comparison.after)] {
      Terminal.line(
        "\(word)  \(run.id)  \(run.workflow)  \(Terminal.date(run.started))  \(run.status.rawValue)"
      )
    }
    for difference in comparison.differences {
      if case .script = difference {
        Terminal.line("workflow file")
        for line in ReasonText.lines(difference).dropFirst() { Terminal.line("  \(line)") }
      } else {
        for line in ReasonText.lines(difference) { Terminal.line(line) }
      }
    }
    for step in comparison.steps where step.outcome != .same {
      for line in ComparisonText.lines(step) { Terminal.line(line) }
    }
    let counts = comparison.counts
    let words = RunComparison.Outcome.allCases.compactMap { outcome in
      counts[outcome].map { "\($0) \(outcome.rawValue)" }
    }
    Terminal.line(words.joined(separator: ", "))
  }
}
