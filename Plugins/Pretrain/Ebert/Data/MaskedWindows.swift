import Corpus
import CounterRandom
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

  let corpus: Corpus
  let sampler: WindowSampler
  let masking: Masking
  /// Steps at the start in which tokens are masked one by one, whatever the span.
  ///
  /// A single masked k-mer can be read off its neighbours. That is no goal, but it teaches which bases
  /// a k-mer's number stands for and where the neighbours are; small models that are given whole
  /// spans from the start stay for long at guessing frequencies.
  let spanWarmup: Int
  /// Tokens in a window, [CLS] and [SEP] included.
  let length: Int
  /// Whether the model is told the states; if not, all are 0.
  let usesStates: Bool
  let seed: UInt64
  let purpose: Purpose
  /// nil where states are not masked.
  var stateMasking: MaskingOfStates?

  /// The windows of a slice.
  func batch(_ slice: StepSlice) -> MaskedBatch {
    var result = MaskedBatch(slice, length: length)
    let masking =
      purpose == .training && slice.step <= spanWarmup ? masking.withSpan(1) : masking
    for index in 0..<slice.count {
      var random = RandomSequence(
        seed, purpose.rawValue, UInt64(slice.step), UInt64(slice.first + index))
      let window = sampler.draw(&random)
      result.windows.append(window)
      fill(&result, index, window, masking, &random)
    }
    return result
  }

  /// The windows of a slice in parts of at most `microBatch`; in one part where that is 0.
  func prepare(_ slice: StepSlice, microBatch: Int) -> PreparedStep {
    PreparedStep(step: slice.step, parts: slice.parts(of: microBatch).map(batch))
  }

  private func fill(
    _ result: inout MaskedBatch, _ index: Int, _ window: WindowSampler.Window, _ masking: Masking,
    _ random: inout RandomSequence
  ) {
    let range = index * length..<(index + 1) * length
    let hidden = result.batch.tokens.withUnsafeMutableBufferPointer { tokens in
      result.batch.states.withUnsafeMutableBufferPointer { states in
        let tokens = UnsafeMutableBufferPointer(rebasing: tokens[range])
        let states = UnsafeMutableBufferPointer(rebasing: states[range])
        corpus.fill(
          chromosome: window.chromosome, start: window.start,
          bases: corpus.bases(forTokens: length), cellType: window.cellType, tokens: tokens,
          states: states)
        let hidden = masking.apply(to: tokens, random: &random)
        result.statesOfScored += hidden.positions.map { states[Int($0)] }
        if !usesStates { states.update(repeating: 0) }
        maskStates(&result.scoredStates, slice: result.slice, index, window, states)
        return hidden
      }
    }
    result.scored.rows += hidden.positions.map { Int32(range.lowerBound) + $0 }
    result.scored.labels += hidden.labels
  }

  /// From a random sequence of its own, so that the tokens that are masked are the same with and without.
  private func maskStates(
    _ scored: inout ScoredPositions, slice: StepSlice, _ index: Int, _ window: WindowSampler.Window,
    _ states: UnsafeMutableBufferPointer<Int32>
  ) {
    guard let stateMasking else { return }
    var random = RandomSequence(
      seed, purpose.rawValue, UInt64(slice.step), UInt64(slice.first + index), 1)
    let hidden = stateMasking.apply(
      to: states,
      bins: corpus.bins(ofTokensFrom: window.start, bases: corpus.bases(forTokens: length)),
      random: &random)
    scored.rows += hidden.positions.map { Int32(index * length) + $0 }
    scored.labels += hidden.labels
  }
}
