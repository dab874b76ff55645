/// The bins of the states in one window: for each the positions of the tokens that have its state, in a
/// window that `Corpus.fill` made. Disjoint, in order, together all tokens; a bin shorter than the distance
/// of two tokens may have none. The bins at the window's ends are as long as the window lets them.
///
/// A collection that computes its elements, since each window needs one.
public struct WindowBins: RandomAccessCollection, Sendable {
  /// The base whose state the first token has; may be negative.
  private let place: Int
  /// Bases from a token to the next.
  private let stride: Int
  /// Bases in a bin.
  private let size: Int
  /// Tokens in the window, special ones excluded.
  private let tokens: Int
  /// The number of the bin in which the first token lies.
  private let firstBin: Int
  /// Whether the window was turned round.
  private let isReversed: Bool
  public let endIndex: Int
  public var startIndex: Int { 0 }

  /// - Parameters:
  ///   - place: the base whose state the first token has; may be negative.
  ///   - stride: bases from a token to the next, positive.
  ///   - size: bases in a bin, positive.
  ///   - tokens: in the window, special ones excluded.
  ///   - isReversed: whether the window was turned round after it was read; the bins' order is then turned, too.
  public init(place: Int, stride: Int, size: Int, tokens: Int, isReversed: Bool = false) {
    self.place = place
    self.stride = stride
    self.size = size
    self.tokens = tokens
    self.isReversed = isReversed
    firstBin = WindowBins.floor(place, size)
    endIndex =
      tokens == 0 ? 0 : WindowBins.floor(place + (tokens - 1) * stride, size) - firstBin + 1
  }

  public subscript(index: Int) -> Range<Int> {
    let bin = firstBin + (isReversed ? endIndex - 1 - index : index)
    let (low, high) = (first(of: bin), first(of: bin + 1))
    // [CLS] is position 0.
    return isReversed ? tokens - high + 1..<tokens - low + 1 : low + 1..<high + 1
  }

  /// The first token that lies in a bin or behind it.
  private func first(of bin: Int) -> Int {
    let before = bin * size - place
    return before <= 0 ? 0 : Swift.min(tokens, (before + stride - 1) / stride)
  }

  /// Rounded down for negative numbers too.
  private static func floor(_ number: Int, _ size: Int) -> Int {
    number >= 0 ? number / size : -((-number + size - 1) / size)
  }
}

extension Corpus {
  /// The bins of a window that `fill` made.
  ///
  /// - Parameters:
  ///   - start: the window's first base on the forward strand, 0-based, may be negative.
  ///   - bases: in the window.
  ///   - isReversed: whether the other strand was read.
  public func bins(
    ofTokensFrom start: Int, bases: Int, isReversed: Bool = false
  ) -> WindowBins {
    let first = start + (isReversed ? basesBeforeTokens(inReversed: bases) : 0)
    return WindowBins(
      place: first + stateRule.place(inTokenOf: vocabulary.k, isReversed: isReversed),
      stride: vocabulary.stride, size: binSize, tokens: vocabulary.tokens(forBases: bases),
      isReversed: isReversed)
  }
}
