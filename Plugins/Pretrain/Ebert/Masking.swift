import Genome
import Transformer

/// Which tokens the model must guess, and what it sees in their place.
///
/// BERT's rule (Devlin et al. 2019): 15 % of the tokens are chosen; of these 80 % become [MASK], 10
/// % a random token, 10 % stay. With overlapping k-mers a single masked token could be read off its
/// neighbours, so tokens are chosen in contiguous spans, and a span shares one of the three fates:
/// a base that all tokens of a span contain is hidden from every k-mer (DNABERT, Ji et al. 2021,
/// https://doi.org/10.1093/bioinformatics/btab083). States stay visible.
struct Masking: Equatable {
  /// Share of the tokens that are chosen, 0 to 1.
  let rate: Double
  /// Of the chosen spans, the shares that become [MASK] and random tokens; the rest stays.
  let maskShare, randomShare: Double
  /// Tokens in a span.
  let span: Int
  let vocabulary: Vocabulary

  /// - Parameter span: 0 for k with overlapping k-mers, else 1.
  init(
    rate: Double, maskShare: Double, randomShare: Double, span: Int, vocabulary: Vocabulary
  ) {
    self.rate = rate
    self.maskShare = maskShare
    self.randomShare = randomShare
    self.span = span > 0 ? span : vocabulary.isOverlapping ? vocabulary.k : 1
    self.vocabulary = vocabulary
  }

  /// The same rule with another span.
  func withSpan(_ span: Int) -> Masking {
    Masking(
      rate: rate, maskShare: maskShare, randomShare: randomShare, span: span,
      vocabulary: vocabulary)
  }

  /// Masks one window in place and adds what was hidden to `scored`.
  ///
  /// - Parameters:
  ///   - tokens: [CLS], tokens, [SEP].
  ///   - firstRow: the row of the window's first token in its batch.
  func apply(
    to tokens: UnsafeMutableBufferPointer<Int32>, firstRow: Int, scored: inout ScoredPositions,
    random: inout RandomSequence
  ) {
    for start in spans(among: tokens.count - 2, random: &random) {
      let fate = random.uniform()
      for position in start + 1..<start + 1 + span {
        let token = tokens[position]
        if token < vocabulary.firstKmer { continue }
        scored.rows.append(Int32(firstRow + position))
        scored.labels.append(token)
        if fate < maskShare {
          tokens[position] = vocabulary.mask
        } else if fate < maskShare + randomShare {
          let kmers = vocabulary.count - Int(vocabulary.firstKmer)
          tokens[position] = vocabulary.firstKmer + Int32(random.below(kmers))
        }
      }
    }
  }

  /// The starts of disjoint spans among `count` tokens, in order; every arrangement is equally
  /// likely.
  ///
  /// The expected number of chosen tokens is `rate` times `count`: the fraction of a span is kept
  /// by chance.
  func spans(among count: Int, random: inout RandomSequence) -> [Int] {
    let expected = rate * Double(count) / Double(span)
    let wanted = Int(expected + random.uniform())
    let chosen = min(wanted, count / span)
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
