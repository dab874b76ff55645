import ArgumentParser
import Files
import FlowCore

struct StepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Run single steps.", subcommands: [StepRun.self, StepJob.self])
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

  @Option(
    name: [.customShort("o"), .customLong("output-dir")],
    help: "Where the outputs are put; may be left out where what they show is all that is wanted.")
  var outputDir: String?

  @Flag(help: "Print what the operation shows as JSON rather than as text.")
  var json = false

  @Option(help: "Where unfinished work is kept for the next attempt (default: none is kept).")
  var scratchDir: String?

  @Option(help: "How many threads the step may use.")
  var threads = 1

  @Option(help: "Stop the step after so long, for instance '2h'.")
  var timeLimit: String?

  @Option(
    help: ArgumentHelp(
      "The GPUs that the step may use, as CUDA_VISIBLE_DEVICES takes them.", valueName: "0,1"))
  var gpus: String?

  /// The engine's own way in: run in this process, tell events on this descriptor.
  @Option(help: .hidden)
  var eventsFd: Int32?

  /// The library that the engine checked, as the kernel knows it.
  @Option(help: .hidden)
  var library: String?

  /// Which of a launcher's processes a worker belongs to.
  @Option(help: .hidden, transform: rank)
  var rank = Rank.only

  @OptionGroup var safety: SafetyOptions

  @OptionGroup var plugins: PluginOptions

  /// Without dashes; what `flow PLUGIN OPERATION` does not take for an input or a parameter.
  static let optionNames: Set<String> = [
    "input", "param", "output-dir", "json", "scratch-dir", "threads", "time-limit", "events-fd",
    "gpus", "rank", "plugin-dir", "help", "no-sandbox", "secrets-file", "library",
  ]

  private static func rank(_ text: String) throws -> Rank {
    guard let rank = Rank(text: text) else { throw ValidationError("'\(text)' is no rank") }
    return rank
  }

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads must be at least 1") }
    if let timeLimit, Quantity.seconds(timeLimit) == nil {
      throw ValidationError("--time-limit is '\(timeLimit)': write for instance '90s' or '2h'")
    }
  }

  func run() throws {
    try reporting {
      var request = try StepArguments.request(
        use: operation, inputs: inputs, parameters: parameters, outputDirectory: outputDir ?? "",
        scratchDirectory: scratchDir ?? "", threads: threads,
        timeLimit: timeLimit.flatMap(Quantity.seconds),
        registry: plugins.registry(isChecked: eventsFd != nil && library != nil))
      request.rank = rank
      request.devices = (gpus ?? "").split(separator: ",").map(String.init)
      let shown = ShownOutputs(request.operation, asJSON: json)
      if json && shown.isEmpty {
        throw Diagnostic("\(operation) shows nothing as JSON", fix: "leave out --json")
      }
      if let eventsFd { throw ExitCode(Worker.run(request, events: eventsFd, library: library)) }
      if request.operation.isDistributed {
        request.rank = Rank.launched(environment: environment)
      }
      request.policy = safety.sandbox
      request.secrets = try safety.secrets().values(request.operation.secrets)
      Interrupt.listen()
      let rank = request.rank.number
      let temporary = try outputDir == nil ? directoryForShowing(shown) : nil
      defer { if let temporary { try? Path.remove(temporary) } }
      if let temporary { request.outputDirectory = temporary }
      let teller = StepTeller(isQuiet: rank > 0)
      let outcome = try StandaloneStep.run(
        request, tell: teller.tell, stopRequest: { Interrupt.request },
        ended: { outputs in
          teller.finish()
          if rank == 0 { try shown.print(from: outputs) }
        })
      teller.finish()
      if outcome.kind != .done {
        let place = rank > 0 ? ", rank \(rank)" : ""
        Terminal.error(Diagnostic("\(operation)\(place): \(outcome.message)"))
        throw ExitCode(outcome.processExitCode)
      }
    }
  }

  /// Where the outputs go that are shown and not kept.
  private func directoryForShowing(_ shown: ShownOutputs) throws -> String {
    if shown.isEmpty {
      throw Diagnostic("\(operation) needs a place for its outputs", fix: "add --output-dir DIR")
    }
    return try Path.createTemporaryDirectory()
  }
}
