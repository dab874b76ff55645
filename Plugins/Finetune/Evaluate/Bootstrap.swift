/// How far the area under the precision-recall curve would move on other stretches of the genome: a Poisson
/// bootstrap (each unit is drawn Poisson(1) times: Hanley and MacGibbon 2006, "Creating non-parametric
/// bootstrap samples using Poisson frequencies") over blocks of neighbouring bins, because bins that overlap
/// or share a peak are not independent.
struct Bootstrap: Sendable {
  /// How many times to draw; 0 for none.
  var replicates: Int
  var seed: Int

  /// The area of each replicate, in the order of replicates. Two predictions of the same bins get the same
  /// draws, so that their difference can be taken replicate by replicate. A replicate without a bound bin
  /// has no area and gives NaN.
  ///
  /// - Parameter bins: sorted by score, highest first.
  /// - Parameter check: called before each replicate; may throw to stop.
  func areas(
    sorted bins: [ScoredBin], blocks: Int, check: (_ done: Int) throws -> Void = { _ in }
  ) throws -> [Double] {
    var weights = [UInt8](repeating: 0, count: blocks)
    var areas: [Double] = []
    for replicate in 0..<replicates {
      try check(replicate)
      for block in 0..<blocks { weights[block] = weight(replicate: replicate, block: block) }
      areas.append(area(bins, weights))
    }
    return areas
  }

  private func area(_ bins: [ScoredBin], _ weights: [UInt8]) -> Double {
    var area = DavisGoadrichArea()
    var any = false
    bins.withUnsafeBufferPointer { bins in
      var index = 0
      while index < bins.count {
        let score = bins[index].score
        var newTrue = 0
        var newFalse = 0
        while index < bins.count && bins[index].score == score {
          let weight = Int(weights[Int(bins[index].block)])
          if bins[index].isBound { newTrue += weight } else { newFalse += weight }
          index += 1
        }
        any = any || newTrue > 0
        area.add(truePositives: newTrue, falsePositives: newFalse)
      }
    }
    return any ? area.area : .nan
  }

  /// A draw from Poisson(1), a function of (seed, replicate, block) alone.
  private func weight(replicate: Int, block: Int) -> UInt8 {
    var state = mixed(UInt64(bitPattern: Int64(seed)))
    state = mixed(state ^ UInt64(replicate))
    state = mixed(state ^ UInt64(block))
    let uniform = Double(state >> 11) * 0x1p-53
    // Inversion: P(0) = e^-1, P(k) = P(k - 1) / k.
    var probability = 0.36787944117144233
    var cumulated = probability
    var count: UInt8 = 0
    while uniform >= cumulated && count < 20 {
      count += 1
      probability /= Double(count)
      cumulated += probability
    }
    return count
  }
}

/// The finalizer of SplitMix64 over a counter: https://doi.org/10.1145/2714064.2660195
private func mixed(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// The 2.5 % and 97.5 % quantiles of the finite values, interpolated linearly between order statistics
/// (type 7 of https://doi.org/10.1080/00031305.1996.10473566); nil with fewer than two.
func interval95(_ values: [Double]) -> ClosedRange<Double>? {
  let sorted = values.filter(\.isFinite).sorted()
  guard sorted.count > 1 else { return nil }
  func quantile(_ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
  return quantile(0.025)...quantile(0.975)
}
