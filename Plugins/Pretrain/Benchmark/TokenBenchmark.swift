import Corpus
import DNA
import Files
import FlowPlugin
import Genome
import Glibc

/// `pretrain/benchmark-tokens`: how many tokens a second one core reads from a corpus: windows drawn, tokens
/// and states made, tokens masked, as the trainer gets them.
///
/// Measured twice: into one batch again and again, which stays in the cache, as a batch does that is computed
/// on at once; and into batches of 128 MiB together, each of which has left the cache before it is filled
/// again, so that every byte goes to memory.
public struct TokenBenchmark: Operation {
  public struct Parameters: Decodable {
    var length, batchSize, k: Int
    var seconds: Double
    var sampling: WindowParameters.Sampling
    var maskStrategy: WindowParameters.MaskStrategy
    var maskRate, stateMaskRate, reverseComplement: Double
    var tracks: [String]
    var bases, cellTypes: Int
  }

  public static let name = "benchmark-tokens"
  private static let memory = 128 << 20
  private static let rounds = 5

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// - Throws: `StepFailure`, invalid where corpus and parameters do not fit together.
  public func run(_ step: Step) throws {
    do {
      let result = try measure(step)
      try WholeFile.write(result.text + "\n", to: try step.output("result"))
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    }
  }

  private func measure(_ step: Step) throws -> JSON {
    let p = parameters
    let given = step.optionalInput("corpus")
    let directory = given ?? "\(step.scratch)/synthetic-corpus"
    if given == nil {
      try SyntheticCorpus(bases: p.bases, cellTypes: p.cellTypes)
        .write(to: directory, scratch: step.scratch, check: step.checkCancellation)
    }
    let windows = try open(directory)
    let corpus = windows.corpus
    step.record("touched", .integer(corpus.touch()))
    let bandwidth = WriteSpeed.measure()
    let inCache = try speed(step, windows, batches: 1)
    let batchBytes = 8 * p.length * p.batchSize
    let inMemory = try speed(
      step, windows, batches: max(2, TokenBenchmark.memory / batchBytes))
    return [
      "corpus": given.map(JSON.string) ?? "synthetic",
      "bases": .integer(corpus.chromosomes.reduce(0) { $0 + $1.length }),
      "cell_types": .integer(corpus.cellTypes.count), "k": .integer(corpus.vocabulary.k),
      "overlapping": .boolean(corpus.vocabulary.isOverlapping), "length": .integer(p.length),
      "batch": .integer(p.batchSize), "sampling": .string(p.sampling.rawValue),
      "mask_strategy": .string(p.maskStrategy.rawValue), "mask_rate": .number(p.maskRate),
      "state_mask_rate": .number(p.stateMaskRate),
      "reverse_complement": .number(p.reverseComplement), "threads": 1,
      "tokens_per_s": .number(inMemory.tokens.rounded()),
      "tokens_per_cpu_s": .number(inMemory.tokensPerProcessorSecond.rounded()),
      "bytes_per_s": .number(inMemory.bytes.rounded()),
      "write_bandwidth_bytes_per_s": .number(bandwidth.rounded()),
      "of_write_bandwidth": .number((inMemory.bytes / bandwidth * 1000).rounded() / 1000),
      "tokens_per_s_in_cache": .number(inCache.tokens.rounded()),
      "tokens_per_cpu_s_in_cache": .number(inCache.tokensPerProcessorSecond.rounded()),
    ]
  }

  private func open(_ directory: String) throws -> MaskedWindows {
    let p = parameters
    let parameters = WindowParameters(
      length: p.length, batchSize: p.batchSize, sampling: p.sampling,
      maskRate: MaskRate(start: p.maskRate, end: 0, change: .step, after: 1, of: 1),
      maskTokenShare: 0.8, randomTokenShare: 0.1, maskStrategy: p.maskStrategy, maskSpan: 0,
      spanWarmupSteps: 0, useStates: true, stateMaskRate: p.stateMaskRate, tracks: p.tracks,
      stateRule: .centre, k: p.k, reverseComplement: p.reverseComplement, seed: 1)
    try parameters.check()
    let corpus = try parameters.open(directory)
    return try parameters.windows(
      corpus, corpus.training, Array(corpus.cellTypes.indices), .training, "training")
  }

  /// What is done in a second.
  private struct Speed {
    var tokens = 0.0
    /// Bytes written.
    var bytes = 0.0
    /// The same as `tokens` where nothing else runs on the machine.
    var tokensPerProcessorSecond = 0.0
  }

  /// The best of some rounds.
  ///
  /// - Parameter batches: that are filled in turn.
  private func speed(
    _ step: Step, _ windows: MaskedWindows, batches count: Int
  ) throws -> Speed {
    let p = parameters
    var batches = (0..<count).map { _ in LoadedWindows(count: p.batchSize, length: p.length) }
    var number = 0
    var best = Speed()
    for round in 0...TokenBenchmark.rounds {
      try step.checkCancellation()
      var (loaded, bytes) = (0, 0)
      let start = ContinuousClock.now
      let processor = clock()
      var seconds = 0.0
      repeat {
        // A look at the clock now and then.
        for _ in 0..<16 {
          number += 1
          let place = number % count
          windows.load(step: number, into: &batches[place])
          loaded += p.batchSize * p.length
          bytes +=
            4
            * (2 * p.batchSize * p.length + 3 * batches[place].rows.count
              + 2 * batches[place].stateRows.count)
        }
        seconds = start.secondsUntilNow
      } while seconds < p.seconds / Double(TokenBenchmark.rounds)
      // The first round makes the batches' pages.
      if round > 0 {
        let processorSeconds = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
        best.tokens = max(best.tokens, Double(loaded) / seconds)
        best.bytes = max(best.bytes, Double(bytes) / seconds)
        best.tokensPerProcessorSecond = max(
          best.tokensPerProcessorSecond, Double(loaded) / processorSeconds)
      }
      step.progress(Double(round), of: Double(TokenBenchmark.rounds), "rounds")
    }
    return best
  }
}
