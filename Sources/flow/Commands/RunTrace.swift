import ArgumentParser
import Files
import FlowCore
import FlowProvenance

/// `flow run --with-trace [FILE]`.
struct TraceOption: ParsableArguments {
  @Option(
    defaultAsFlag: "",
    help: ArgumentHelp(
      "Write a trace.txt in Nextflow's columns at the end (default: into the results directory).",
      valueName: "file"))
  var withTrace: String?

  /// Where the trace goes; nil where none is wanted.
  ///
  /// - Throws: `Diagnostic` where a result of the workflow has that place.
  func path(_ plan: Plan, results: String) throws -> String? {
    guard let withTrace else { return nil }
    let path = withTrace.isEmpty ? "\(results)/trace.txt" : withTrace
    let taken = plan.outputs.first {
      path == "\(results)/\($0.path)" || path.hasPrefix("\(results)/\($0.path)/")
    }
    if let taken {
      throw Diagnostic(
        "the trace would be written over the result '\(taken.path)'",
        fix: "write --with-trace=FILE with another name")
    }
    return path
  }

  /// Writes the trace; a run that went well does not fail for it.
  static func write(run id: String, in stateDirectory: String, to path: String) {
    do {
      let ledger = try Ledger(reading: stateDirectory)
      try Path.createDirectory(Path.parent(path))
      try TraceTable(RunHistory(ledger.run(id), in: ledger)).write(to: path)
      if !OutputFile.isStandardOutput(path) { Terminal.line("trace: \(path)") }
    } catch {
      Terminal.warning("the trace could not be written: \(error)")
    }
  }
}
