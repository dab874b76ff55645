import CounterRandom
import Tokens

/// Which tokens a masked language model must guess, and what it sees in their place.
///
/// BERT's rule (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): 15 % of the tokens are chosen;
/// of these 80 % become [MASK], 10 % a random token, 10 % stay. With overlapping k-mers a single masked
/// token could be read off its neighbours, so tokens are chosen in contiguous spans, and a span shares
/// one of the three fates: a base that all tokens of a span contain is hidden from every k-mer (DNABERT,
/// Ji et al. 2021, https://doi.org/10.1093/bioinformatics/btab083). States stay visible, but for those that
/// `MaskingOfStates` takes.
public struct Masking: Equatable, Sendable {
  /// What is chosen as one.
  public enum Unit: String, Sendable, CaseIterable {
    /// `span` contiguous tokens, anywhere; with a span of 1, tokens one by one.
    case span
    /// All tokens of a bin of the states: those whose centre base lies in it.
    case bin
  }

  /// Share of the tokens that are chosen, 0 to 1.
  public let rate: Double
  /// Of the chosen units, the shares that become [MASK] and random tokens; the rest stays.
  public let maskShare, randomShare: Double
  /// What is chosen as one.
  public let unit: Unit
  /// Tokens in a span; 1 where units are bins.
  public let span: Int
  /// The id of `[MASK]`.
  let mask: Int32
  /// The ids of tokens that are not special.
  let ordinary: Range<Int32>

  /// - Parameters:
  ///   - rate: 0 to 1.
  ///   - maskShare: 0 to 1, and with `randomShare` at most 1.
  ///   - span: in tokens; 0 for k with overlapping k-mers, else 1. Of no meaning for bins.
  public init(
    rate: Double, maskShare: Double = 0.8, randomShare: Double = 0.1, unit: Unit = .span,
    span: Int, vocabulary: Vocabulary
  ) {
    self.init(
      rate: rate, maskShare: maskShare, randomShare: randomShare, unit: unit, span: span,
      tokenizer: Tokenizer(vocabulary))
  }

  /// - Parameters:
  ///   - rate: 0 to 1.
  ///   - maskShare: 0 to 1, and with `randomShare` at most 1.
  ///   - span: in tokens; 0 for k with overlapping k-mers, else 1. Of no meaning for bins.
  ///   - tokenizer: whose special tokens have the lowest ids.
  public init(
    rate: Double, maskShare: Double = 0.8, randomShare: Double = 0.1, unit: Unit = .span,
    span: Int, tokenizer: Tokenizer
  ) {
    self.rate = rate
    self.maskShare = maskShare
    self.randomShare = randomShare
    self.unit = unit
    let overlapping = tokenizer.kmers.map { $0.isOverlapping ? $0.k : 1 } ?? 1
    self.span = unit == .bin ? 1 : span > 0 ? span : overlapping
    mask = tokenizer.specials.mask
    ordinary = Int32(tokenizer.specials.ids.count)..<Int32(tokenizer.count)
  }

  private init(_ other: Masking, rate: Double, unit: Unit, span: Int) {
    (self.rate, self.unit, self.span) = (rate, unit, span)
    (maskShare, randomShare) = (other.maskShare, other.randomShare)
    (mask, ordinary) = (other.mask, other.ordinary)
  }

  /// The same rule with spans of `span` tokens, at least 1.
  public func withSpan(_ span: Int) -> Masking {
    Masking(self, rate: rate, unit: .span, span: span)
  }

  /// The same rule with another rate.
  public func withRate(_ rate: Double) -> Masking {
    Masking(self, rate: rate, unit: unit, span: span)
  }

  /// The mean number of tokens that are chosen among `count`, where they hold the spans.
  public func expected(among count: Int) -> Double { rate * Double(count) }

  /// The most tokens that can be chosen among `count`.
  public func capacity(among count: Int) -> Int {
    // One bin may be the whole window.
    unit == .bin ? count : span * mostSpans(among: count)
  }

  private func mostSpans(among count: Int) -> Int {
    min(Int((rate * Double(count) / Double(span)).rounded(.up)), count / span)
  }

  /// What a model must guess in one window.
  public struct Hidden: Equatable, Sendable {
    /// Positions in the window, rising.
    public internal(set) var positions: [Int32] = []
    /// By position: the token, or the state, that stood there.
    public internal(set) var labels: [Int32] = []
  }

  /// Masks one window in place.
  ///
  /// - Parameters:
  ///   - tokens: [CLS], tokens, [SEP].
  ///   - bins: the window's bins; needed where they are the unit.
  /// - Returns: what was chosen; special tokens, [UNK] among them, never are.
  public func apply(
    to tokens: UnsafeMutableBufferPointer<Int32>, bins: WindowBins? = nil,
    random: inout RandomSequence
  ) -> Hidden {
    let capacity = capacity(among: max(0, tokens.count - 2))
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Marks.words(for: tokens.count))
    { words in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * capacity) { memory in
        var list = HiddenList(
          positions: UnsafeMutableBufferPointer(rebasing: memory[..<capacity]),
          labels: UnsafeMutableBufferPointer(rebasing: memory[capacity...]))
        hide(tokens, bins: bins, random: &random, marks: Marks(words), into: &list)
        return Hidden(
          positions: Array(list.positions[..<list.count]), labels: Array(list.labels[..<list.count])
        )
      }
    }
  }

  /// How many of `units` units are chosen: `rate` times as many on average, the fraction by chance.
  ///
  /// - Parameter most: a sum that is rounded up could want one more than that.
  func number(of units: Double, atMost most: Int, random: inout RandomSequence) -> Int {
    min(Int(rate * units + random.uniform()), most)
  }

  /// Marks the spans among `count` tokens; every arrangement of disjoint spans is equally likely.
  ///
  /// - Returns: how many places the marks are among: n spans of s tokens among c tokens are n marks among
  ///   c - n (s - 1) places. Contract, draw, expand: mark number i at place p is a span from p + i (s - 1).
  func markSpans(among count: Int, _ marks: Marks, random: inout RandomSequence) -> Int {
    let chosen = number(
      of: Double(count) / Double(span), atMost: mostSpans(among: count), random: &random)
    guard chosen > 0 else { return 0 }
    let places = count - chosen * (span - 1)
    marks.draw(chosen, of: places, random: &random)
    return places
  }
}
