import Corpus

@testable import Pretrain

extension MaskedWindows {
  /// Windows drawn with replacement, of a training with one rate.
  init(
    corpus: Corpus, sampler: WindowSampler, masking: Masking, spanWarmup: Int, length: Int,
    usesStates: Bool, seed: UInt64, purpose: Purpose, stateMasking: MaskingOfStates? = nil
  ) {
    var loader = WindowLoader(
      corpus: corpus, order: .uniform(sampler), length: length, seed: seed,
      purpose: purpose.rawValue)
    loader.usesStates = usesStates
    loader.stateMasking = stateMasking
    self.init(loader: loader, masking: masking, spanWarmup: spanWarmup, windowsPerStep: 4)
  }
}

extension MaskedBatch {
  /// [PAD] tokens without states, and nothing to guess.
  init(_ slice: StepSlice, length: Int) {
    self.init(slice, LoadedWindows(count: slice.count, length: length))
  }
}
