import CFlowPlugin
import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

@Suite struct EarlyStoppingTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  /// A rate at which the loss soon rises again.
  private let changes: [String: JSON] = [
    "steps": 60, "validation_every": 2, "patience": 3, "learning_rate": 0.2, "warmup_steps": 0,
    "spike_factor": 0, "checkpoint_every": 3, "dropout": 0,
  ]

  @Test func thePointCountsThatIsLowerByTheMinimum() {
    let points = [3.0, 2.0, 1.95, 1.9, 1.5].enumerated().map {
      Course.Point(step: $0.offset, value: $0.element)
    }
    #expect(Course.best(of: points, improvingBy: 0)?.step == 4)
    #expect(Course.best(of: points, improvingBy: 0.2)?.step == 4)
    #expect(Course.best(of: points, improvingBy: 0.6)?.step == 1)
    #expect(Course.best(of: [], improvingBy: 0) == nil)
    let equal = [Course.Point(step: 1, value: 2), Course.Point(step: 2, value: 2)]
    #expect(Course.best(of: equal, improvingBy: 0)?.step == 1, "equal is no improvement")
  }

  @Test func trainingEndsAndTheBestModelIsWritten() throws {
    let host = try small.host("early", changes)
    try host.run("ebert", of: Pretrain.entry)
    let summary = try JSON(parsing: Path.readText(host.output("summary")))
    let curve = try #require(host.metrics["loss/validation"])
    let best = try #require(curve.min { $0.value < $1.value })
    #expect(summary["stopped_early"] == true)
    #expect(summary["written_step"]?.integer == best.at)
    #expect(summary["steps"]?.integer == best.at + 6)
    #expect(curve.last?.at == best.at + 6)
    // The model on disk is the best, not the last.
    #expect(summary["final_validation_loss"]?.number == best.value)
    #expect(host.log.contains { $0.contains("the model written is that of step \(best.at)") })
  }

  /// Stopped after a quarter, a half and three quarters of the steps that the whole run takes.
  @Test(arguments: [1, 2, 3])
  func aStoppedRunChoosesTheSameModel(after quarters: Int) throws {
    let whole = try small.host("whole", changes)
    try whole.run("ebert", of: Pretrain.entry)
    let stopped = try small.host("stopped", changes)
    stopped.stopsAfter = whole.progress.count * quarters / 4
    #expect(stopped.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    stopped.stopsAfter = .max
    try stopped.run("ebert", of: Pretrain.entry)
    #expect(
      try Path.read("\(whole.output("model"))/model.safetensors")
        == Path.read("\(stopped.output("model"))/model.safetensors"))
    #expect(try Path.read(whole.output("summary")) == Path.read(stopped.output("summary")))
    #expect(try Path.list("\(whole.output("scratch"))/best").count <= 3)
  }

  /// A run that was stopped after its best validation, and that model's directory.
  private func stoppedAfterItsBest(_ name: String, _ whole: OperationHost) throws -> (
    host: OperationHost, best: String
  ) {
    let curve = try #require(whole.metrics["loss/validation"])
    let best = try #require(curve.min { $0.value < $1.value }).at
    let host = try small.host(name, changes)
    host.stopsAfter = best + 1
    #expect(host.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    host.stopsAfter = .max
    return (host, "\(host.output("scratch"))/best/step-\(best)")
  }

  /// Found when the run goes on, not when it ends: it then begins before the best model was made.
  @Test(arguments: [true, false])
  func aBestModelThatIsDamagedOrGoneIsMadeAgain(isGone: Bool) throws {
    let whole = try small.host("whole", changes)
    try whole.run("ebert", of: Pretrain.entry)
    let (host, best) = try stoppedAfterItsBest("damaged", whole)
    let path = "\(best)/model.safetensors"
    if isGone {
      try Path.remove(best)
    } else {
      var bytes = try Path.read(path)
      bytes[bytes.count - 1] ^= 1
      try WholeFile.write(bytes, to: path)
    }
    try host.run("ebert", of: Pretrain.entry)
    #expect(
      host.warnings.contains {
        $0.contains("is passed over: the model of step ") && $0.contains("is damaged or gone")
      }, "\(host.warnings)")
    #expect(
      try Path.read("\(whole.output("model"))/model.safetensors")
        == Path.read("\(host.output("model"))/model.safetensors"))
    #expect(try Path.read(whole.output("summary")) == Path.read(host.output("summary")))
  }

  /// A run that went on knows one of two checkpoints; what the other needs stays until a newer one stands.
  @Test func theBestModelOfTheCheckpointBeforeStays() throws {
    let falling: [String: JSON] = [
      "patience": 9, "validation_every": 2, "learning_rate": 0.01, "dropout": 0,
    ]
    let stopped = try small.host("run", falling.merging(["checkpoint_every": 3]) { $1 })
    stopped.stopsAfter = 9
    #expect(stopped.failure("ebert", of: Pretrain.entry)?.status == .cancelled)
    let scratch = stopped.output("scratch")
    let known = try [6, 9].map {
      try JSON.read("\(scratch)/checkpoints/step-\($0)/manifest.json")["facts"]?["best"]?["step"]
    }
    #expect(known == [6, 8])
    let next = try small.host("run", falling.merging(["checkpoint_every": 0]) { $1 })
    try next.run("ebert", of: Pretrain.entry)
    let summary = try JSON(parsing: Path.readText(next.output("summary")))
    #expect(summary["written_step"] == 12, "there was a better model, but no newer checkpoint")
    #expect(Path.exists("\(scratch)/best/step-6"))
  }

  @Test func patienceWithNothingToValidateOnIsRefused() throws {
    let bare = try SmallCorpus(validation: [])
    let host = try bare.host("none", ["patience": 2])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(
      failure.description.contains("patience (2) counts validations, but the corpus has no"),
      "\(failure)")
    // Held-out cell types are something to validate on.
    let held = try bare.host("held", ["patience": 2, "validation_cell_types": ["two"]])
    try held.run("ebert", of: Pretrain.entry)
  }

  @Test func patienceWithoutValidationIsRefused() throws {
    let host = try small.host("none", ["patience": 2, "validation_every": 0])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains("patience (2) counts validations"), "\(failure)")
  }
}
