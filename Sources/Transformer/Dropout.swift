import CounterRandom

/// Dropout of one training step.
public struct Dropout: Sendable {
  /// Names the step's random choices.
  public let seed, step: UInt64

  public init(seed: UInt64, step: Int) {
    self.seed = seed
    self.step = UInt64(step)
  }

  /// The dropout with probability `p` at place `site`.
  func site(_ site: Int, probability p: Double) -> DropoutSite {
    guard p > 0 else { return .none }
    return DropoutSite(
      key: mix(mix(mix(seed) ^ step) ^ UInt64(site)), threshold: UInt32(p * 0x1p32),
      scale: Float(1 / (1 - p)))
  }
}
