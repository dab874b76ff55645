import Corpus
import FlowPlugin
import Genome

/// The parameters on which windows and what is masked in them depend, whatever operation asks for them.
struct WindowParameters {
  var length: Int
  var maskRate, maskTokenShare, randomTokenShare: Double
  var maskSpan, spanWarmupSteps: Int
  var useStates: Bool
  var stateMaskRate: Double
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
  }

  /// Masked windows of some regions and cell types.
  ///
  /// - Parameter name: of the regions, for the error.
  func windows(
    _ corpus: Corpus, _ regions: [Region], _ cellTypes: [Int], _ purpose: MaskedWindows.Purpose,
    _ name: String
  ) throws(StepFailure) -> MaskedWindows {
    let bases = corpus.bases(forTokens: length)
    let sampler = WindowSampler(regions: regions, cellTypes: cellTypes, bases: bases)
    if sampler.count == 0 {
      throw StepFailure(
        .invalid,
        "no \(name) region of the corpus holds a window of \(length) tokens (\(bases) bases); "
          + "choose a smaller length or make the corpus from longer regions")
    }
    return MaskedWindows(
      corpus: corpus, sampler: sampler,
      masking: Masking(
        rate: maskRate, maskShare: maskTokenShare, randomShare: randomTokenShare, span: maskSpan,
        vocabulary: corpus.vocabulary),
      spanWarmup: spanWarmupSteps, length: length, usesStates: useStates,
      seed: UInt64(bitPattern: Int64(seed)), purpose: purpose,
      stateMasking: try stateMasking(corpus))
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
