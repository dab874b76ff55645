import ArgumentParser

struct BenchTokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens",
    abstract: "Time the reading of masked windows of tokens; prints one line of JSON.",
    discussion: """
      Runs the operation pretrain/benchmark-tokens in a process of its own, on one thread: windows are drawn,
      tokens and states made, tokens masked, as training gets them. tokens_per_s is into memory,
      of_write_bandwidth its share of what one core can write there; tokens_per_s_in_cache is into one batch
      again and again.
      """)

  @Option(help: "The corpus to read; a synthetic one if none is given.")
  var corpus: String?

  @Option(help: "Tokens in a window.")
  var length = 512

  @Option(help: "Windows per batch.")
  var batch = 32

  @Option(help: "Length of a k-mer; 0 for the corpus's own, which is 6 in the synthetic one.")
  var k = 0

  @Option(help: "How many seconds to measure, twice.")
  var seconds = 2.0

  @Option(help: "uniform or epoch.")
  var sampling = "uniform"

  @Option(help: "span, independent or bin.")
  var maskStrategy = "span"

  @Option(help: "Share of the bins whose state is masked.")
  var stateMaskRate = 0.0

  @Option(help: "Probability of a window to be read from the other strand.")
  var reverseComplement = 0.0

  @Option(help: "Tracks of the corpus, with commas between; the first if none is given.")
  var tracks = ""

  @Option(help: "Bases of the synthetic corpus.")
  var bases = 100_000_000

  @Option(help: "Cell types of the synthetic corpus.")
  var cellTypes = 8

  @OptionGroup var plugins: PluginOptions

  func run() throws {
    var parameters = [
      "length=\(length)", "batch_size=\(batch)", "k=\(k)", "seconds=\(seconds)",
      "sampling=\(sampling)", "mask_strategy=\(maskStrategy)", "state_mask_rate=\(stateMaskRate)",
      "reverse_complement=\(reverseComplement)", "bases=\(bases)", "cell_types=\(cellTypes)",
    ]
    if !tracks.isEmpty { parameters.append("tracks=\(tracks)") }
    try BenchmarkRun(name: "tokens", operation: "pretrain/benchmark-tokens", threads: 1).run(
      inputs: corpus.map { ["corpus=\($0)"] } ?? [], parameters: parameters, plugins: plugins)
  }
}
