/// The positions of a batch whose tokens, or states, the model must guess.
public struct ScoredPositions: Sendable {
  /// Rows of the batch: sequence * length + position.
  public var rows: [Int32]
  /// The token, or the state, that stood there.
  public var labels: [Int32]

  public init(rows: [Int32] = [], labels: [Int32] = []) {
    self.rows = rows
    self.labels = labels
  }

  /// - Parameters:
  ///   - count: rows of the batch.
  ///   - kinds: what is guessed, "token" or "state", and how many of them there are.
  func validate(rows count: Int, _ kinds: (name: String, count: Int)) throws(ModelError) {
    if rows.count != labels.count {
      throw ModelError("\(rows.count) scored positions, but \(labels.count) labels")
    }
    for (row, label) in zip(rows, labels) {
      if row < 0 || row >= count { throw ModelError("scored position \(row) of \(count)") }
      if label < 0 || label >= kinds.count {
        throw ModelError("\(kinds.name) \(label) as label at position \(row) of \(kinds.count)")
      }
    }
  }
}

/// The second objective of a batch: guess the states of some bins, which the model was not told.
public struct StateObjective: Sendable {
  /// One position in each masked bin, labelled with the bin's state.
  public var scored: ScoredPositions
  /// Scored positions of the whole step, where this batch is a part of it; nil for this batch alone.
  public var total: Int?
  /// What the loss of the states is multiplied by before it is added to that of the tokens.
  public var weight: Double

  public init(scored: ScoredPositions, total: Int? = nil, weight: Double = 1) {
    self.scored = scored
    self.total = total
    self.weight = weight
  }
}
