import CounterRandom
import FlowTesting
import Testing

@testable import Corpus

@Suite struct MaskingOfStatesTests {
  private func apply(
    _ rate: Double, _ states: [Int32], _ bins: [Range<Int>], seed: UInt64
  ) -> ([Int32], Masking.Hidden) {
    var states = states
    var random = RandomSequence(seed)
    let hidden = states.withUnsafeMutableBufferPointer {
      MaskingOfStates(rate: rate, mask: 9).apply(to: $0, bins: bins, random: &random)
    }
    return (states, hidden)
  }

  @Test func aChosenBinLosesItsStateAtEachTokenAndIsGuessedAtItsCentre() {
    let (states, hidden) = apply(1, [0, 3, 3, 3, 5, 5, 0], [1..<4, 4..<6], seed: 1)
    #expect(states == [0, 9, 9, 9, 9, 9, 0])
    #expect(hidden.positions == [2, 5])
    #expect(hidden.labels == [3, 5])
  }

  @Test func binsWithoutAStateAreLeft() {
    let (states, hidden) = apply(1, [0, 0, 0, 4, 0], [1..<3, 3..<4], seed: 1)
    #expect(states == [0, 0, 0, 9, 0])
    #expect(hidden.labels == [4])
  }

  @Test func nothingIsMaskedAtRateZero() {
    let (states, hidden) = apply(0, [0, 3, 3, 0], [1..<3], seed: 1)
    #expect(states == [0, 3, 3, 0])
    #expect(hidden.positions.isEmpty)
  }

  @Test func theShareOfChosenBinsIsTheRate() {
    let bins = (0..<10).map { 1 + 4 * $0..<5 + 4 * $0 }
    var chosen = 0
    for seed in 0..<500 {
      chosen +=
        apply(0.15, [Int32](repeating: 2, count: 42), bins, seed: UInt64(seed)).1.labels
        .count
    }
    // 5000 draws of 0.15: the standard deviation is sqrt(5000 x 0.15 x 0.85) = 25.
    #expect(abs(chosen - 750) < 4 * 25)
  }

  @Test(arguments: [(1, true), (3, true), (3, false), (6, false)])
  func binsAreThoseOfTheCentreBases(k: Int, overlapping: Bool) throws {
    let folder = try TemporaryDirectory()
    let corpus = try CorpusTests.example(folder, k: k, overlapping: overlapping).corpus
    for start in [-25, -1, 0, 7, 33, 480] {
      let bins = corpus.bins(ofTokensFrom: start, bases: 61)
      #expect(bins.first?.lowerBound == 1)
      #expect(bins.last?.upperBound == corpus.vocabulary.tokens(forBases: 61) + 1)
      #expect(zip(bins, bins.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      let numbers = bins.map { bin in
        Set(
          bin.map { position in
            let centre = start + (position - 1) * corpus.vocabulary.stride + k / 2
            return Int((Double(centre) / 10).rounded(.down))
          })
      }
      #expect(numbers.allSatisfy { $0.count == 1 }, "from \(start)")
      #expect(Set(numbers).count == bins.count, "from \(start)")
    }
  }
}
