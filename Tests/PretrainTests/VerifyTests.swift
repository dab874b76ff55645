import CFlowPlugin
import Files
import Testing
import Transformer

@testable import Pretrain

@Suite struct VerifyTests {
  let small: SmallCorpus
  let golden = Path.parent(Path.parent(#filePath)) + "/Fixtures/golden/bert-tiny"

  init() throws { small = try SmallCorpus() }

  @Test func thisInstallationGivesTheReference() throws {
    let host = TestHost(
      parameters: ["tolerance": 1e-4], inputs: ["golden": [golden]], directory: small.path)
    #expect(host.run("verify") == .ok, "\(host.message)")
    let report = try JSON(parsing: Path.readText(host.output("report")))
    #expect(report["passed"] == true)
    #expect(host.records["table:verification"]?["rows"]?.array?.count == 5)
  }

  @Test func deviationFailsWithTheWorstTensorsName() throws {
    let host = TestHost(
      parameters: ["tolerance": 1e-12], inputs: ["golden": [golden]], directory: small.path)
    #expect(host.run("verify") == .failed)
    #expect(host.message.contains(" deviates by "), "\(host.message)")
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
    let host = TestHost(
      parameters: ["tolerance": 1e-4], inputs: ["golden": [copy]], directory: small.path)
    #expect(host.run("verify") == .failed)
  }

  @Test func inferGivesTheReferencesLogits() throws {
    let host = TestHost(
      inputs: ["model": ["\(golden)/model"], "batch": ["\(golden)/batch.safetensors"]],
      directory: small.path)
    #expect(host.run("infer") == .ok, "\(host.message)")
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
    let host = TestHost(
      inputs: ["model": ["\(golden)/model"], "batch": [path]], directory: small.path)
    #expect(host.run("infer") == .invalid)
    #expect(host.message == "token id 261 at place 1 of the batch; the model has 261")
  }
}
