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
  /// Share of the tokens that are chosen, 0 to 1.
  public let rate: Double
  /// Of the chosen spans, the shares that become [MASK] and random tokens; the rest stays.
  public let maskShare, randomShare: Double
  /// Tokens in a span.
  public let span: Int
  let vocabulary: Vocabulary

  /// - Parameters:
  ///   - rate: 0 to 1.
  ///   - maskShare: 0 to 1, and with `randomShare` at most 1.
  ///   - span: in tokens; 0 for k with overlapping k-mers, else 1.
  public init(
    rate: Double, maskShare: Double = 0.8, randomShare: Double = 0.1, span: Int,
    vocabulary: Vocabulary
  ) {
    self.rate = rate
    self.maskShare = maskShare
    self.randomShare = randomShare
    self.span = span > 0 ? span : vocabulary.isOverlapping ? vocabulary.k : 1
    self.vocabulary = vocabulary
  }

  /// The same rule with another span.
  public func withSpan(_ span: Int) -> Masking {
    Masking(
      rate: rate, maskShare: maskShare, randomShare: randomShare, span: span,
      vocabulary: vocabulary)
  }

  /// The mean number of tokens that are chosen among `count`, where they hold the spans.
  public func expected(among count: Int) -> Double { rate * Double(count) }

  /// The most tokens that can be chosen among `count`.
  public func capacity(among count: Int) -> Int { span * mostSpans(among: count) }

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
  /// - Parameter tokens: [CLS], tokens, [SEP].
  /// - Returns: what was chosen; special tokens, [UNK] among them, never are.
  public func apply(
    to tokens: UnsafeMutableBufferPointer<Int32>, random: inout RandomSequence
  ) -> Hidden {
    var hidden = Hidden()
    for start in spans(among: tokens.count - 2, random: &random) {
      let fate = random.uniform()
      for position in start + 1..<start + 1 + span {
        let token = tokens[position]
        if token < vocabulary.firstKmer { continue }
        hidden.positions.append(Int32(position))
        hidden.labels.append(token)
        if fate < maskShare {
          tokens[position] = vocabulary.mask
        } else if fate < maskShare + randomShare {
          let kmers = vocabulary.count - Int(vocabulary.firstKmer)
          tokens[position] = vocabulary.firstKmer + Int32(random.below(kmers))
        }
      }
    }
    return hidden
  }

  /// The starts of disjoint spans among `count` tokens, in order; every arrangement is equally
  /// likely.
  ///
  /// The expected number of chosen tokens is `rate` times `count`: the fraction of a span is kept
  /// by chance.
  func spans(among count: Int, random: inout RandomSequence) -> [Int] {
    let expected = rate * Double(count) / Double(span)
    let wanted = Int(expected + random.uniform())
    // A sum that is rounded up could want one span more than `capacity` promises.
    let chosen = min(wanted, mostSpans(among: count))
    guard chosen > 0 else { return [] }
    // n spans of s tokens among c tokens are n marks among c - n (s - 1) places: contract, draw,
    // expand. Marks are drawn without replacement by Floyd's method (Bentley and Floyd 1987).
    let places = count - chosen * (span - 1)
    var marks: Set<Int> = []
    for last in places - chosen..<places {
      let place = random.below(last + 1)
      marks.insert(marks.contains(place) ? last : place)
    }
    return marks.sorted().enumerated().map { $1 + $0 * (span - 1) }
  }
}
