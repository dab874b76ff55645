import CFlowPlugin
import Corpus
import Files
import FlowTesting
import Testing
import Tokens
import Transformer

@testable import Pretrain

/// `pretrain/ebert` with tokens of different lengths.
@Suite struct BytePairTrainingTests {
  let small: SmallCorpus

  init() throws {
    small = try SmallCorpus()
    // The sequence repeats ACGTTCA.
    let tokens = SpecialTokens.names + ["A", "T", "C", "G", "AC", "TT", "ACG"]
    let model = try BytePairModel(
      tokens: tokens,
      merges: [
        .init(left: 5, right: 7, result: 9), .init(left: 6, right: 6, result: 10),
        .init(left: 9, right: 8, result: 11),
      ], specials: .standard)
    try Tokenizer(model).write(to: "\(small.path)/tokenizer.json")
  }

  private func host(_ name: String, _ changes: [String: JSON] = [:]) throws -> OperationHost {
    let host = try small.host(name, changes)
    host.inputs["tokenizer"] = ["\(small.path)/tokenizer.json"]
    return host
  }

  @Test func aModelOfBytePairsIsTrainedAndSavedWithItsTokenizer() throws {
    let host = try host("run", ["steps": 30, "learning_rate": 0.02, "dropout": 0])
    try host.run("ebert", of: Pretrain.entry)
    let losses = try #require(host.metrics["loss/train"]).map(\.value)
    #expect(losses.suffix(5).reduce(0, +) / 5 < losses[0] - 0.3, "\(losses)")
    let model = try MaskedLanguageModel(directory: host.output("model"), device: CPU(threads: 1))
    #expect(model.configuration.vocabularySize == 12)
    let saved = try Tokenizer(reading: "\(host.output("model"))/tokenizer.json")
    #expect(saved.tokens == (try Tokenizer(reading: "\(small.path)/tokenizer.json")).tokens)
  }

  @Test(
    arguments: [
      (["k": 4], "k is 4, but the input tokenizer"),
      (["state_mask_rate": 0.2], "bins cannot be masked"),
      (["mask_strategy": "bin"], "bins cannot be masked"),
    ] as [([String: JSON], String)])
  func whatBytePairsCannotDoIsRefused(changes: [String: JSON], reason: String) throws {
    let failure = try #require(try host("bad", changes).failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid && failure.description.contains(reason), "\(failure)")
  }
}
