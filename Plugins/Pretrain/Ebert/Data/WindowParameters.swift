import Corpus
import FlowPlugin
import Genome
import Tokens

/// The parameters on which windows and what is masked in them depend, whatever operation asks for them.
struct WindowParameters {
  /// In which order windows are read.
  enum Sampling: String, Decodable, CaseIterable {
    case uniform, epoch
  }

  /// What is masked as one.
  enum MaskStrategy: String, Decodable, CaseIterable {
    case span, independent, bin
  }

  var length, batchSize: Int
  var sampling: Sampling
  var maskRate: MaskRate
  var maskTokenShare, randomTokenShare: Double
  var maskStrategy: MaskStrategy
  var maskSpan, spanWarmupSteps: Int
  var useStates: Bool
  var stateMaskRate: Double
  var tracks: [String]
  var stateRule: StateRule
  var k: Int
  var reverseComplement: Double
  var seed: Int

  /// Finds what the manifest cannot: parameters that contradict each other.
  func check() throws(StepFailure) {
    if maskTokenShare + randomTokenShare > 1 {
      throw StepFailure(
        .invalid, "mask_token_share and random_token_share together are more than 1")
    }
    if stateMaskRate > 0, !useStates {
      throw StepFailure(
        .invalid,
        "state_mask_rate is \(stateMaskRate), but use_states is false: states that the model is never told "
          + "cannot be masked")
    }
    if maskStrategy != .span, maskSpan > 0 {
      throw StepFailure(
        .invalid,
        "mask_span is \(maskSpan), but mask_strategy is \(maskStrategy.rawValue), which has no spans; set "
          + "one of them back")
    }
  }

  /// The corpus as training reads it: with the tokens, tracks and rule that the parameters choose.
  ///
  /// - Parameter tokenizer: a `tokenizer.json`; nil for the corpus's own tokens.
  /// - Throws: `GenomeError` or `FileError` where one cannot be opened, or the corpus has no such track;
  ///   `StepFailure`, invalid, where parameters and tokens do not fit together.
  func open(_ directory: String, tokenizer: String? = nil) throws -> Corpus {
    var corpus = try Corpus(directory: directory, tracks: tracks)
    corpus.stateRule = stateRule
    if let tokenizer {
      if k > 0 {
        throw StepFailure(
          .invalid, "k is \(k), but the input tokenizer says what a token is; leave one of them out"
        )
      }
      let chosen = try Tokenizer(reading: tokenizer)
      if chosen.kmers == nil, stateMaskRate > 0 || maskStrategy == .bin {
        throw StepFailure(
          .invalid,
          "bins cannot be masked (state_mask_rate, mask_strategy: bin) with \(chosen.description), which do "
            + "not keep to them; use k-mers, or mask tokens")
      }
      return try corpus.reading(chosen)
    }
    let own = corpus.vocabulary
    return k == 0 || k == own.k
      ? corpus : try corpus.reading(Tokenizer(Vocabulary(k: k, isOverlapping: own.isOverlapping)))
  }

  /// Masked windows of some regions and cell types.
  ///
  /// - Parameter name: of the regions, for the error.
  func windows(
    _ corpus: Corpus, _ regions: [Region], _ cellTypes: [Int], _ purpose: MaskedWindows.Purpose,
    _ name: String
  ) throws(StepFailure) -> MaskedWindows {
    let bases = corpus.bases(forTokens: length)
    let seed = UInt64(bitPattern: Int64(seed))
    // Validation draws the same windows each time: epochs are of training alone.
    let order: WindowOrder =
      sampling == .epoch && purpose == .training
      ? .epochs(EpochOrder(regions: regions, cellTypes: cellTypes, bases: bases, seed: seed))
      : .uniform(WindowSampler(regions: regions, cellTypes: cellTypes, bases: bases))
    if order.count == 0 {
      throw StepFailure(
        .invalid,
        "no \(name) region of the corpus holds a window of \(length) tokens (\(bases) bases); "
          + "choose a smaller length or make the corpus from longer regions")
    }
    var loader = WindowLoader(
      corpus: corpus, order: order, length: length, seed: seed, purpose: purpose.rawValue)
    loader.usesStates = useStates
    loader.stateMasking = try stateMasking(corpus)
    loader.reverseComplement = purpose == .training ? reverseComplement : 0
    let masking = Masking(
      rate: maskRate.start, maskShare: maskTokenShare, randomShare: randomTokenShare,
      unit: maskStrategy == .bin ? .bin : .span,
      span: maskStrategy == .independent ? 1 : maskSpan, tokenizer: corpus.tokenizer)
    return MaskedWindows(
      loader: loader, masking: masking, rate: maskRate, spanWarmup: spanWarmupSteps,
      windowsPerStep: batchSize)
  }

  /// nil where states are not to be guessed. The mask is the id after those of the corpus.
  private func stateMasking(_ corpus: Corpus) throws(StepFailure) -> MaskingOfStates? {
    guard stateMaskRate > 0 else { return nil }
    guard corpus.stateNames.count > 1 else {
      throw StepFailure(
        .invalid, "state_mask_rate is \(stateMaskRate), but the corpus has no states to mask")
    }
    return MaskingOfStates(rate: stateMaskRate, mask: Int32(corpus.stateNames.count))
  }
}
