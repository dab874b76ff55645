import CFlowPlugin
import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

@Suite struct VerifyTests {
  let small: SmallCorpus
  let golden = Path.parent(Path.parent(#filePath)) + "/Fixtures/golden/bert-tiny"

  init() throws { small = try SmallCorpus() }

  @Test func thisInstallationGivesTheReference() throws {
    let host = try OperationHost(
      parameters: ["tolerance": 1e-4, "device": "cpu"], inputs: ["golden": [golden]],
      directory: small.path)
    try host.run("verify", of: Pretrain.entry)
    let report = try JSON(parsing: Path.readText(host.output("report")))
    #expect(report["passed"] == true)
    #expect(host.records["table:verification"]?["rows"]?.array?.count == 5)
  }

  @Test func deviationFailsWithTheWorstTensorsName() throws {
    let host = try OperationHost(
      parameters: ["tolerance": 1e-12, "device": "cpu"], inputs: ["golden": [golden]],
      directory: small.path)
    let failure = try #require(host.failure("verify", of: Pretrain.entry))
    #expect(failure.status == .failed)
    #expect(failure.description.contains(" deviates by "), "\(failure)")
    #expect(try JSON(parsing: Path.readText(host.output("report")))["passed"] == false)
  }

  @Test func changedWeightIsFound() throws {
    let copy = "\(small.path)/golden"
    try Path.createDirectory("\(copy)/model")
    for name in ["batch.safetensors", "golden.safetensors", "golden.json", "model/config.json"] {
      try WholeFile.write(try Path.read("\(golden)/\(name)"), to: "\(copy)/\(name)")
    }
    var bytes = try Path.read("\(golden)/model/model.safetensors")
    // The highest byte of the last number, of cls.predictions.transform.dense.weight.
    bytes[bytes.count - 1] ^= 0x01
    try WholeFile.write(bytes, to: "\(copy)/model/model.safetensors")
    let host = try OperationHost(
      parameters: ["tolerance": 1e-4, "device": "cpu"], inputs: ["golden": [copy]],
      directory: small.path)
    #expect(host.failure("verify", of: Pretrain.entry)?.status == .failed)
  }

  @Test func inferGivesTheReferencesLogits() throws {
    let host = try OperationHost(
      parameters: ["device": "cpu"],
      inputs: ["model": ["\(golden)/model"], "batch": ["\(golden)/batch.safetensors"]],
      directory: small.path)
    try host.run("infer", of: Pretrain.entry)
    let predictions = try SafetensorsReader(host.output("predictions"))
    let reference = try SafetensorsReader("\(golden)/golden.safetensors")
    for name in ["logits", "hidden"] {
      #expect(predictions.tensors[name]?.shape == reference.tensors[name]?.shape)
      let pairs = zip(try predictions.floats(name), try reference.floats(name))
      #expect(pairs.allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func inferRefusesABatchOfAnotherModel() throws {
    let path = "\(small.path)/batch.safetensors"
    var writer = SafetensorsWriter()
    for name in ["input_ids", "token_type_ids", "attention_mask"] {
      writer.add(name, shape: [1, 2], integers: { [1, 261] })
    }
    try writer.write(to: path)
    let host = try OperationHost(
      parameters: ["device": "cpu"],
      inputs: ["model": ["\(golden)/model"], "batch": [path]], directory: small.path)
    let failure = try #require(host.failure("infer", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description == "token id 261 at place 1 of the batch; the model has 261")
  }
}
