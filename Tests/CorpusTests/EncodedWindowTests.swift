import CounterRandom
import DNA
import FlowTesting
import Genome
import Testing
import Tokens

@testable import Corpus

/// Windows of tokens of different lengths, against a plain reading.
@Suite struct EncodedWindowTests {
  /// A, T, C, G, and the merges AC, ACG, TT, TTTT.
  static func tokenizer() throws -> Tokenizer {
    let tokens = SpecialTokens.names + ["A", "T", "C", "G", "AC", "ACG", "TT", "TTTT"]
    return Tokenizer(
      try BytePairModel(
        tokens: tokens,
        merges: [
          .init(left: 5, right: 7, result: 9), .init(left: 9, right: 8, result: 10),
          .init(left: 6, right: 6, result: 11), .init(left: 11, right: 11, result: 12),
        ], specials: .standard))
  }

  let folder: TemporaryDirectory
  let corpus: Corpus
  let sequences: [String]
  let tracks: [[[Int]]]

  init() throws {
    folder = try TemporaryDirectory()
    let example = try CorpusTests.example(folder)
    corpus = try example.corpus.reading(Self.tokenizer())
    (sequences, tracks) = (example.sequence, example.states)
  }

  /// The tokens of letters, each with the number of its letters: what the merges above give, spelled out.
  private func pieces(_ letters: [Character]) -> [(id: Int32, length: Int)] {
    var pieces: [(Int32, Int)] = []
    var rest = letters[...]
    while let first = rest.first {
      let piece: (Int32, Int)
      if rest.starts(with: "ACG") {
        piece = (10, 3)
      } else if rest.starts(with: "AC") {
        piece = (9, 2)
      } else if rest.starts(with: "TTTT") {
        piece = (12, 4)
      } else if rest.starts(with: "TT") {
        piece = (11, 2)
      } else {
        piece = (
          Int32(
            "ATCG".firstIndex(of: first).map {
              5 + "ATCG".distance(from: "ATCG".startIndex, to: $0)
            } ?? 1), 1
        )
      }
      pieces.append(piece)
      rest = rest.dropFirst(piece.1)
    }
    return pieces
  }

  private func majority(_ states: [Int32]) -> Int32 {
    let counts = Dictionary(states.map { ($0, 1) }, uniquingKeysWith: +)
    let most = counts.values.max() ?? 0
    return states.first { counts[$0] == most } ?? 0
  }

  @Test(arguments: StateRule.allCases, [false, true])
  func windowsEqualAPlainReading(rule: StateRule, isReversed: Bool) throws {
    var corpus = corpus
    corpus.stateRule = rule
    let complement: [Character: Character] = ["A": "T", "T": "A", "C": "G", "G": "C"]
    var scratch = EncodingScratch(encoder: TokenEncoder(corpus.tokenizer))
    var random = RandomSequence(8)
    for _ in 0..<150 {
      let chromosome = Int.random(in: 0...1, using: &random)
      let letters = Array(sequences[chromosome].uppercased())
      let start = Int.random(in: -9...letters.count - 10, using: &random)
      let bases = Int.random(in: 1...60, using: &random)
      let places =
        isReversed ? Array((start..<start + bases).reversed()) : Array(start..<start + bases)
      let read = places.map { place -> Character in
        guard letters.indices.contains(place), "ATCG".contains(letters[place]) else { return "N" }
        return isReversed ? complement[letters[place]] ?? "N" : letters[place]
      }
      let states = places.map { place in
        letters.indices.contains(place) ? Int32(tracks[0][chromosome][place / 10]) : 0
      }
      var expected: (tokens: [Int32], states: [Int32]) = ([2], [0])
      var place = 0
      for piece in pieces(read).prefix(20) {
        let own = Array(states[place..<place + piece.length])
        expected.tokens.append(piece.id)
        expected.states.append(rule == .centre ? own[piece.length / 2] : majority(own))
        place += piece.length
      }
      expected.tokens.append(3)
      expected.states.append(0)
      let used = expected.tokens.count
      expected.tokens += [Int32](repeating: 0, count: 22 - used)
      expected.states += [Int32](repeating: 0, count: 22 - used)
      var tokens = [Int32](repeating: -9, count: 22)
      var own = tokens
      let count = tokens.withUnsafeMutableBufferPointer { tokens in
        own.withUnsafeMutableBufferPointer { states in
          corpus.fillEncoded(
            chromosome: chromosome, start: start, bases: bases, cellType: 0,
            isReversed: isReversed, scratch: &scratch, tokens: tokens, states: states)
        }
      }
      #expect(count == used && tokens == expected.tokens && own == expected.states)
    }
  }

  @Test func aBatchSaysWhatOfItsWindowsIsInUse() throws {
    let length = 24
    let bases = corpus.bases(forTokens: length)
    // Less than two bases a token: most tokens are single bases.
    #expect(bases > 22 && bases < 44)
    let loader = WindowLoader(
      corpus: corpus,
      order: .uniform(WindowSampler(regions: corpus.training, cellTypes: [0, 1], bases: bases)),
      length: length, seed: 2)
    let masking = Masking(
      rate: 0.2, maskShare: 1, randomShare: 0, span: 0, tokenizer: corpus.tokenizer)
    var batch = LoadedWindows(count: 60, length: length)
    loader.load(step: 1, firstNumber: 0, first: 0, masking: masking, into: &batch)
    #expect(Set(batch.used).count > 2 && batch.used.contains(length))
    for (window, used) in batch.used.enumerated() {
      let tokens = batch.tokens[window * length..<(window + 1) * length]
      #expect(tokens.first == 2 && tokens[window * length + used - 1] == 3)
      #expect(tokens.suffix(length - used).allSatisfy { $0 == 0 })
    }
    #expect(batch.rows.allSatisfy { batch.tokens[Int($0)] == 4 })
    #expect(batch.labels.allSatisfy { (5...12).contains($0) })
    // Parts give the same windows.
    var part = LoadedWindows(count: 7, length: length)
    loader.load(step: 1, firstNumber: 0, first: 30, masking: masking, into: &part)
    #expect(part.tokens == Array(batch.tokens[30 * length..<37 * length]))
  }

  @Test func tokenizersWithOtherSpecialTokensAreRefused() throws {
    let tokens = ["A", "T", "C", "G"] + SpecialTokens.names
    let model = try BytePairModel(
      tokens: tokens, merges: [],
      specials: SpecialTokens(pad: 4, unknown: 5, classification: 6, separator: 7, mask: 8))
    #expect(message { _ = try self.corpus.reading(Tokenizer(model)) }.contains("ids 4, 5, 6, 7, 8"))
  }
}
