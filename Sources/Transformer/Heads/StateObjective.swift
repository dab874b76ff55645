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
