import FlowPlugin
import Genome

extension Ebert {
  /// Masked windows of some regions and cell types.
  ///
  /// - Parameter name: of the regions, for the error.
  func windows(
    _ corpus: Corpus, _ regions: [Region], _ cellTypes: [Int], _ purpose: MaskedWindows.Purpose,
    _ name: String
  ) throws(StepFailure) -> MaskedWindows {
    let bases = corpus.bases(forTokens: parameters.length)
    let sampler = WindowSampler(regions: regions, cellTypes: cellTypes, bases: bases)
    if sampler.count == 0 {
      throw StepFailure(
        .invalid,
        "no \(name) region of the corpus holds a window of \(parameters.length) tokens (\(bases) bases); "
          + "choose a smaller length or make the corpus from longer regions")
    }
    return MaskedWindows(
      corpus: corpus, sampler: sampler,
      masking: Masking(
        rate: parameters.maskRate, maskShare: parameters.maskTokenShare,
        randomShare: parameters.randomTokenShare, span: parameters.maskSpan,
        vocabulary: corpus.vocabulary),
      spanWarmup: parameters.spanWarmupSteps, length: parameters.length,
      usesStates: parameters.useStates,
      seed: UInt64(bitPattern: Int64(parameters.seed)), purpose: purpose,
      stateMasking: try stateMasking(corpus))
  }

  /// nil where states are not to be guessed. The mask is the id after those of the corpus.
  private func stateMasking(_ corpus: Corpus) throws(StepFailure) -> MaskingOfStates? {
    guard parameters.stateMaskRate > 0 else { return nil }
    guard corpus.stateNames.count > 1 else {
      throw StepFailure(
        .invalid,
        "state_mask_rate is \(parameters.stateMaskRate), but the corpus has no states to mask")
    }
    return MaskingOfStates(rate: parameters.stateMaskRate, mask: Int32(corpus.stateNames.count))
  }

  /// The sets on which the model is judged: empty where validation is switched off, or where the corpus
  /// has no regions for it and no cell type is held out.
  func validation(
    _ step: Step, _ corpus: Corpus, _ cellTypes: CellTypeSplit
  ) throws(StepFailure) -> [ValidationSet] {
    if parameters.validationEvery == 0 || parameters.validationWindows == 0 { return [] }
    if corpus.validation.isEmpty {
      step.warn("the corpus has no validation regions: the loss on unseen sequence is not measured")
    }
    if !cellTypes.heldOut.isEmpty, !parameters.useStates {
      step.warn(
        "use_states is false: the model cannot tell cell types apart, held out or not")
    }
    var sets: [ValidationSet] = []
    for kind in ValidationSet.Kind.allCases {
      let regions = kind == .cellTypes ? corpus.training : corpus.validation
      let drawn = kind == .regions ? cellTypes.training : cellTypes.heldOut
      if regions.isEmpty || drawn.isEmpty { continue }
      let windows = try windows(
        corpus, regions, drawn, kind.purpose, kind == .cellTypes ? "training" : "validation")
      sets.append(ValidationSet(kind: kind, windows: windows))
    }
    return sets
  }
}
