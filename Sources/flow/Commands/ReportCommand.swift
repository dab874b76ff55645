import ArgumentParser
import Files
import FlowCore
import FlowReport

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a run as one HTML page.")

  @Argument(help: "A run's id or its beginning, or 'latest'.")
  var id = "latest"

  @Option(name: [.short, .long], help: "The file to write; - is standard output.")
  var output = "report.html"

  @OptionGroup var state: StateOptions

  func run() throws {
    try reporting {
      let ledger = try Ledger(reading: state.stateDir)
      try Report.write(ledger.run(id), in: ledger, to: output)
      Terminal.wrote(output)
    }
  }
}
