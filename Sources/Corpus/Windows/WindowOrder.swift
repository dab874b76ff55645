import CounterRandom

/// In which order training reads windows.
public enum WindowOrder: Sendable {
  /// Drawn uniformly over all places and cell types, with replacement.
  case uniform(WindowSampler)
  /// Each window of a tiling once an epoch.
  case epochs(EpochOrder)

  /// How many different windows there are; in an epoch, where there are epochs.
  public var count: Int {
    switch self {
    case .uniform(let sampler): sampler.count
    case .epochs(let order): order.count
    }
  }

  /// A window.
  ///
  /// - Parameters:
  ///   - number: of the window, counted from 0 since the start of the training.
  ///   - random: the window's own sequence; only drawn from where windows are drawn.
  @inline(__always)
  func window(_ number: Int, random: inout RandomSequence) -> WindowSampler.Window {
    switch self {
    case .uniform(let sampler): sampler.draw(&random)
    case .epochs(let order): order.window(number)
    }
  }
}
