import ArgumentParser
import FlowCore
import FlowProvenance

/// Which run `flow export FORMAT RUN` is about.
struct ExportedRun: ParsableArguments {
  @Argument(help: "A run's id or its beginning, or 'latest'.")
  var id = "latest"

  @OptionGroup var state: StateOptions

  func history() throws -> RunHistory {
    let ledger = try Ledger(reading: state.stateDir)
    return try RunHistory(ledger.run(id), in: ledger)
  }
}

struct ExportTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Write a run's steps as a trace.txt in Nextflow's columns.")

  @OptionGroup var exported: ExportedRun

  @Option(name: [.short, .long], help: "The file to write.")
  var output = "trace.txt"

  @Flag(help: "Milliseconds and bytes as plain numbers.")
  var raw = false

  func run() throws {
    try reporting {
      try TraceTable(exported.history(), isRaw: raw).write(to: output)
      Terminal.line(output)
    }
  }
}
