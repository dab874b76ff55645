/// Turns a window of tokens and states to the other strand, in place.
///
/// A value that holds the table of the tokens' reverse complements, to be made once and used often.
public struct ReverseComplement: Sendable {
  private let complements: [Int32]
  private let classification: Int32
  private let separator: Int32

  /// Makes the table: one entry a token.
  public init(_ vocabulary: Vocabulary) {
    complements = vocabulary.reverseComplements()
    classification = vocabulary.classification
    separator = vocabulary.separator
  }

  /// Reverses the tokens between a leading `[CLS]` and the first `[SEP]`, each replaced by its reverse
  /// complement, and the states with them. What stands from `[SEP]` on (padding) stays.
  ///
  /// For an even k the centre base of a token and that of its reverse complement are neighbours, so a
  /// state at the edge of a bin may differ from one read anew by one base. `[MASK]` and `[UNK]` move with
  /// their positions.
  ///
  /// - Precondition: `tokens` and `states` have the same length; all ids are in the vocabulary.
  public func apply(
    tokens: UnsafeMutableBufferPointer<Int32>, states: UnsafeMutableBufferPointer<Int32>
  ) {
    precondition(tokens.count == states.count, "a state for each token")
    var low = tokens.first == classification ? 1 : 0
    var high = (tokens.firstIndex(of: separator) ?? tokens.count) - 1
    while low <= high {
      let token = complements[Int(tokens[low])]
      tokens[low] = complements[Int(tokens[high])]
      tokens[high] = token
      states.swapAt(low, high)
      low += 1
      high -= 1
    }
  }
}
