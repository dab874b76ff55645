import DNA
import Files
import Testing

@testable import Tokens

@Suite struct BytePairTrainerTests {
  private struct Stopped: Error {}

  private func trainer(
    _ chunks: [some StringProtocol], size: Int, minimumFrequency: Int = 0, longest: Int = .max
  ) throws -> BytePairTrainer {
    var trainer = try BytePairTrainer(
      vocabularySize: size, minimumFrequency: minimumFrequency, longestToken: longest)
    for chunk in chunks {
      let codes = chunk.utf8.map { Base.codes[Int($0)] }
      try codes.withUnsafeBufferPointer { try trainer.append($0) }
    }
    return trainer
  }

  @Test func theMostFrequentPairComesFirstThenTheSmallerIDs() throws {
    // AC twice; then ACG and GAC once each, of which A, which is in neither, does not count.
    let model = try trainer(["ACGT", "GAC"], size: 12).train()
    #expect(model.tokens == SpecialTokens.names + ["A", "C", "G", "T", "AC", "GT", "GAC"])
    #expect(model.merges.map(\.left) == [5, 7, 7])
    #expect(model.merges.map(\.right) == [6, 8, 9])
  }

  @Test func noTokenReachesOverAnUnknownBaseOrTheEndOfAChunk() throws {
    let model = try trainer(["AANAA", "CC", "C"], size: 20).train()
    #expect(model.tokens[9...] == ["AA", "CC"])
  }

  @Test func rarePairsAndLongTokensAreLeftOut() throws {
    let text = [String(repeating: "ACGT", count: 10)]
    #expect(try trainer(text, size: 50, minimumFrequency: 11).train().tokens.count == 9)
    // AC and GT; the two together reach 4.
    #expect(try trainer(text, size: 50, longest: 4).train().longestToken == 2)
    #expect(try trainer(text, size: 50, longest: 5).train().longestToken == 4)
  }

  /// The vocabularies of `BpeTrainer`, of tokenizers 0.23.3, from the same lines.
  @Test(arguments: [
    ("trained", 0, Int.max, 1), ("trained", 0, Int.max, 3), ("trained-limited", 20, 5, 2),
  ])
  func mergesAreThoseOfTheTokenizersLibrary(
    name: String, minimumFrequency: Int, longest: Int, threads: Int
  ) throws {
    let folder = tokenizerFixtures
    let lines = try Path.readText("\(folder)/trained.txt").split(separator: "\n")
    let ours = try trainer(
      lines, size: 300, minimumFrequency: minimumFrequency, longest: longest
    ).train(threads: threads)
    let file = try JSON.read("\(folder)/\(name).json")["model"]
    let theirs = file?["merges"]?.array?.map { merge in
      merge.array?.compactMap(\.string) ?? merge.string?.split(separator: " ").map(String.init)
        ?? []
    }
    #expect(
      ours.merges.map { [ours.tokens[Int($0.left)], ours.tokens[Int($0.right)]] } == theirs)
    let vocabulary = file?["vocab"]?.object ?? [:]
    #expect(vocabulary.count == ours.tokens.count)
    for (id, token) in ours.tokens.enumerated() { #expect(vocabulary[token] == .integer(id)) }
  }

  /// Rows of one base make tokens in several ways, where lazily kept counts go astray first.
  @Test(arguments: 1...8) func threadsDoNotMatter(seed: Int) throws {
    var random = TestRandom(UInt64(seed))
    let chunks = (0..<30).map { _ in
      (0..<400).map { _ in Int.random(in: 0..<9, using: &random) < 7 ? "A" : "C" }.joined()
    }
    let one = try trainer(chunks, size: 90).train()
    #expect(try trainer(chunks, size: 90).train(threads: 4) == one)
    #expect(one.tokens.count == 90)
  }

  @Test func itStopsWhenToldTo() throws {
    let trainer = try trainer([String(repeating: "ACGTTGCA", count: 9)], size: 40)
    #expect(throws: Stopped.self) {
      try trainer.train { if $0 == 12 { throw Stopped() } }
    }
    #expect(throws: GenomeError.self) { try self.trainer(["NNN"], size: 20).train() }
    #expect(throws: GenomeError.self) { try BytePairTrainer(vocabularySize: 8) }
  }
}
