import Files
import FlowTesting
import Testing

@testable import Transformer

/// scripts/check-huggingface.py has transformers read such files.
@Suite struct TokenizerFilesTests {
  private static let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "AA", "AT", "TA", "TT"]
  private static let vocabulary = words.map { $0 + "\n" }.joined()

  private func files(_ tokenization: Tokenization?) -> TokenizerFiles {
    TokenizerFiles(
      vocabulary: TokenizerFilesTests.vocabulary, tokenization: tokenization, maximumLength: 32)
  }

  private func kmers(isOverlapping: Bool) -> Tokenization {
    Tokenization(k: 2, isOverlapping: isOverlapping, stateNames: ["none"])
  }

  @Test func everyTokenIsAWordWithItsID() {
    let json = files(nil).tokenizer
    #expect(json["model"]?["type"] == "WordLevel")
    #expect(json["model"]?["unk_token"] == "[UNK]")
    let vocabulary = json["model"]?["vocab"]?.object ?? [:]
    #expect(vocabulary.count == 9)
    for (id, word) in TokenizerFilesTests.words.enumerated() {
      #expect(vocabulary[word] == .integer(id))
    }
    #expect(
      json["added_tokens"]?.array?.map { $0["content"]?.string } == [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
      ])
    #expect(json["added_tokens"]?.array?.allSatisfy { $0["special"] == true } == true)
  }

  @Test func adjacentKmersAreCutFromTheSequence() {
    let json = files(kmers(isOverlapping: false)).tokenizer
    #expect(
      json["pre_tokenizer"]
        == [
          "type": "Split", "pattern": ["Regex": ".{2}"], "behavior": "Removed", "invert": true,
        ])
    let normalizers = json["normalizer"]?["normalizers"]?.array ?? []
    #expect(normalizers.count == 5)
    #expect(
      normalizers.last == ["type": "Replace", "pattern": ["Regex": #"\s+"#], "content": ""])
  }

  @Test func overlappingKmersStandBetweenSpaces() {
    let json = files(kmers(isOverlapping: true)).tokenizer
    #expect(json["pre_tokenizer"] == ["type": "WhitespaceSplit"])
    #expect(
      json["normalizer"]?["normalizers"]?.array?.first
        == ["type": "Replace", "pattern": ["String": "a"], "content": "A"])
  }

  @Test func aSequenceStandsBetweenItsSpecialTokens() {
    let template = files(nil).tokenizer["post_processor"]
    let names = template?["single"]?.array?.map {
      ($0["SpecialToken"] ?? $0["Sequence"])?["id"]?.string
    }
    #expect(names == ["[CLS]", "A", "[SEP]"])
    #expect(template?["special_tokens"]?["[SEP]"]?["ids"] == [3])
    // Without such tokens there is nothing to put around it.
    let bare = TokenizerFiles(vocabulary: "AA\nAT\n", tokenization: nil, maximumLength: 8)
    #expect(bare.tokenizer["post_processor"] == .null)
    #expect(bare.tokenizer["added_tokens"] == [])
  }

  @Test func statesAreNoBusinessOfTheTokenizer() {
    let settings = files(nil).settings
    #expect(settings["tokenizer_class"] == "PreTrainedTokenizerFast")
    #expect(settings["model_input_names"] == ["input_ids", "attention_mask"])
    #expect(settings["mask_token"] == "[MASK]")
    #expect(settings["model_max_length"] == 32)
  }

  @Test func tokensComeBackFromEitherFile() throws {
    let directory = try TemporaryDirectory()
    let model = "\(directory.path)/model"
    try MaskedLanguageModel(.small(), device: CPU(threads: 1), seed: 5)
      .save(to: model, vocabulary: TokenizerFilesTests.vocabulary)
    let checkpoint = try Checkpoint(directory: model)
    #expect(try checkpoint.tokens() == TokenizerFilesTests.words)
    try Path.remove("\(model)/vocab.txt")
    #expect(try checkpoint.tokens() == TokenizerFilesTests.words)
    try Path.remove("\(model)/tokenizer.json")
    #expect(try checkpoint.tokens() == nil)
  }

  @Test func wordsThatMeanSomethingElseAreRefused() throws {
    let directory = try TemporaryDirectory()
    let model = "\(directory.path)/model"
    try MaskedLanguageModel(.small(), device: CPU(threads: 1), seed: 5)
      .save(to: model, vocabulary: TokenizerFilesTests.vocabulary)
    let checkpoint = try Checkpoint(directory: model)
    try checkpoint.checkTokens(against: TokenizerFilesTests.vocabulary)
    let error = #expect(throws: ModelError.self) {
      try checkpoint.checkTokens(against: "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nAA\nTA\nAT\nTT\n")
    }
    #expect(
      error?.description.contains("token 6 is 'AT' to the model and 'TA' to the corpus") == true)
  }

  @Test(arguments: [
    (#"{"model":{"type":"BPE","vocab":{"A":0}}}"#, "its model is BPE"),
    (#"{"model":{"type":"WordLevel"}}"#, "its model has no 'vocab'"),
    (#"{}"#, "it has no 'model'"),
    (#"{"model":{"type":"WordLevel","vocab":{"A":0,"B":2}}}"#, "'B' has no id from 0 to 1"),
    (#"{"model":{"type":"WordLevel","vocab":{"A":0,"B":0}}}"#, "share the id 0"),
    (#"{"model":{"type":"WordLevel","vocab":{"A":"0"}}}"#, "'A' has no id from 0 to 0"),
  ])
  func otherTokenizersAreRefusedWithTheReason(text: String, reason: String) throws {
    let error = #expect(throws: ModelError.self) {
      try Checkpoint.tokens(ofTokenizer: JSON(parsing: text))
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test func addedTokensAndWordPieceAreLists() throws {
    let text = #"""
      {"added_tokens":[{"id":2,"content":"[MASK]"},{"id":0,"content":"A"}],
       "model":{"type":"WordPiece","vocab":{"A":0,"B":1}}}
      """#
    #expect(try Checkpoint.tokens(ofTokenizer: JSON(parsing: text)) == ["A", "B", "[MASK]"])
  }
}
