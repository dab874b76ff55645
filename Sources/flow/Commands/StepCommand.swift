import ArgumentParser
import Files
import FlowCore

struct StepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Run single steps.", subcommands: [StepRun.self])
}

struct StepRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run one operation of a plugin in a process of its own.",
    discussion: """
      Exit codes: 0 done, 1 failed, 2 wrong input or parameter, 75 try again later, 130 stopped,
      128+n crashed by signal n. `flow plugin info PLUGIN/OPERATION` shows inputs and parameters.
      """)

  @Argument(help: "PLUGIN/OPERATION")
  var operation: String

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp("An input; several of one name make a list.", valueName: "name=path"))
  var inputs: [String] = []

  @Option(
    name: .customLong("param"),
    help: ArgumentHelp("A parameter; a list is a,b,c or JSON.", valueName: "name=value"))
  var parameters: [String] = []

  @Option(help: "Where the outputs are put.")
  var outputDir: String

  @Option(help: "Where unfinished work is kept for the next attempt (default: none is kept).")
  var scratchDir: String?

  @Option(help: "How many threads the step may use.")
  var threads = 1

  @Option(help: "Stop the step after so long, for instance '2h'.")
  var timeLimit: String?

  /// The engine's own way in: run in this process, tell events on this descriptor.
  @Option(help: .hidden)
  var eventsFd: Int32?

  @OptionGroup var plugins: PluginOptions

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads must be at least 1") }
    if let timeLimit, Quantity.seconds(timeLimit) == nil {
      throw ValidationError("--time-limit is '\(timeLimit)': write for instance '90s' or '2h'")
    }
  }

  func run() throws {
    try reporting {
      let request = try StepArguments.request(
        use: operation, inputs: inputs, parameters: parameters, outputDirectory: outputDir,
        scratchDirectory: scratchDir ?? "", threads: threads,
        timeLimit: timeLimit.flatMap(Quantity.seconds), registry: plugins.registry())
      if let eventsFd { throw ExitCode(Worker.run(request, events: eventsFd)) }
      Interrupt.listen()
      let teller = StepTeller()
      let outcome = try StandaloneStep.run(
        request, tell: teller.tell, isInterrupted: { Interrupt.isRequested })
      teller.finish()
      if outcome.kind != .done {
        Terminal.error(Diagnostic("\(operation): \(outcome.message)"))
        throw ExitCode(outcome.processExitCode)
      }
    }
  }
}

/// A single step on the terminal.
private final class StepTeller {
  private var progress = ProgressText()
  private let isLive = Terminal.isLive
  private var isDrawn = false

  func tell(_ event: StepEvent) {
    switch event {
    case .log(let level, let message):
      guard level >= 1 else { return }
      erase()
      if level >= 2 {
        Terminal.warning(message)
      } else {
        Terminal.line(message, to: .standardError)
      }
    case .progress(let done, let total, let unit, let note):
      progress.update(done, of: total, unit, note: note)
      if isLive {
        erase()
        Terminal.write(String(progress.text.prefix(Terminal.width - 1)), to: .standardError)
        isDrawn = true
      } else if now() - progress.lastPrinted > 10 {
        if progress.lastPrinted > 0 { Terminal.line(progress.text, to: .standardError) }
        progress.lastPrinted = now()
      }
    case .record(let key, let value):
      guard key.hasPrefix("table:"), let table = JSONTable(value), table.isShown else { return }
      erase()
      let rows = [table.columns] + table.rows.map { $0.map(JSONTable.text) }
      for line in Terminal.columns(rows) { Terminal.line(line, to: .standardError) }
      if let note = table.note { Terminal.line(note, to: .standardError) }
    case .metric, .end: break
    }
  }

  func finish() { erase() }

  private func erase() {
    if isDrawn { Terminal.write("\r\u{1B}[K", to: .standardError) }
    isDrawn = false
  }
}
