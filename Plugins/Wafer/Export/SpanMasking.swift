/// Chooses the positions a masked language model must predict and hides them: the rule of `pretrain/ebert`.
///
/// Overlapping k-mers share bases with their neighbours, so a k-mer hidden alone can be read off the two
/// beside it; spans of k neighbours are hidden together, as DNABERT does
/// (https://doi.org/10.1093/bioinformatics/btab083). Of the spans, 80 % become `[MASK]`, 10 % random tokens
/// and 10 % stay (BERT, https://arxiv.org/abs/1810.04805), each as a whole.
struct SpanMasking: Sendable {
  /// Share of the tokens that are scored, on average.
  var rate: Double
  /// Tokens hidden together; 1 where tokens do not overlap.
  var span: Int
  /// The id of `[MASK]`.
  var mask: Int32
  /// Ids a random token is drawn from.
  var words: Range<Int32>

  /// The most positions that can be scored among `count` tokens.
  func capacity(among count: Int) -> Int { span * min(mostSpans(among: count), count / span) }

  /// The mean number of positions scored among `count` tokens, where they hold the spans.
  func expected(among count: Int) -> Double { rate * Double(count) }

  private func mostSpans(among count: Int) -> Int {
    Int((rate * Double(count) / Double(span)).rounded(.up))
  }

  /// Hides positions of one sequence.
  ///
  /// - Parameters:
  ///   - tokens: the sequence; hidden in place.
  ///   - candidates: positions that may be hidden.
  /// - Returns: the scored positions in rising order, and what stood there.
  func hide(
    _ tokens: inout [Int32], candidates: Range<Int>, _ generator: inout Generator
  ) -> (positions: [Int32], labels: [Int32]) {
    var positions: [Int32] = []
    var labels: [Int32] = []
    for start in spans(among: candidates.count, &generator) {
      let fate = generator.uniform()
      for position in candidates.lowerBound + start..<candidates.lowerBound + start + span {
        positions.append(Int32(position))
        labels.append(tokens[position])
        if fate < 0.8 {
          tokens[position] = mask
        } else if fate < 0.9 {
          tokens[position] = Int32.random(in: words, using: &generator)
        }
      }
    }
    return (positions, labels)
  }

  /// The starts of disjoint spans among `count` tokens, in rising order, all arrangements equally likely. Of a
  /// number of spans that is not whole, the fraction is a probability.
  private func spans(among count: Int, _ generator: inout Generator) -> [Int] {
    let wanted = Int(rate * Double(count) / Double(span) + generator.uniform())
    let chosen = min(wanted, mostSpans(among: count), count / span)
    guard chosen > 0 else { return [] }
    // Spans shrunk to single places are a subset of fewer places; each place is taken with the probability
    // of needing it among those left (Knuth, The Art of Computer Programming, vol. 2, algorithm S).
    let places = count - chosen * (span - 1)
    var starts: [Int] = []
    for place in 0..<places where starts.count < chosen {
      if generator.uniform() * Double(places - place) < Double(chosen - starts.count) {
        starts.append(place + starts.count * (span - 1))
      }
    }
    return starts
  }
}
