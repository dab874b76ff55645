import Files
import FlowTesting
import Testing
import Tokens

@testable import Transformer

/// scripts/check-huggingface.py has transformers read such files; TokenizerWriteTests tells what is in
/// tokenizer.json.
@Suite struct TokenizerFilesTests {
  private static let kmers = Tokenizer(Vocabulary(k: 2, isOverlapping: true))

  /// A and A, then AA and C: two byte pairs.
  private static func bytePairs() throws -> Tokenizer {
    Tokenizer(
      try BytePairModel(
        tokens: SpecialTokens.names + ["A", "C", "AA", "AAC"],
        merges: [
          BytePairModel.Merge(left: 5, right: 5, result: 7),
          BytePairModel.Merge(left: 7, right: 6, result: 8),
        ], specials: .standard))
  }

  private let directory: TemporaryDirectory
  private var model: String { directory.at("model") }

  init() throws { directory = try TemporaryDirectory() }

  private func save(_ tokenizer: Tokenizer) throws -> Checkpoint {
    let model = try MaskedLanguageModel(.small(), device: CPU(threads: 1), seed: 5)
    model.tokenization = Tokenization(tokenizer, stateNames: ["none"])
    try model.save(to: self.model, tokenizer: tokenizer)
    return try Checkpoint(directory: self.model)
  }

  @Test func statesAreNoBusinessOfTheTokenizer() {
    let settings = TokenizerFiles(tokenizer: Self.kmers, maximumLength: 32).settings
    #expect(settings["tokenizer_class"] == "PreTrainedTokenizerFast")
    #expect(settings["model_input_names"] == ["input_ids", "attention_mask"])
    #expect(settings["mask_token"] == "[MASK]")
    #expect(settings["model_max_length"] == 32)
  }

  @Test func tokensComeBackFromEitherFile() throws {
    let checkpoint = try save(Self.kmers)
    #expect(try checkpoint.tokens() == Self.kmers.tokens)
    try Path.remove("\(model)/vocab.txt")
    #expect(try checkpoint.tokens() == Self.kmers.tokens)
    try Path.remove("\(model)/tokenizer.json")
    #expect(try checkpoint.tokens() == nil)
  }

  @Test func wordsThatMeanSomethingElseAreRefused() throws {
    let checkpoint = try save(Self.kmers)
    try checkpoint.checkTokens(against: Self.kmers)
    try directory.write("model/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nAA\nTA\nAT\nTT\n")
    let error = #expect(throws: ModelError.self) { try checkpoint.checkTokens(against: Self.kmers) }
    #expect(
      error?.description.contains("token 6 is 'TA' to the model and 'AT' to the corpus") == true)
  }

  @Test func bytePairsComeWithTheModelAndAreCompared() throws {
    let pairs = try Self.bytePairs()
    let checkpoint = try save(pairs)
    #expect(!Path.exists("\(model)/vocab.txt"))
    #expect(try checkpoint.tokenizerOfBytePairs() == pairs)
    #expect(checkpoint.tokenization == Tokenization(pairs, stateNames: ["none"]))
    try checkpoint.checkTokens(against: pairs)
    let kmers = #expect(throws: ModelError.self) { try checkpoint.checkTokens(against: Self.kmers) }
    #expect(kmers?.description.contains("9 byte-pair tokens") == true)
    guard case .bytePairs(let model) = pairs.model else { return }
    let others = Tokenizer(
      try BytePairModel(tokens: model.tokens, merges: [model.merges[0]], specials: .standard))
    let merges = #expect(throws: ModelError.self) { try checkpoint.checkTokens(against: others) }
    #expect(merges?.description.contains("other merges") == true)
    #expect(
      Tokenization(pairs, stateNames: []).difference(from: Tokenization(others, stateNames: []))
        == "9 byte-pair tokens of another vocabulary")
  }

  @Test(arguments: [
    (#"{"model":{"type":"Unigram","vocab":{"A":0}}}"#, "its model is Unigram"),
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
