import Files
import FlowTesting
import Testing

@testable import Transformer

@Suite struct TrainingStateTests {
  let directory: TemporaryDirectory
  let configuration: BertConfiguration

  init() throws {
    directory = try TemporaryDirectory()
    configuration = try .small()
  }

  private func newRun() -> (MaskedLanguageModel, AdamW) {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 5)
    return (model, AdamW(model.parameters))
  }

  private func train(_ model: MaskedLanguageModel, _ optimizer: AdamW, to last: Int) throws {
    let batch = Batch.random(configuration, count: 2, length: 9)
    while optimizer.steps < last {
      let scored = ScoredPositions(rows: [Int32(optimizer.steps % 18)], labels: [7])
      _ = try model.train(
        batch, scored: scored, dropout: Dropout(seed: 1, step: optimizer.steps + 1))
      optimizer.step(learningRate: 1e-2)
    }
  }

  private func weights(_ model: MaskedLanguageModel) -> [[Float]] {
    model.parameters.tensors.map { model.parameters.values($0) }
  }

  private var state: TrainingState {
    TrainingState(directory: directory.path, identity: "one")
  }

  @Test func resumedRunEndsWithTheSameBits() throws {
    let (whole, wholeOptimizer) = newRun()
    try train(whole, wholeOptimizer, to: 9)
    let (first, firstOptimizer) = newRun()
    try train(first, firstOptimizer, to: 4)
    try state.save(firstOptimizer, facts: ["best": 1.25])
    let (second, secondOptimizer) = newRun()
    let facts = try state.restore(secondOptimizer) { Issue.record("\($0)") }
    #expect(facts == ["best": 1.25])
    #expect(secondOptimizer.steps == 4)
    try train(second, secondOptimizer, to: 9)
    #expect(weights(second) == weights(whole))
  }

  @Test func damagedCheckpointIsPassedOverForTheOneBefore() throws {
    let (model, optimizer) = newRun()
    try train(model, optimizer, to: 1)
    try state.save(optimizer, facts: 1)
    try train(model, optimizer, to: 2)
    try state.save(optimizer, facts: 2)
    let path = "\(directory.path)/step-2.safetensors"
    var bytes = try Path.read(path)
    bytes[bytes.count - 3] ^= 1
    try WholeFile.write(bytes, to: path)
    let (_, resumed) = newRun()
    var reasons: [String] = []
    #expect(try state.restore(resumed) { reasons.append($0) } == 1)
    #expect(resumed.steps == 1)
    #expect(reasons.count == 1)
    #expect(reasons.first?.contains("is damaged") ?? false)
  }

  @Test func checkpointOfAnotherRunIsPassedOver() throws {
    let (_, optimizer) = newRun()
    try state.save(optimizer, facts: .null)
    var reasons: [String] = []
    let other = TrainingState(directory: directory.path, identity: "two")
    #expect(try other.restore(optimizer) { reasons.append($0) } == nil)
    #expect(reasons.count == 1)
  }

  @Test func numbersWithoutTheirSealDoNotCount() throws {
    let (model, optimizer) = newRun()
    try train(model, optimizer, to: 1)
    try state.save(optimizer, facts: 1)
    try Path.remove("\(directory.path)/step-1.json")
    #expect(try state.restore(optimizer) { Issue.record("\($0)") } == nil)
  }

  @Test func twoCheckpointsAreKept() throws {
    let (model, optimizer) = newRun()
    for step in 1...4 {
      try train(model, optimizer, to: step)
      try state.save(optimizer, facts: .null)
    }
    #expect(
      try Path.list(directory.path)
        == ["step-3.json", "step-3.safetensors", "step-4.json", "step-4.safetensors"])
  }

  @Test func withoutADirectoryThereIsNothingToResume() throws {
    let (_, optimizer) = newRun()
    let nowhere = TrainingState(directory: "\(directory.path)/none", identity: "one")
    #expect(try nowhere.restore(optimizer) { Issue.record("\($0)") } == nil)
  }
}
