import CFlowPlugin
import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

@Suite struct EbertTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  private func weights(_ host: OperationHost) throws -> [UInt8] {
    try Path.read("\(host.output("model"))/model.safetensors")
  }

  @Test func lossFallsAndTheModelLoads() throws {
    let host = try small.host("run", ["steps": 120, "dropout": 0, "learning_rate": 0.03])
    try host.run("ebert", of: Pretrain.entry)
    let losses = try #require(host.metrics["loss/train"])
    #expect(losses.count == 120)
    // A guess without knowledge costs ln 69 = 4.2 nats, one that knows which 7 tokens occur ln 7 =
    // 1.95.
    #expect(losses[0].value > 3.5)
    #expect((host.metrics["loss/validation"]?.last?.value ?? 9) < 2.1)
    let model = try MaskedLanguageModel(directory: host.output("model"), device: CPU(threads: 1))
    #expect(model.tokenization?.stateNames == ["none", "E1", "E2"])
    #expect(model.configuration.vocabularySize == 69)
    let summary = try JSON(parsing: Path.readText(host.output("summary")))
    #expect(summary["final_training_loss"]?.number == losses.last?.value)
    #expect(host.records["compute"]?["threads"] == 1)
  }

  @Test func equalRunsGiveEqualBytesAndSeedsDiffer() throws {
    let (one, two, other) = try (small.host("1"), small.host("2"), small.host("3", ["seed": 2]))
    two.threads = 3
    for host in [one, two, other] { try host.run("ebert", of: Pretrain.entry) }
    #expect(try weights(one) == weights(two))
    #expect(try Path.read(one.output("summary")) == Path.read(two.output("summary")))
    #expect(try weights(one) != weights(other))
  }

  /// Weights after a few steps in micro-batches are those of whole steps but for rounding, dropout and
  /// all.
  @Test(arguments: [1, 3, 4])
  func microBatchesChangeOnlyTheRounding(size: Int) throws {
    let whole = try small.host("whole", ["batch_size": 8])
    let parts = try small.host("parts", ["batch_size": 8, "micro_batch": .integer(size)])
    for host in [whole, parts] { try host.run("ebert", of: Pretrain.entry) }
    let models = try [whole, parts].map {
      try MaskedLanguageModel(directory: $0.output("model"), device: CPU(threads: 1))
    }
    for tensor in models[0].parameters.tensors {
      let (a, b) = (models[0].parameters.values(tensor), models[1].parameters.values(tensor))
      let largest = a.reduce(0) { max($0, abs($1)) }
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * largest + 1e-6 }, "\(tensor.name)")
    }
    for (a, b) in zip(whole.metrics["loss/train"] ?? [], parts.metrics["loss/train"] ?? []) {
      #expect(abs(a.value - b.value) < 1e-5)
    }
  }

  @Test func speedAndWaitingAreMeasured() throws {
    let host = try small.host("run")
    try host.run("ebert", of: Pretrain.entry)
    #expect(host.metrics["tokens_per_second"]?.allSatisfy { $0.value > 0 } == true)
    #expect(host.metrics["data_wait"]?.allSatisfy { (0...1).contains($0.value) } == true)
    #expect(host.metrics["gradient_norm"]?.allSatisfy { $0.value > 0 } == true)
    #expect(host.progress.last?.note?.hasSuffix(" % waiting for data") == true)
  }

  @Test(arguments: [2, 7])
  func stoppedRunGoesOnToTheSameBits(after reports: Int) throws {
    let whole = try small.host("whole")
    try whole.run("ebert", of: Pretrain.entry)
    let stopped = try small.host("stopped")
    stopped.stopsAfter = reports
    #expect(stopped.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    #expect(!Path.exists(stopped.output("model")))
    stopped.stopsAfter = .max
    try stopped.run("ebert", of: Pretrain.entry)
    #expect(stopped.log.contains { $0.contains("going on from the checkpoint of step \(reports)") })
    #expect(try weights(whole) == weights(stopped))
    #expect(try Path.read(whole.output("summary")) == Path.read(stopped.output("summary")))
  }

  /// Whether to stop is asked before each operation of the model: the stops are in the first step, in later
  /// ones' forward and backward passes, and in validations.
  @Test(arguments: [1, 7, 90, 151, 307, 458, 611])
  func aRunThatIsStoppedWithinAStepOrAValidationGoesOnToTheSameBits(at question: Int) throws {
    let changes: [String: JSON] = [
      "micro_batch": 2, "checkpoint_every": 0, "validation_windows": 4,
    ]
    let whole = try small.host("whole", changes)
    try whole.run("ebert", of: Pretrain.entry)
    let stopped = try small.host("stopped", changes)
    stopped.stopsAtQuestion = question
    #expect(stopped.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    stopped.stopsAtQuestion = .max
    try stopped.run("ebert", of: Pretrain.entry)
    // Nothing is saved of the first step.
    let isNew = question <= 7
    #expect(stopped.log.contains { $0.contains("going on from the checkpoint") } == !isNew)
    #expect(try weights(whole) == weights(stopped))
    #expect(try Path.read(whole.output("summary")) == Path.read(stopped.output("summary")))
  }

  @Test func withoutStatesTheirEmbeddingsStayButForDecay() throws {
    let host = try small.host("blind", ["use_states": false, "weight_decay": 0])
    try host.run("ebert", of: Pretrain.entry)
    let trained = try MaskedLanguageModel(directory: host.output("model"), device: CPU(threads: 1))
    let fresh = MaskedLanguageModel(trained.configuration, device: CPU(threads: 1), seed: 1)
    let name = "bert.embeddings.token_type_embeddings.weight"
    let after = trained.parameters.values(try #require(trained.parameters[name]))
    let before = fresh.parameters.values(try #require(fresh.parameters[name]))
    // State 0 was seen, states 1 and 2 were not.
    #expect(after[..<16] != before[..<16])
    #expect(after[16...] == before[16...])
  }

  @Test func goesOnFromAModelWhoseSizesHold() throws {
    let first = try small.host("first")
    try first.run("ebert", of: Pretrain.entry)
    let second = try small.host("second", ["hidden_size": 32, "steps": 2, "warmup_steps": 0])
    second.inputs["model"] = [first.output("model")]
    try second.run("ebert", of: Pretrain.entry)
    let model = try MaskedLanguageModel(directory: second.output("model"), device: CPU(threads: 1))
    #expect(model.configuration.hiddenSize == 16)
    #expect(try weights(first) != weights(second))
  }

  @Test func modelOfAnotherKindOfCorpusIsRefused() throws {
    let first = try small.host("first", ["steps": 2])
    try first.run("ebert", of: Pretrain.entry)
    let adjacent = try SmallCorpus(k: 3, isOverlapping: false)
    let second = try small.host("second")
    second.inputs = ["model": [first.output("model")], "corpus": [adjacent.corpus]]
    let failure = try #require(second.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(
      failure.description
        == "the model was trained on another kind of corpus: overlapping 3-mers against adjacent 3-mers"
    )
  }

  @Test(
    arguments: [
      (["length": 6000], "no training region of the corpus holds a window of 6000 tokens"),
      (["warmup_steps": 13], "warmup_steps (13) is more than steps (12)"),
      (["mask_token_share": 0.95], "mask_token_share and random_token_share together"),
      (["heads": 3], "hidden_size 16 is not a multiple of num_attention_heads 3"),
    ] as [([String: JSON], String)])
  func contradictionsAreRefused(changes: [String: JSON], message: String) throws {
    let host = try small.host("bad", changes)
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains(message), "\(failure)")
  }

  /// Of the right size, so that only the content tells.
  @Test func aDamagedCorpusIsRefused() throws {
    let path = "\(small.corpus)/sequence.packed"
    var bytes = try FileHandle.openForReading(path).read(upTo: 1 << 20, from: 0)
    bytes[700] ^= 1
    try Path.remove(path)
    try FileHandle.create(path).write(bytes)
    let failure = try #require(small.host("damaged").failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(
      failure.description
        == "\(path): its content is not what the manifest tells; make the corpus anew", "\(failure)"
    )
  }
}
