/// Whether a factor binds a bin, as ENCODE-DREAM labels it.
public enum BindingLabel: UInt8, Sendable {
  /// `U`: no peak.
  case unbound = 0
  /// `A`: the two sets of peaks disagree; left out of training and scoring.
  case ambiguous = 1
  /// `B`: a reproducible peak.
  case bound = 2
}

/// The peaks of one factor in one cell type on one chromosome, and the labels they give to bins.
///
/// The rule is that of the challenge's labels: conservative (reproducible) and relaxed peaks are each
/// sorted and merged. A bin counts as hit by the conservative ones if one of them covers at least half of
/// the bin, or the bin at least half of it (`bedtools intersect -f 0.5 -F 0.5 -e`); by the relaxed ones if
/// any base is shared. Both: bound. Neither: unbound. One only: ambiguous.
public struct BindingLabels: Sendable {
  private let conservative: [Interval]
  private let relaxed: [Interval]

  /// - Parameters: the peaks in any order; they may overlap.
  public init(conservative: [Interval], relaxed: [Interval]) {
    self.conservative = conservative.merged()
    self.relaxed = relaxed.merged()
  }

  /// The label of a bin. Logarithmic in the number of peaks.
  public func label(_ bin: Interval) -> BindingLabel {
    let isReproducible = BindingLabels.any(conservative, touching: bin) { peak in
      let shared = 2 * peak.overlap(bin)
      return shared >= bin.length || shared >= peak.length
    }
    let isRelaxed = BindingLabels.any(relaxed, touching: bin) { _ in true }
    return isReproducible && isRelaxed
      ? .bound : isReproducible || isRelaxed ? .ambiguous : .unbound
  }

  private static func any(
    _ peaks: [Interval], touching bin: Interval, where condition: (Interval) -> Bool
  ) -> Bool {
    var position = peaks.firstPosition(endingAfter: bin.start)
    while position < peaks.count, peaks[position].start < bin.end {
      if condition(peaks[position]) { return true }
      position += 1
    }
    return false
  }
}
