import Files
import FlowTesting
import Testing

@testable import Tokens

/// scripts/check-tokenizers.py has the tokenizers library read such files.
@Suite struct TokenizerWriteTests {
  @Test func everyTokenIsAWordWithItsID() {
    let tokenizer = Tokenizer(Vocabulary(k: 2, isOverlapping: true))
    let json = tokenizer.json
    #expect(json["model"]?["type"] == "WordLevel" && json["model"]?["unk_token"] == "[UNK]")
    let vocabulary = json["model"]?["vocab"]?.object ?? [:]
    #expect(vocabulary.count == 21)
    for (id, word) in tokenizer.tokens.enumerated() { #expect(vocabulary[word] == .integer(id)) }
    let added = json["added_tokens"]?.array ?? []
    #expect(added.map { $0["content"]?.string } == SpecialTokens.names)
    #expect(added.allSatisfy { $0["special"] == true })
  }

  @Test func adjacentKmersAreCutFromTheSequence() {
    let json = Tokenizer(Vocabulary(k: 2, isOverlapping: false)).json
    #expect(
      json["pre_tokenizer"]
        == [
          "type": "Split", "pattern": ["Regex": ".{2}"], "behavior": "Removed", "invert": true,
        ])
    let normalizers = json["normalizer"]?["normalizers"]?.array ?? []
    #expect(normalizers.count == 5)
    #expect(
      normalizers.last == ["type": "Replace", "pattern": ["Regex": #"\s+"#], "content": ""])
    #expect(Tokenizer.nucleotides.json["pre_tokenizer"]?["pattern"]?["Regex"] == ".{1}")
  }

  @Test func overlappingKmersStandBetweenSpaces() {
    let json = Tokenizer(Vocabulary(k: 2, isOverlapping: true)).json
    #expect(json["pre_tokenizer"] == ["type": "WhitespaceSplit"])
    #expect(
      json["normalizer"]?["normalizers"]?.array?.first
        == ["type": "Replace", "pattern": ["String": "a"], "content": "A"])
  }

  @Test func aSequenceStandsBetweenItsSpecialTokens() {
    let template = Tokenizer.nucleotides.json["post_processor"]
    let names = template?["single"]?.array?.map {
      ($0["SpecialToken"] ?? $0["Sequence"])?["id"]?.string
    }
    #expect(names == ["[CLS]", "A", "[SEP]"])
    #expect(template?["special_tokens"]?["[SEP]"]?["ids"] == [3])
  }

  @Test(arguments: ["dnabert2-kind", "roberta-kind", "adjacent-3mers", "overlapping-2mers"])
  func whatIsWrittenReadsBackAsTheSame(name: String) throws {
    let folder = try TemporaryDirectory()
    let tokenizer = try Tokenizer(reading: "\(tokenizerFixtures)/\(name).json")
    try tokenizer.write(to: folder.at("tokenizer.json"))
    let again = try Tokenizer(reading: folder.at("tokenizer.json"))
    #expect(again == tokenizer)
    #expect(again.fingerprint == tokenizer.fingerprint)
  }

  @Test func fingerprintsTellTokenizersApart() throws {
    let overlapping = Tokenizer(Vocabulary(k: 3, isOverlapping: true))
    let adjacent = Tokenizer(Vocabulary(k: 3, isOverlapping: false))
    #expect(Set([overlapping, adjacent, .nucleotides].map(\.fingerprint)).count == 3)
    #expect(
      Tokenizer(Vocabulary(k: 1, isOverlapping: false)).fingerprint
        == Tokenizer.nucleotides.fingerprint)
  }

  @Test func theOtherStrandIsReadBackwards() {
    var codes: [UInt8] = [0, 1, 2, 3, 4, 0]
    codes.withUnsafeMutableBufferPointer { Tokenizer.complement($0) }
    #expect(codes == [1, 4, 2, 3, 0, 1])
  }
}
