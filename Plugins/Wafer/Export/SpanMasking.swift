/// Chooses the positions a masked language model must predict and hides them.
///
/// Overlapping k-mers share bases with their neighbours, so a k-mer hidden alone can be read off the two
/// beside it; spans of at least k neighbours are hidden together, as DNABERT does
/// (https://doi.org/10.1093/bioinformatics/btab083). Of the spans, 80 % become `[MASK]`, 10 % random tokens
/// and 10 % stay (BERT, https://arxiv.org/abs/1810.04805), each as a whole.
struct SpanMasking: Sendable {
  /// Tokens hidden together; 1 where tokens do not overlap.
  var span: Int
  /// Scored positions of a sequence, exactly.
  var scored: Int
  /// The id of `[MASK]`.
  var mask: Int32
  /// Ids a random token is drawn from.
  var words: Range<Int32>

  /// Hides positions of one sequence.
  ///
  /// - Parameters:
  ///   - tokens: the sequence; hidden in place.
  ///   - candidates: positions that may be hidden; at least `scored` of them.
  /// - Returns: the scored positions in rising order, and what stood there.
  func hide(
    _ tokens: inout [Int32], candidates: Range<Int>, _ generator: inout Generator
  ) -> (positions: [Int32], labels: [Int32]) {
    precondition(candidates.count >= scored, "more positions to score than there are")
    var isHidden = [Bool](repeating: false, count: tokens.count)
    let original = tokens
    var remaining = scored
    while remaining > 0 {
      // A span may begin before the first candidate, so that all positions are equally likely.
      let first = Int.random(
        in: candidates.lowerBound - span + 1..<candidates.upperBound, using: &generator)
      let choice = generator.uniform()
      for position in max(first, candidates.lowerBound)..<min(first + span, candidates.upperBound)
      where remaining > 0 && !isHidden[position] {
        isHidden[position] = true
        remaining -= 1
        if choice < 0.8 {
          tokens[position] = mask
        } else if choice < 0.9 {
          tokens[position] = Int32.random(in: words, using: &generator)
        }
      }
    }
    let positions = candidates.filter { isHidden[$0] }
    return (positions.map { Int32($0) }, positions.map { original[$0] })
  }
}
