import Corpus
import Transformer

/// Windows that are computed at once: what the model sees, and what it must guess.
struct MaskedBatch: Sendable {
  let slice: StepSlice
  /// Tokens, masked, and states, all 0 where the model is not told them.
  var batch: Batch
  var scored: ScoredPositions
  /// The states to guess, one in each masked bin.
  var scoredStates: ScoredPositions
  /// By window: where it lies in the corpus.
  var windows: [WindowSampler.Window]
  /// By scored position: the chromatin state there, whether or not the model is told.
  var statesOfScored: [Int32]

  init(_ slice: StepSlice, _ loaded: LoadedWindows) {
    self.slice = slice
    batch = Batch(
      count: loaded.count, length: loaded.length, tokens: loaded.tokens, states: loaded.states)
    if loaded.used.contains(where: { $0 < loaded.length }) {
      batch.mask = loaded.used.flatMap { used in
        (0..<loaded.length).map { $0 < used ? 1 : 0 }
      }
    }
    scored = ScoredPositions(rows: loaded.rows, labels: loaded.labels)
    scoredStates = ScoredPositions(rows: loaded.stateRows, labels: loaded.stateLabels)
    windows = loaded.windows
    statesOfScored = loaded.statesOfRows
  }
}

/// The part of a step that this process computes, in micro-batches.
struct PreparedStep: Sendable {
  let step: Int
  let parts: [MaskedBatch]

  /// Tokens to guess in all parts.
  var scored: Int { parts.reduce(0) { $0 + $1.scored.rows.count } }
  /// States to guess in all parts.
  var scoredStates: Int { parts.reduce(0) { $0 + $1.scoredStates.rows.count } }
  /// Tokens in all parts, special ones included.
  var tokens: Int { parts.reduce(0) { $0 + $1.batch.rows } }
}
