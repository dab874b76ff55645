import Files
import FlowTesting
import Testing

@testable import Pretrain

@Suite struct BenchmarkTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func run(_ changes: [String: JSON] = [:]) throws -> (host: OperationHost, result: JSON) {
    let parameters: [String: JSON] = [
      "device": "cpu",
      "config": "tiny", "batch_size": 1, "steps": 2, "dropout": 0.1, "forward_only": false,
      "products": "auto", "dtype": "float32", "profile": false,
    ]
    let host = try OperationHost(
      parameters: .object(parameters.merging(changes) { _, new in new }), inputs: [:],
      directory: directory.path)
    try host.run("benchmark", of: Pretrain.entry)
    return (host, try JSON.read(host.output("result")))
  }

  @Test func resultIsOneLineWithTheFieldsOfOtherBenchmarks() throws {
    let (host, result) = try run()
    let text = try Path.readText(host.output("result"))
    #expect(text.filter { $0 == "\n" }.count == 1)
    for name in [
      "config", "batch", "length", "parameters", "threads", "compile", "dtype", "step_s",
      "tokens_per_s", "gflops", "first_loss", "last_loss",
    ] {
      #expect(result[name] != nil, "\(name)")
    }
    #expect(result["parameters"]?.integer == 963_717)
    // Uniform guesses among 4101 tokens cost log 4101 = 8.32 nats.
    let first = try #require(result["first_loss"]?.number)
    #expect(abs(first - 8.32) < 0.2)
    #expect(result["tokens_per_s"]?.number ?? 0 > 0)
  }

  @Test func trainingChangesTheWeightsAndInferenceDoesNot() throws {
    // Batches come around after four steps.
    let trained = try run(["steps": 2, "dropout": 0]).result
    let inferred = try run(["steps": 2, "dropout": 0, "forward_only": true]).result
    #expect(trained["first_loss"] == inferred["first_loss"])
    #expect(trained["last_loss"] != trained["first_loss"])
    #expect(trained["last_loss"]?.number ?? 9 < inferred["last_loss"]?.number ?? 0)
  }

  @Test func profileNamesEachOperationOfAStep() throws {
    let table = try #require(try run(["profile": true]).host.records["table:operations"])
    let rows = try #require(table["rows"]?.array)
    let calls = Dictionary(
      uniqueKeysWithValues: rows.map { ($0.array?[0].string ?? "", $0.array?[1].integer ?? -1) })
    // Two layers: one attention each; four dense layers each, two for the head.
    #expect(calls["attention"] == 2)
    #expect(calls["attention backward"] == 2)
    #expect(calls["weight gradient"] == 2 * 4 + 2)
    #expect(calls["AdamW"] == 2)
  }

  @Test func operationsOfAStepOfBERTBase() {
    let sizes = BenchmarkConfiguration(.base)
    // Per token and layer 4 H^2 + 2 H I + 2 L H multiply-adds, per scored position H^2 + H V.
    let multiplyAdds =
      2048 * 12 * (4 * 768 * 768 + 2 * 768 * 3072 + 2 * 512 * 768) + 307 * (768 * 768 + 768 * 4101)
    #expect(
      sizes.operations(batch: 4, scored: 307, forwardOnly: false) == Double(6 * multiplyAdds))
    #expect(sizes.operations(batch: 4, scored: 307, forwardOnly: true) == Double(2 * multiplyAdds))
  }
}
