import DNA
import Testing

@testable import Tokens

/// A vocabulary of the standard special tokens, A, C, G and T, and what `pairs` make of them.
func vocabulary(_ pairs: [(String, String)]) throws -> BytePairModel {
  var tokens = SpecialTokens.names + ["A", "C", "G", "T"]
  for (left, right) in pairs where !tokens.contains(left + right) { tokens.append(left + right) }
  let merges = pairs.map { left, right in
    let ids = [left, right, left + right].map { Int32(tokens.firstIndex(of: $0)!) }
    return BytePairModel.Merge(left: ids[0], right: ids[1], result: ids[2])
  }
  return try BytePairModel(tokens: tokens, merges: merges, specials: .standard)
}

/// Random numbers that are the same in each run (xorshift64*, Vigna 2016, doi:10.1145/2845077).
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 2_685_821_657_736_338_717
  }
}

@Suite struct BytePairEncoderTests {
  private func tokens(_ text: String, _ model: BytePairModel) -> [String] {
    var encoder = TokenEncoder(Tokenizer(model))
    var output = EncodedBases()
    encoder.encode(text: text, into: &output)
    return output.ids.map { model.tokens[Int($0)] }
  }

  @Test func theEarliestMergeAndTheLeftmostPlaceComeFirst() throws {
    let model = try vocabulary([("A", "A"), ("C", "A"), ("AA", "C"), ("T", "CA")])
    #expect(tokens("AAA", model) == ["AA", "A"])
    // AA is merged before CA, so that CA never comes to be.
    #expect(tokens("CAA", model) == ["C", "AA"])
    #expect(tokens("TCAAAC", model) == ["T", "C", "AA", "A", "C"])
    #expect(tokens("TCACAAC", model) == ["TCA", "C", "AAC"])
  }

  @Test func aLetterWithoutATokenIsUnknownAndCutsTheText() throws {
    let model = try vocabulary([("A", "A")])
    #expect(tokens("aNAANNA", model) == ["A", "[UNK]", "AA", "[UNK]", "[UNK]", "A"])
    var output = EncodedBases()
    var encoder = TokenEncoder(Tokenizer(model))
    let codes: [UInt8] = [0, 4, 0, 0, 2]
    codes.withUnsafeBufferPointer { encoder.encode($0, into: &output) }
    #expect(output.ids == [5, 1, 9, 6])
    #expect(output.starts == [0, 1, 2, 4])
    #expect(output.lengths == [1, 1, 2, 1])
    codes.withUnsafeBufferPointer { encoder.encode($0, limit: 2, into: &output) }
    #expect(output.ids == [5, 1])
    #expect(output.starts == [0, 1])
  }

  /// Merges in any order, parts of tokens after the tokens, tokens made in several ways: what a hostile file may
  /// hold, and what decides whether going back in time is right.
  @Test(arguments: 0..<60) func itDoesWhatMergingByTheBookDoes(seed: Int) throws {
    var random = TestRandom(UInt64(seed) + 1)
    let letters = Array(["A", "C", "G", "T"].prefix(seed % 3 + 2))
    var texts = letters
    var pairs: [(String, String)] = []
    while pairs.count < 40 {
      let left = texts[Int.random(in: 0..<texts.count, using: &random)]
      let right = texts[Int.random(in: 0..<texts.count, using: &random)]
      guard left.count + right.count < 12, !pairs.contains(where: { $0 == (left, right) }) else {
        continue
      }
      pairs.append((left, right))
      if !texts.contains(left + right) { texts.append(left + right) }
    }
    if seed % 2 == 1 { pairs.shuffle(using: &random) }
    let model = try vocabulary(pairs)
    let queue = MergeQueue(model.merges, MergeTable(model.merges))
    var encoder = TokenEncoder(Tokenizer(model))
    var output = EncodedBases()
    for _ in 0..<60 {
      let text = (0..<Int.random(in: 1...70, using: &random)).map { _ in
        letters[Int.random(in: 0..<letters.count, using: &random)]
      }
      let symbols = text.compactMap { model.id($0) }
      encoder.encode(text: text.joined(), into: &output)
      #expect(output.ids == queue.merge(symbols).map(\.id), "\(text.joined()) with \(pairs)")
      #expect(output.lengths.reduce(0, +) == Int32(text.count))
    }
  }
}
