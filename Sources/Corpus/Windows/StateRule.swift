/// Which state a token has that spans two bins of a segmentation, or more.
public enum StateRule: String, Sendable, CaseIterable {
  /// That of its centre base, start + length / 2: of the two in the middle the later one.
  case centre
  /// That in which most of its bases lie; of equals the one that comes first.
  case majority

  /// The base, counted from a token's first on the forward strand, whose bin gives the state, where no token
  /// of `length` bases spans more than two bins.
  ///
  /// Of two bins the first has at least half of a token's bases exactly if it has base (length - 1) / 2.
  ///
  /// - Parameter isReversed: whether the token is read from its other end.
  func place(inTokenOf length: Int, isReversed: Bool = false) -> Int {
    let place =
      switch self {
      case .centre: length / 2
      case .majority: (length - 1) / 2
      }
    return isReversed ? length - 1 - place : place
  }
}
