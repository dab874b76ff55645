import CounterRandom

/// Dropout of one training step.
public struct Dropout: Sendable {
  /// Names the step's random choices.
  public let seed, step: UInt64
  /// The number of the batch's first sequence within the step: a step that is computed in parts, one
  /// after the other or on several machines, drops what it would drop in one piece.
  public let firstExample: Int

  public init(seed: UInt64, step: Int, firstExample: Int = 0) {
    self.seed = seed
    self.step = UInt64(step)
    self.firstExample = firstExample
  }

  /// The dropout with probability `p` at place `site`, whose tensor has so many elements (in
  /// attention: heads) per sequence.
  func site(_ site: Int, probability p: Double, perExample: Int) -> DropoutSite {
    guard p > 0 else { return .none }
    return DropoutSite(
      key: mix(mix(mix(seed) ^ step) ^ UInt64(site)), threshold: UInt32(p * 0x1p32),
      scale: Float(1 / (1 - p)), first: firstExample * perExample)
  }
}
