import ArgumentParser
import Files
import FlowCore

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [BenchTrain.self, BenchTokens.self])
}

struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Time training steps of EBERT, or inference; prints one line of JSON.",
    discussion: """
      Runs the operation pretrain/benchmark in a process of its own: random batches, the median of the timed
      steps. tokens_per_s and gflops count whole steps (forward, backward, AdamW) and the matrix products in
      them; of_sgemm is their share of the fastest matrix product that this machine was seen to compute.
      """)

  @Option(help: "tiny, mini, small or base (BERT's size).")
  var config = "mini"

  @Option(help: "How many threads to use.")
  var threads = 2

  @Option(help: "Steps that are timed, after three that are not.")
  var steps = 8

  @Option(help: "Dropout; 0 for none.")
  var dropout = 0.1

  @Option(help: "Windows per step (default: the configuration's own).")
  var batch = 0

  @Option(help: "Who computes dense layers: auto, own or openblas.")
  var products = "auto"

  @Option(
    help: "float32, bfloat16 or, on GPUs, tf32: what operands of dense layers are rounded to.")
  var dtype = "float32"

  @Option(help: "What computes: cpu, or cuda for NVIDIA's first GPU.")
  var device = "cpu"

  @Flag(help: "Inference instead of training.")
  var forwardOnly = false

  @Flag(help: "Also show the time of each operation and what bounds it.")
  var profile = false

  @OptionGroup var plugins: PluginOptions

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  func run() throws {
    try BenchmarkRun(name: "train", operation: "pretrain/benchmark", threads: threads).run(
      parameters: [
        "config=\(config)", "steps=\(steps)", "dropout=\(dropout)", "batch_size=\(batch)",
        "products=\(products)", "dtype=\(dtype)", "device=\(device)",
        "forward_only=\(forwardOnly)", "profile=\(profile)",
      ], plugins: plugins)
  }
}

/// Runs an operation that measures, in a process of its own, and prints its result: one line of JSON.
struct BenchmarkRun {
  /// Of the subcommand.
  let name: String
  let operation: String
  let threads: Int

  func run(inputs: [String] = [], parameters: [String], plugins: PluginOptions) throws {
    try reporting {
      let directory = try Path.createTemporaryDirectory()
      defer { try? Path.remove(directory) }
      let request = try StepArguments.request(
        use: operation, inputs: inputs, parameters: parameters, outputDirectory: directory,
        scratchDirectory: "", threads: threads, timeLimit: nil, registry: try plugins.registry())
      Interrupt.listen()
      let teller = StepTeller()
      let outcome = try StandaloneStep.run(
        request, tell: teller.tell, stopRequest: { Interrupt.request })
      teller.finish()
      if outcome.kind != .done {
        Terminal.error(Diagnostic("bench \(name): \(outcome.message)"))
        throw ExitCode(outcome.processExitCode)
      }
      let line = try Path.readText("\(directory)/result.json")
      Terminal.write(line, to: .standardOutput)
    }
  }
}
