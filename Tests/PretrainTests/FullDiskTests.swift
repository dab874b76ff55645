import CFlowPlugin
import Files
import FlowTesting
import Testing

@testable import Pretrain

/// What a disk that is full costs a training: checkpoints, curves, the best model; never the training.
@Suite(.enabled(if: SmallDisk.canBeMade, "needs the right to mount a small disk"))
struct FullDiskTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  private func weights(_ host: OperationHost) throws -> [UInt8] {
    try Path.read("\(host.output("model"))/model.safetensors")
  }

  @Test func itCostsCheckpointsAndNotTheTraining() throws {
    let whole = try small.host("whole")
    try whole.run("ebert", of: Pretrain.entry)
    let full = try small.host("full")
    let disk = try SmallDisk(full.output("scratch"), kibibytes: 48)
    defer { disk.unmount() }
    try full.run("ebert", of: Pretrain.entry)
    let warnings = full.warnings.filter { $0.contains("no checkpoint of step") }
    #expect(warnings.count == 3, "at steps 3, 6 and 9")
    #expect(warnings.allSatisfy { $0.contains("No space left") && $0.contains("training goes on") })
    #expect(try weights(whole) == weights(full))
  }

  /// With room for one page of events, which 60 steps outgrow, or for nothing at all.
  @Test(arguments: [8, 0])
  func aDiskThatStaysFullCostsTheCurvesAndTheBestModelToo(left: Int) throws {
    let changes: [String: JSON] = ["steps": 60, "checkpoint_every": 20]
    let whole = try small.host("whole", changes)
    try whole.run("ebert", of: Pretrain.entry)
    let full = try small.host("full", changes.merging(["patience": 100]) { $1 })
    let disk = try SmallDisk(full.output("scratch"), kibibytes: 64)
    defer { disk.unmount() }
    try disk.fill(leaving: left)
    try full.run("ebert", of: Pretrain.entry)
    func count(_ text: String) -> Int { full.warnings.filter { $0.contains(text) }.count }
    #expect(count("the curves in \(full.output("scratch"))/events end here") == 1, "told once")
    #expect(count("no checkpoint of step") == 2)
    #expect(count("the best so far, is not kept") > 0)
    // Nothing was kept, so that the last weights are written: those of a run without early stopping.
    let summary = try JSON(parsing: Path.readText(full.output("summary")))
    #expect(summary["written_step"] == 60)
    #expect(try weights(whole) == weights(full))
    #expect(
      try Path.read("\(whole.output("events"))/events.out.tfevents.0000000000.flow")
        == Path.read("\(full.output("events"))/events.out.tfevents.0000000000.flow"))
  }

  @Test func itDoesNotHideADivergence() throws {
    let host = try small.host(
      "wild", ["learning_rate": 1e30, "clip_norm": 0, "warmup_steps": 0, "steps": 50])
    let disk = try SmallDisk(host.output("scratch"), kibibytes: 16)
    defer { disk.unmount() }
    try disk.fill(leaving: 0)
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(
      failure.description.contains(" of step 2 is not a number: training diverged"), "\(failure)")
    #expect(failure.description.contains("all could not be written down (cannot"), "\(failure)")
  }
}
