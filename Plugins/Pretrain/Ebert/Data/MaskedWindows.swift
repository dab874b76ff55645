import Corpus
import Transformer

/// Batches of masked windows: a function of the seed and the step, so that a resumed run sees the
/// same.
struct MaskedWindows: Sendable {
  /// Keeps the random sequences of training and of the sets of validation apart.
  enum Purpose: UInt64 {
    case training = 1
    case validation = 2
    case validationOfCellTypes = 3
    case validationOfBoth = 4
  }

  /// Where windows come from.
  let loader: WindowLoader
  /// The rule at its first rate.
  let masking: Masking
  /// The rate of each step of training.
  var rate: MaskRate?
  /// Steps at the start in which tokens are masked one by one, whatever the strategy.
  ///
  /// A single masked k-mer can be read off its neighbours. That is no goal, but it teaches which bases
  /// a k-mer's number stands for and where the neighbours are; small models that are given whole
  /// spans from the start stay for long at guessing frequencies.
  var spanWarmup = 0
  /// Windows of a step, on all ranks.
  let windowsPerStep: Int

  var corpus: Corpus { loader.corpus }
  var stateMasking: MaskingOfStates? { loader.stateMasking }
  var purpose: Purpose? { Purpose(rawValue: loader.purpose) }

  /// The windows of a slice.
  func batch(_ slice: StepSlice) -> MaskedBatch {
    var loaded = LoadedWindows(count: slice.count, length: loader.length)
    load(step: slice.step, first: slice.first, into: &loaded)
    return MaskedBatch(slice, loaded)
  }

  /// Fills memory that is there already with the windows of a step from number `first` on.
  func load(step: Int, first: Int = 0, into loaded: inout LoadedWindows) {
    loader.load(
      step: step, firstNumber: max(0, step - 1) * windowsPerStep, first: first,
      masking: masking(step), into: &loaded)
  }

  /// The windows of a slice in parts of at most `microBatch`; in one part where that is 0.
  func prepare(_ slice: StepSlice, microBatch: Int) -> PreparedStep {
    PreparedStep(step: slice.step, parts: slice.parts(of: microBatch).map(batch))
  }

  /// Validation has the rule of the first steps, always: its losses are compared with each other.
  private func masking(_ step: Int) -> Masking {
    guard purpose == .training else { return masking }
    let rated = rate.map { masking.withRate($0.rate(at: step)) } ?? masking
    return step <= spanWarmup ? rated.withSpan(1) : rated
  }

  /// Epochs done when a step has been taken, counted in windows; nil where windows are drawn with replacement.
  func epochs(after step: Int) -> Double? {
    guard case .epochs(let order) = loader.order else { return nil }
    return Double(step * windowsPerStep) / Double(order.count)
  }
}
