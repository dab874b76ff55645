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
  /// - Returns: for each chosen bin its centre token, or the later of the two, and the state there.
  public func apply(
    to states: UnsafeMutableBufferPointer<Int32>, bins: some Sequence<Range<Int>>,
    random: inout RandomSequence
  ) -> Masking.Hidden {
    var hidden = Masking.Hidden()
    for bin in bins {
      // Drawn for each bin, so that a bin's choice does not hang on its neighbours' states.
      let isChosen = random.uniform() < rate
      let centre = (bin.lowerBound + bin.upperBound) / 2
      guard isChosen, !bin.isEmpty, states[centre] != 0 else { continue }
      hidden.positions.append(Int32(centre))
      hidden.labels.append(states[centre])
      for position in bin { states[position] = mask }
    }
    return hidden
  }
}
