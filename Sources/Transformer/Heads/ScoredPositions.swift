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
