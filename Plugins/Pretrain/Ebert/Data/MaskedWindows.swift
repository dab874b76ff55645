import CounterRandom
import Genome
import Transformer

/// Batches of masked windows: a function of the seed and the step, so that a resumed run sees the
/// same.
struct MaskedWindows {
  /// Keeps the random sequences of training and validation apart.
  enum Purpose: UInt64 {
    case training = 1
    case validation = 2
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

  /// The batch of windows `first` ..< `first + count` of step `step`.
  func batch(step: Int, first: Int, count: Int) -> (Batch, ScoredPositions) {
    var batch = Batch(count: count, length: length)
    var scored = ScoredPositions()
    let bases = corpus.bases(forTokens: length)
    let masking = purpose == .training && step <= spanWarmup ? masking.withSpan(1) : masking
    batch.tokens.withUnsafeMutableBufferPointer { tokens in
      batch.states.withUnsafeMutableBufferPointer { states in
        for index in 0..<count {
          var random = RandomSequence(
            seed, purpose.rawValue, UInt64(step), UInt64(first + index))
          let window = sampler.draw(&random)
          let range = index * length..<(index + 1) * length
          let ownTokens = UnsafeMutableBufferPointer(rebasing: tokens[range])
          let ownStates = UnsafeMutableBufferPointer(rebasing: states[range])
          corpus.fill(
            chromosome: window.chromosome, start: window.start, bases: bases,
            cellType: window.cellType, tokens: ownTokens, states: ownStates)
          if !usesStates { ownStates.update(repeating: 0) }
          let hidden = masking.apply(to: ownTokens, random: &random)
          scored.rows += hidden.positions.map { Int32(range.lowerBound) + $0 }
          scored.labels += hidden.labels
        }
      }
    }
    return (batch, scored)
  }
}
