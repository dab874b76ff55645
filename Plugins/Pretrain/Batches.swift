import Corpus
import DNA
import FlowPlugin
import Transformer

/// `pretrain/batches`: the batches that `pretrain/ebert` sees, in a file that any program can read.
public struct Batches: Operation {
  /// Those of `pretrain/ebert` on which its batches depend, by the same names.
  public struct Parameters: Decodable {
    var length, batchSize, steps, firstStep, trainingSteps: Int
    var sampling: WindowParameters.Sampling
    var maskRate, maskRateEnd, maskRateChangeAt: Double
    var maskRateChange: MaskRate.Change
    var maskTokenShare, randomTokenShare: Double
    var maskStrategy: WindowParameters.MaskStrategy
    var maskSpan, spanWarmupSteps: Int
    var useStates: Bool
    var tracks: [String]
    var stateRule: String
    var k: Int
    var reverseComplement: Double
    var stateMaskRate: Double
    var validationCellTypes: [String]
    var seed: Int

    /// What its windows depend on.
    var windows: WindowParameters {
      WindowParameters(
        length: length, batchSize: batchSize, sampling: sampling,
        maskRate: MaskRate(
          start: maskRate, end: maskRateEnd, change: maskRateChange, after: maskRateChangeAt,
          of: trainingSteps > 0 ? trainingSteps : firstStep + steps - 1),
        maskTokenShare: maskTokenShare, randomTokenShare: randomTokenShare,
        maskStrategy: maskStrategy, maskSpan: maskSpan, spanWarmupSteps: spanWarmupSteps,
        useStates: useStates, stateMaskRate: stateMaskRate, tracks: tracks,
        stateRule: StateRule(rawValue: stateRule) ?? .centre, k: k,
        reverseComplement: reverseComplement, seed: seed)
    }
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
    let windows = try windows(
      parameters.windows.open(
        step.input("corpus"), tokenizer: step.optionalInput("tokenizer")))
    var (tokens, states): ([Int32], [Int32]) = ([], [])
    var (labels, stateLabels): ([Int64], [Int64]) = ([], [])
    var mask: [Int64] = []
    for number in p.firstStep..<p.firstStep + p.steps {
      try step.checkCancellation()
      let drawn = windows.batch(StepSlice(step: number, first: 0, count: p.batchSize))
      tokens += drawn.batch.tokens
      states += drawn.batch.states
      mask +=
        drawn.batch.mask?.map(Int64.init) ?? [Int64](repeating: 1, count: drawn.batch.rows)
      labels += Batches.labels(drawn.scored, rows: drawn.batch.rows)
      stateLabels += Batches.labels(drawn.scoredStates, rows: drawn.batch.rows)
      step.progress(Double(number - p.firstStep + 1), of: Double(p.steps), "steps")
    }
    var writer = SafetensorsWriter()
    let shape = [p.steps, p.batchSize, p.length]
    writer.add("input_ids", shape: shape, integers: { tokens.map(Int64.init) })
    writer.add("token_type_ids", shape: shape, integers: { states.map(Int64.init) })
    writer.add("attention_mask", shape: shape, integers: { mask })
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
    try parameters.windows.check()
    let cellTypes = try CellTypeSplit(corpus, heldOut: parameters.validationCellTypes).training
    return try parameters.windows.windows(
      corpus, corpus.training, cellTypes, .training, "training")
  }
}
