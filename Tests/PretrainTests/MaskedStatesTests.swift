import CFlowPlugin
import Corpus
import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

/// Masked states as a second objective of `pretrain/ebert`.
@Suite struct MaskedStatesTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  private func windows(rate: Double) throws -> MaskedWindows {
    let corpus = try Corpus(directory: small.corpus)
    return MaskedWindows(
      corpus: corpus,
      sampler: WindowSampler(
        regions: corpus.training, cellTypes: [0, 1], bases: corpus.bases(forTokens: 500)),
      masking: Masking(
        rate: 0.15, maskShare: 1, randomShare: 0, span: 0, vocabulary: corpus.vocabulary),
      spanWarmup: 0, length: 500, usesStates: true, seed: 3, purpose: .training,
      stateMasking: rate > 0 ? MaskingOfStates(rate: rate, mask: 3) : nil)
  }

  @Test func whatIsMaskedIsSeenNowhereInItsBinAndTokensAreMaskedAsWithout() throws {
    let slice = StepSlice(step: 4, first: 0, count: 8)
    let plain = try windows(rate: 0).batch(slice)
    let masked = try windows(rate: 0.5).batch(slice)
    #expect(masked.batch.tokens == plain.batch.tokens)
    #expect(masked.scored.rows == plain.scored.rows)
    #expect(masked.statesOfScored == plain.statesOfScored, "losses by state are by the true state")
    #expect(masked.scoredStates.rows.count > 4)
    for (row, label) in zip(masked.scoredStates.rows, masked.scoredStates.labels) {
      #expect(masked.batch.states[Int(row)] == 3)
      #expect(plain.batch.states[Int(row)] == label)
    }
    for (row, state) in masked.batch.states.enumerated() {
      #expect(state == 3 || state == plain.batch.states[row])
    }
  }

  private static let changes: [String: JSON] = [
    "state_mask_rate": 0.5, "batch_size": 12, "steps": 30, "learning_rate": 0.02, "dropout": 0,
    "validation_every": 15, "checkpoint_every": 7,
  ]

  @Test func theModelLearnsThemAndSavesItsHead() throws {
    let host = try small.host("run", Self.changes)
    try host.run("ebert", of: Pretrain.entry)
    let losses = try #require(host.metrics["loss/train_states"])
    #expect(losses.count >= 25, "a step may have no masked bin")
    // Among three ids a guess without knowledge costs ln 3 = 1.1 nats; 9 of 10 bins are E1.
    #expect(losses[0].value > 0.9)
    #expect(losses.suffix(10).reduce(0) { $0 + $1.value } / 10 < 0.6)
    #expect(host.metrics["loss/validation_states"]?.map(\.at) == [15, 30])
    let model = try MaskedLanguageModel(directory: host.output("model"), device: CPU(threads: 1))
    #expect(model.maskState == 3)
    #expect(model.tokenization?.stateNames == ["none", "E1", "E2"])
    let summary = try JSON(parsing: Path.readText(host.output("summary")))
    let set = try #require(summary["validation"]?["regions"])
    #expect(set["state_loss"]?.number == host.metrics["loss/validation_states"]?.last?.value)
    #expect(set["masked_bins"]?.integer ?? 0 > 0)
  }

  @Test func withoutThemNothingIsSaidOfThem() throws {
    let host = try small.host("run")
    try host.run("ebert", of: Pretrain.entry)
    #expect(host.metrics.keys.allSatisfy { !$0.contains("states") })
    #expect(!Path.exists("\(host.output("model"))/state_head.safetensors"))
  }

  @Test func aStoppedRunGoesOnToTheSameBits() throws {
    let whole = try small.host("whole", Self.changes)
    try whole.run("ebert", of: Pretrain.entry)
    let stopped = try small.host("stopped", Self.changes)
    stopped.stopsAfter = 10
    #expect(stopped.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    stopped.stopsAfter = .max
    try stopped.run("ebert", of: Pretrain.entry)
    for name in ["model/model.safetensors", "model/state_head.safetensors", "summary"] {
      #expect(try Path.read(whole.output(name)) == Path.read(stopped.output(name)), "\(name)")
    }
  }

  @Test func goesOnFromAModelThatGuessesStates() throws {
    let first = try small.host("first", Self.changes)
    try first.run("ebert", of: Pretrain.entry)
    let second = try small.host("second", Self.changes)
    second.inputs["model"] = [first.output("model")]
    try second.run("ebert", of: Pretrain.entry)
    let losses = [first, second].compactMap { $0.metrics["loss/train_states"]?.first?.value }
    #expect(losses.count == 2 && losses[1] < losses[0], "the head was loaded")
  }

  /// A head that nothing trains would be worn away by weight decay, and saved as if it were sound.
  @Test func aHeadThatIsNotTrainedIsNotWritten() throws {
    let first = try small.host("first", Self.changes)
    try first.run("ebert", of: Pretrain.entry)
    let second = try small.host("second", ["steps": 3])
    second.inputs["model"] = [first.output("model")]
    try second.run("ebert", of: Pretrain.entry)
    #expect(second.warnings.contains { $0.contains("the model is written without it") })
    #expect(!Path.exists("\(second.output("model"))/state_head.safetensors"))
    let model = try MaskedLanguageModel(directory: second.output("model"), device: CPU(threads: 1))
    #expect(model.maskState == nil)
    #expect(model.configuration.states == 4, "the table of states stays as it was")
  }

  @Test func aModelWithoutTheHeadIsRefused() throws {
    let first = try small.host("first", ["steps": 2])
    try first.run("ebert", of: Pretrain.entry)
    let second = try small.host("second", ["state_mask_rate": 0.2])
    second.inputs["model"] = [first.output("model")]
    let failure = try #require(second.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains("trained without masked states"), "\(failure)")
  }

  @Test func statesThatAreNotToldCannotBeMasked() throws {
    let host = try small.host("bad", ["state_mask_rate": 0.2, "use_states": false])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains("but use_states is false"), "\(failure)")
  }
}
