import CounterRandom
import FlowTesting
import Genome
import Testing
import Tokens

@testable import Corpus

/// Which state a token has, and windows of the other strand, against plain readings.
@Suite struct StateRuleTests {
  /// The states of the bases of each token, in reading order.
  private func tokens(
    _ track: [Int], length: Int, k: Int, stride: Int, start: Int, bases: Int, reversed: Bool
  ) -> [[Int32]] {
    func state(_ base: Int) -> Int32 {
      base < 0 || base >= length ? 0 : Int32(track[base / 10])
    }
    let read = (start..<start + bases).map(state)
    let strand = reversed ? read.reversed() : read
    return Swift.stride(from: 0, through: bases - k, by: stride).map { Array(strand[$0..<$0 + k]) }
  }

  private func majority(_ states: [Int32]) -> Int32 {
    let counts = Dictionary(states.map { ($0, 1) }, uniquingKeysWith: +)
    let most = counts.values.max() ?? 0
    return states.first { counts[$0] == most } ?? 0
  }

  @Test(arguments: 1...8, [true, false])
  func statesAreThoseOfTheRule(k: Int, overlapping: Bool) throws {
    let folder = try TemporaryDirectory()
    let example = try CorpusTests.example(
      folder, k: k, overlapping: overlapping, seed: UInt64(40 + k))
    var random = RandomSequence(3)
    for rule in StateRule.allCases {
      for isReversed in [false, true] {
        var corpus = example.corpus
        corpus.stateRule = rule
        for _ in 0..<40 {
          let chromosome = Int.random(in: 0...1, using: &random)
          let length = example.sequence[chromosome].utf8.count
          let start = Int.random(in: 0..<length - 90, using: &random)
          let bases = Int.random(in: k...80, using: &random)
          let expected = tokens(
            example.states[1][chromosome], length: length, k: k, stride: overlapping ? 1 : k,
            start: start, bases: bases, reversed: isReversed
          ).map { rule == .centre ? $0[k / 2] : majority($0) }
          let window = read(
            corpus, chromosome, start, bases, isReversed, length: expected.count + 2)
          #expect(window.states == [0] + expected + [0])
        }
      }
    }
  }

  private func read(
    _ corpus: Corpus, _ chromosome: Int, _ start: Int, _ bases: Int, _ isReversed: Bool, length: Int
  ) -> (tokens: [Int32], states: [Int32]) {
    var tokens = [Int32](repeating: -9, count: length)
    var states = tokens
    tokens.withUnsafeMutableBufferPointer { tokens in
      states.withUnsafeMutableBufferPointer { states in
        corpus.fill(
          chromosome: chromosome, start: start, bases: bases, cellType: 1, isReversed: isReversed,
          tokens: tokens, states: states)
      }
    }
    return (tokens, states)
  }

  @Test(arguments: [1, 4, 6], [true, false])
  func theOtherStrandIsTheReverseComplementReadAnew(k: Int, overlapping: Bool) throws {
    let folder = try TemporaryDirectory()
    let example = try CorpusTests.example(folder, k: k, overlapping: overlapping)
    let letters = Array(example.sequence[0].uppercased())
    let complement: [Character: Character] = ["A": "T", "T": "A", "C": "G", "G": "C"]
    for start in [0, 20, 95, 400] {
      let bases = 71
      let strand = letters[start..<start + bases].reversed().map { complement[$0] ?? "N" }
      let expected = stride(from: 0, through: bases - k, by: overlapping ? 1 : k).map {
        example.corpus.vocabulary.id(String(strand[$0..<$0 + k]))
      }
      let window = read(
        example.corpus, 0, start, bases, true, length: expected.count + 2)
      #expect(window.tokens == [2] + expected + [3])
    }
  }

  @Test(arguments: [(1, true), (3, true), (3, false), (6, false), (8, true)], [true, false])
  func binsAreThoseOfTheirTokens(tokens: (k: Int, overlapping: Bool), isReversed: Bool) throws {
    let folder = try TemporaryDirectory()
    var corpus = try CorpusTests.example(folder, k: tokens.k, overlapping: tokens.overlapping)
      .corpus
    for rule in StateRule.allCases {
      corpus.stateRule = rule
      let bins = corpus.bins(ofTokensFrom: 33, bases: 100, isReversed: isReversed)
      let count = corpus.vocabulary.tokens(forBases: 100)
      #expect(bins.flatMap(Array.init) == Array(1...count))
      let states = read(corpus, 0, 33, 100, isReversed, length: count + 2).states
      #expect(bins.allSatisfy { bin in Set(bin.map { states[$0] }).count == 1 })
      #expect(bins.count >= 10 && bins.count <= 11)
    }
  }
}
