import CFlowPlugin
import Corpus
import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

/// Training that goes wrong stops, and says where.
@Suite struct DivergenceTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  @Test func aSpikeIsManyTimesTheMeanOfEnoughSteps() {
    func sign(_ loss: Double, _ recent: [Double], factor: Double = 3) -> Divergence? {
      Divergence(loss: loss, after: recent, factor: factor, window: 4)
    }
    #expect(sign(7, [9, 2, 2, 2, 2]) == .spike(factor: 3, mean: 2, steps: 4))
    #expect(sign(6, [9, 2, 2, 2, 2]) == nil, "not more than three times")
    #expect(sign(100, [2, 2, 2]) == nil, "too few steps")
    #expect(sign(2.9, [0.1, 0.1, 0.1, 0.1]) == nil, "below three times 1 nat")
    #expect(sign(100, [2, 2, 2, 2], factor: 0) == nil, "switched off")
    #expect(sign(.nan, []) == .loss)
    #expect(sign(.infinity, [2, 2, 2, 2], factor: 0) == .loss)
  }

  @Test func aLearningRateThatDivergesIsNamedWithStepAndWindows() throws {
    let host = try small.host(
      "wild", ["learning_rate": 1e30, "clip_norm": 0, "warmup_steps": 0, "steps": 50])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .failed)
    #expect(
      failure.description.contains(" of step 2 is not a number: training diverged"), "\(failure)")
    #expect(failure.description.contains("chr1:"), "\(failure)")
    #expect(failure.description.contains("there is no checkpoint before it"), "\(failure)")
    let report = try JSON(parsing: Path.readText(host.output("scratch") + "/diverged-step.json"))
    #expect(report["step"] == 2)
    #expect(report["windows"]?.array?.count == 4)
    #expect(!Path.exists(host.output("model")))
  }

  @Test func poisonedWeightsStopTheFirstStep() throws {
    let first = try small.host("first", ["steps": 2])
    try first.run("ebert", of: Pretrain.entry)
    let model = try MaskedLanguageModel(directory: first.output("model"), device: CPU(threads: 1))
    let tensor = try #require(model.parameters["bert.encoder.layer.0.output.dense.weight"])
    let poison = [Float](repeating: .nan, count: tensor.count)
    poison.withUnsafeBufferPointer { model.parameters.set(tensor, to: $0) }
    try model.save(to: "\(small.path)/poisoned", tokenizer: nil)
    let second = try small.host("second")
    second.inputs["model"] = ["\(small.path)/poisoned"]
    let failure = try #require(second.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .failed)
    #expect(failure.description.contains("the loss of step 1 is not a number"), "\(failure)")
  }

  /// Weights are finite after the step that ruins them; the next step shows it, and its checkpoint is
  /// not written.
  @Test func theLastGoodCheckpointIsKept() throws {
    let host = try small.host(
      "late",
      [
        "checkpoint_every": 1, "steps": 40, "warmup_steps": 0, "learning_rate": 0.3, "clip_norm": 0,
        "spike_factor": 1.5, "spike_window": 2, "validation_every": 0, "dropout": 0,
        "hidden_size": 32,
      ])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    let text = failure.description
    #expect(text.contains("more than 1.50 times the mean of the 2 steps before"), "\(text)")
    let report = try JSON(parsing: Path.readText(host.output("scratch") + "/diverged-step.json"))
    let step = try #require(report["step"]?.integer)
    #expect(text.contains("the checkpoint of step \(step - 2) is kept"), "\(text)")
    // The worst window comes first.
    let losses = report["windows"]?.array?.compactMap { $0["loss"]?.number } ?? []
    #expect(losses.count == 4 && losses == losses.sorted(by: >))
  }

  /// The advice of the failure works: the kept checkpoint is one of the run with the changed parameter.
  @Test func aRunThatStoppedForASpikeGoesOnWithAHigherFactor() throws {
    let changes: [String: JSON] = [
      "checkpoint_every": 1, "steps": 40, "warmup_steps": 0, "learning_rate": 0.3, "clip_norm": 0,
      "spike_window": 2, "validation_every": 0, "dropout": 0, "hidden_size": 32,
    ]
    func host(_ more: [String: JSON], at name: String = "run") throws -> OperationHost {
      try small.host(name, changes.merging(more) { $1 })
    }
    let stopped = try host(["spike_factor": 1.5])
    let failure = try #require(stopped.failure("ebert", of: Pretrain.entry))
    let kept = try #require(failure.description.firstMatch(of: /goes on from step (\d+)/)?.1)
    #expect(
      failure.description.contains("set spike_factor higher (0 never stops for a spike), which"))
    let free: [String: JSON] = ["spike_factor": 0, "spike_window": 5, "checkpoint_every": 7]
    let next = try host(free)
    try next.run("ebert", of: Pretrain.entry)
    #expect(next.log.contains("going on from the checkpoint of step \(kept)"), "\(next.log)")
    let whole = try host(free, at: "whole")
    try whole.run("ebert", of: Pretrain.entry)
    #expect(
      try Path.read("\(whole.output("model"))/model.safetensors")
        == Path.read("\(next.output("model"))/model.safetensors"))
  }

  @Test(arguments: [["learning_rate": 0.2], ["patience": 1], ["seed": 4]] as [[String: JSON]])
  func whatChangesTheCourseBeginsAnew(change: [String: JSON]) throws {
    let first = try small.host("run")
    first.stopsAfter = 5
    #expect(first.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    let other = try small.host("run", change)
    try other.run("ebert", of: Pretrain.entry)
    #expect(other.warnings.contains { $0.contains("a run with other parameters or inputs") })
    #expect(!other.log.contains { $0.contains("going on from the checkpoint") })
  }

  @Test func whatIsNoNumberIsTheWorstWindow() throws {
    let corpus = try Corpus(directory: small.corpus)
    let diverged = DivergedStep(
      .loss, step: 7, loss: .nan, learningRate: 0.1,
      windows: [
        (.init(chromosome: 0, start: 0, cellType: 0), 2),
        (.init(chromosome: 0, start: 9, cellType: 1), .nan),
        (.init(chromosome: 0, start: 99, cellType: 0), 3),
      ], bases: 10, corpus: corpus)
    #expect(
      diverged.text
        == "the loss of step 7 is not a number: training diverged; its worst windows of 3: "
        + "chr1:10-19 in two (loss NaN), chr1:100-109 in one (loss 3.00), chr1:1-10 in one (loss 2.00)"
    )
  }
}
