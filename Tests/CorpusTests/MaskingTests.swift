import CounterRandom
import Testing

@testable import Corpus
@testable import Tokens

@Suite struct MaskingTests {
  private func masking(
    rate: Double = 0.15, maskShare: Double = 0.8, randomShare: Double = 0.1, span: Int = 0,
    k: Int = 6, isOverlapping: Bool = true
  ) -> Masking {
    Masking(
      rate: rate, maskShare: maskShare, randomShare: randomShare, span: span,
      vocabulary: Vocabulary(k: k, isOverlapping: isOverlapping))
  }

  /// [CLS], 510 different 6-mers, [SEP].
  private let window: [Int32] = [2] + (0..<510).map { 5 + 7 * $0 } + [3]

  /// Where spans begin among `count` tokens.
  private func spans(_ masking: Masking, among count: Int, random: inout RandomSequence) -> [Int] {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Marks.words(for: count)) { words in
      let marks = Marks(words)
      var starts: [Int] = []
      marks.forEach(below: masking.markSpans(among: count, marks, random: &random)) {
        starts.append($1 + $0 * (masking.span - 1))
      }
      return starts
    }
  }

  private func apply(_ masking: Masking, _ seed: Int) -> ([Int32], Masking.Hidden) {
    var tokens = window
    var random = RandomSequence(UInt64(seed))
    let hidden = tokens.withUnsafeMutableBufferPointer { masking.apply(to: $0, random: &random) }
    return (tokens, hidden)
  }

  @Test func spanIsThatOfTheTokens() {
    #expect(masking().span == 6)
    #expect(masking(isOverlapping: false).span == 1)
    #expect(masking(span: 9).span == 9)
  }

  @Test func spansAreDisjointInsideAndOfTheExpectedNumber() {
    let masking = masking()
    var total = 0
    for seed in 0..<400 {
      var random = RandomSequence(UInt64(seed))
      let starts = spans(masking, among: 510, random: &random)
      #expect(starts.allSatisfy { $0 >= 0 && $0 + 6 <= 510 })
      #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 + 6 <= $1 })
      total += 6 * starts.count
    }
    // 15 % of 510 tokens; the fraction of a span has a standard deviation of 6 x 0.43 tokens.
    #expect(abs(Double(total) / 400 - 76.5) < 4 * 6 * 0.43 / 20)
  }

  @Test func everyArrangementIsEquallyLikely() {
    // Two spans of two tokens among six: C(4, 2) = 6 arrangements.
    let masking = masking(rate: 4.0 / 6, span: 2)
    var counts: [[Int]: Int] = [:]
    for seed in 0..<6000 {
      var random = RandomSequence(UInt64(seed))
      counts[spans(masking, among: 6, random: &random), default: 0] += 1
    }
    #expect(counts.count == 6)
    // Four standard deviations of a count: 4 sqrt(6000 x 1/6 x 5/6).
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 116 })
  }

  @Test func aMaskedSpanHidesABaseFromEveryToken() {
    let (tokens, scored) = apply(masking(maskShare: 1, randomShare: 0), 3)
    let hidden = Set(scored.positions.map { Int($0) })
    #expect(!hidden.isEmpty)
    #expect(hidden.allSatisfy { tokens[$0] == 4 })
    // The last base of a span's first token is in all six of its tokens and in no other.
    for start in hidden where !hidden.contains(start - 1) && start + 6 <= 511 {
      #expect((start..<start + 6).allSatisfy(hidden.contains))
    }
  }

  @Test func labelsAreWhatStoodThere() {
    let (tokens, scored) = apply(masking(), 4)
    #expect(scored.labels == scored.positions.map { window[Int($0)] })
    #expect(scored.positions == Set(scored.positions).sorted())
    let untouched = Set(tokens.indices).subtracting(scored.positions.map { Int($0) })
    #expect(untouched.allSatisfy { tokens[$0] == window[$0] })
    #expect(tokens.first == 2 && tokens.last == 3)
  }

  @Test func fatesHaveTheirShares() {
    var (masked, kept, all) = (0, 0, 0)
    for seed in 0..<300 {
      let (tokens, scored) = apply(masking(), seed)
      for (position, label) in zip(scored.positions, scored.labels) {
        all += 1
        if tokens[Int(position)] == 4 { masked += 1 }
        if tokens[Int(position)] == label { kept += 1 }
      }
    }
    // Spans share a fate: about all / 6 draws, four standard deviations.
    let draws = Double(all) / 6
    #expect(abs(Double(masked) / Double(all) - 0.8) < 4 * (0.16 / draws).squareRoot())
    #expect(abs(Double(kept) / Double(all) - 0.1) < 4 * (0.09 / draws).squareRoot())
  }

  @Test func specialTokensAreNeverScored() {
    var tokens: [Int32] = [2, 1, 1, 0, 0, 3]
    var random = RandomSequence(1)
    let scored = tokens.withUnsafeMutableBufferPointer {
      masking(rate: 0.9, span: 1).apply(to: $0, random: &random)
    }
    #expect(scored.positions.isEmpty && scored.labels.isEmpty)
    #expect(tokens == [2, 1, 1, 0, 0, 3])
  }

  @Test func aSpanSharesItsFate() {
    for seed in 0..<300 {
      let (tokens, scored) = apply(masking(), seed)
      for first in stride(from: 0, to: scored.positions.count, by: 6) {
        let seen = scored.positions[first..<first + 6].map { tokens[Int($0)] }
        #expect(seen.allSatisfy { $0 == 4 } || !seen.contains(4))
      }
    }
  }

  @Test func spansBeginAnywhereUpToBothEnds() {
    var counts = [Int](repeating: 0, count: 512)
    for seed in 0..<4000 {
      for position in apply(masking(), seed).1.positions { counts[Int(position)] += 1 }
    }
    #expect(counts[0] == 0 && counts[511] == 0)
    #expect(counts[1] > 0 && counts[510] > 0)
    let inner = 4000.0 * 76.5 / 510
    #expect(counts[20..<490].allSatisfy { abs(Double($0) - inner) < 0.25 * inner })
  }

  @Test func capacityIsTheMostThatIsChosen() {
    let masking = masking()
    // 0.15 x 510 / 6 = 12.75 spans: 12 or 13.
    #expect(masking.capacity(among: 510) == 78)
    #expect(masking.expected(among: 510) == 76.5)
    #expect(Set((0..<400).map { apply(masking, $0).1.positions.count }) == [72, 78])
    // No room for a span, and room for fewer than the rate asks for.
    #expect(masking.capacity(among: 5) == 0)
    #expect(self.masking(rate: 0.9).capacity(among: 13) == 12)
  }
}
