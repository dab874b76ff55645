import FlowPlugin
import Genome
import Transformer

/// `pretrain/batches`: the batches that `pretrain/ebert` sees, in a file that any program can read.
public struct Batches: Operation {
  /// Those of `pretrain/ebert` on which its batches depend, by the same names.
  public struct Parameters: Decodable {
    var length, batchSize, steps, firstStep: Int
    var maskRate, maskTokenShare, randomTokenShare: Double
    var maskSpan, spanWarmupSteps: Int
    var useStates: Bool
    var stateMaskRate: Double
    var validationCellTypes: [String]
    var seed: Int
  }

  public static let name = "batches"
  /// Positions in one file: 6 GiB of memory while they are drawn, 8 GiB of file.
  private static let most = 1 << 28
  /// What `transformers` and `torch.nn.CrossEntropyLoss` pass over in labels.
  private static let ignored: Int64 = -100

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// - Throws: `StepFailure`, invalid where corpus and parameters do not fit together.
  public func run(_ step: Step) throws {
    do {
      try write(step)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    }
  }

  private func write(_ step: Step) throws {
    let p = parameters
    let (window, tooLong) = p.length.multipliedReportingOverflow(by: p.batchSize)
    let (positions, tooMany) = window.multipliedReportingOverflow(by: p.steps)
    if tooLong || tooMany || positions > Batches.most {
      throw StepFailure(
        .invalid,
        "\(p.steps) steps of \(p.batchSize) windows of \(p.length) tokens are more than \(Batches.most) "
          + "positions; write them in several files, with first_step")
    }
    let windows = try windows(Corpus(directory: step.input("corpus")))
    var (tokens, states): ([Int32], [Int32]) = ([], [])
    var (labels, stateLabels): ([Int64], [Int64]) = ([], [])
    for number in p.firstStep..<p.firstStep + p.steps {
      try step.checkCancellation()
      let drawn = windows.batch(StepSlice(step: number, first: 0, count: p.batchSize))
      tokens += drawn.batch.tokens
      states += drawn.batch.states
      labels += Batches.labels(drawn.scored, rows: drawn.batch.rows)
      stateLabels += Batches.labels(drawn.scoredStates, rows: drawn.batch.rows)
      step.progress(Double(number - p.firstStep + 1), of: Double(p.steps), "steps")
    }
    var writer = SafetensorsWriter()
    let shape = [p.steps, p.batchSize, p.length]
    writer.add("input_ids", shape: shape, integers: { tokens.map(Int64.init) })
    writer.add("token_type_ids", shape: shape, integers: { states.map(Int64.init) })
    writer.add(
      "attention_mask", shape: shape, integers: { [Int64](repeating: 1, count: positions) })
    writer.add("labels", shape: shape, integers: { labels })
    if p.stateMaskRate > 0 {
      writer.add("state_labels", shape: shape, integers: { stateLabels })
    }
    writer.metadata["first_step"] = "\(p.firstStep)"
    try writer.write(to: try step.output("batches"))
  }

  /// What is to be guessed at each of `rows` positions, in the way of `BertForMaskedLM`.
  private static func labels(_ scored: ScoredPositions, rows: Int) -> [Int64] {
    var labels = [Int64](repeating: ignored, count: rows)
    for (row, label) in zip(scored.rows, scored.labels) { labels[Int(row)] = Int64(label) }
    return labels
  }

  private func windows(_ corpus: Corpus) throws(StepFailure) -> MaskedWindows {
    let p = parameters
    if p.maskTokenShare + p.randomTokenShare > 1 {
      throw StepFailure(
        .invalid, "mask_token_share and random_token_share together are more than 1")
    }
    if p.stateMaskRate > 0, corpus.stateNames.count == 1 {
      throw StepFailure(
        .invalid,
        "state_mask_rate is \(p.stateMaskRate), but the corpus has no states to mask")
    }
    let cellTypes = try CellTypeSplit(corpus, heldOut: p.validationCellTypes).training
    let bases = corpus.bases(forTokens: p.length)
    let sampler = WindowSampler(regions: corpus.training, cellTypes: cellTypes, bases: bases)
    if sampler.count == 0 {
      throw StepFailure(
        .invalid,
        "no training region of the corpus holds a window of \(p.length) tokens (\(bases) bases); choose a "
          + "smaller length or make the corpus from longer regions")
    }
    return MaskedWindows(
      corpus: corpus, sampler: sampler,
      masking: Masking(
        rate: p.maskRate, maskShare: p.maskTokenShare, randomShare: p.randomTokenShare,
        span: p.maskSpan, vocabulary: corpus.vocabulary),
      spanWarmup: p.spanWarmupSteps, length: p.length, usesStates: p.useStates,
      seed: UInt64(bitPattern: Int64(p.seed)), purpose: .training,
      stateMasking: p.stateMaskRate > 0
        ? MaskingOfStates(rate: p.stateMaskRate, mask: Int32(corpus.stateNames.count)) : nil)
  }
}
