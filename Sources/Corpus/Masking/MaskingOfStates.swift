import CounterRandom

/// Which bins' states a masked language model must guess, as a second objective beside the tokens.
///
/// A state is masked in the whole of its bin (200 bases in ChromHMM's and IDEAS' segmentations): any
/// token of the bin that kept it would tell the answer. Each bin is chosen by itself, with the same
/// probability; bins without a state are not. The states of neighbouring bins stay visible, and since
/// states run on over many bins they say much: a loss is to be compared with that of a guess from
/// the neighbours, not with that of a guess from nothing.
public struct MaskingOfStates: Equatable, Sendable {
  /// The probability of a bin to be chosen, 0 to 1.
  public let rate: Double
  /// The id that stands at every token of a chosen bin: one that is no state of the corpus.
  public let mask: Int32

  public init(rate: Double, mask: Int32) {
    self.rate = rate
    self.mask = mask
  }

  /// Masks one window in place.
  ///
  /// - Parameters:
  ///   - states: by position in the window.
  ///   - bins: the positions of each bin, disjoint and in order: `Corpus.bins(ofTokensFrom:bases:)`.
  /// - Returns: for each chosen bin its centre token, or the later of the two, and the bin's state.
  public func apply(
    to states: UnsafeMutableBufferPointer<Int32>, bins: [Range<Int>],
    random: inout RandomSequence
  ) -> Masking.Hidden {
    var hidden = Masking.Hidden()
    for bin in bins {
      // Drawn for each bin, so that a bin's choice does not hang on its neighbours' states.
      let isChosen = random.uniform() < rate
      let state = states[bin.lowerBound]
      guard isChosen, state != 0 else { continue }
      hidden.positions.append(Int32((bin.lowerBound + bin.upperBound) / 2))
      hidden.labels.append(state)
      for position in bin { states[position] = mask }
    }
    return hidden
  }
}

extension Corpus {
  /// The positions, in a window that `fill` made, of the tokens of each bin: those whose centre base lies
  /// in it. The bins at the window's ends are as long as the window lets them.
  ///
  /// - Parameters:
  ///   - start: the window's first base, 0-based, may be negative.
  ///   - bases: in the window.
  public func bins(ofTokensFrom start: Int, bases: Int) -> [Range<Int>] {
    let count = vocabulary.tokens(forBases: bases)
    let centre = start + vocabulary.k / 2
    var bins: [Range<Int>] = []
    var first = 0
    while first < count {
      let place = centre + first * vocabulary.stride
      // Rounded down for negative places too.
      let bin = place >= 0 ? place / binSize : -((-place + binSize - 1) / binSize)
      let rest = (bin + 1) * binSize - place
      let next = min(count, first + (rest + vocabulary.stride - 1) / vocabulary.stride)
      // [CLS] is position 0.
      bins.append(first + 1..<next + 1)
      first = next
    }
    return bins
  }
}
