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

  @Test(arguments: [5, 11, 20])
  func aStoppedRunChoosesTheSameModel(at reports: Int) throws {
    let whole = try small.host("whole", changes)
    try whole.run("ebert", of: Pretrain.entry)
    let stopped = try small.host("stopped", changes)
    stopped.stopsAfter = reports
    let failure = stopped.failure("ebert", of: Pretrain.entry)
    stopped.stopsAfter = .max
    if failure != nil { try stopped.run("ebert", of: Pretrain.entry) }
    #expect(
      try Path.read("\(whole.output("model"))/model.safetensors")
        == Path.read("\(stopped.output("model"))/model.safetensors"))
    #expect(try Path.read(whole.output("summary")) == Path.read(stopped.output("summary")))
    #expect(try Path.list("\(whole.output("scratch"))/best").count <= 3)
  }

  @Test func aDamagedBestModelIsNotWritten() throws {
    let whole = try small.host("whole", changes)
    try whole.run("ebert", of: Pretrain.entry)
    let curve = try #require(whole.metrics["loss/validation"])
    let host = try small.host("damaged", changes)
    host.stopsAfter = try #require(curve.min { $0.value < $1.value }).at + 1
    let first = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(first.status == .cancelled)
    let best = "\(host.output("scratch"))/best"
    for name in try Path.list(best) {
      let path = "\(best)/\(name)/model.safetensors"
      var bytes = try Path.read(path)
      bytes[bytes.count - 1] ^= 1
      try WholeFile.write(bytes, to: path)
    }
    host.stopsAfter = .max
    let failure = host.failure("ebert", of: Pretrain.entry)
    #expect(
      failure?.description.contains("the best model, is damaged or gone") == true, "\(failure)")
  }

  @Test func patienceWithoutValidationIsRefused() throws {
    let host = try small.host("none", ["patience": 2, "validation_every": 0])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains("patience (2) counts validations"), "\(failure)")
  }
}
