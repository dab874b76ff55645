import Files
import FlowTesting
import Testing

@testable import Transformer

/// Masked states as a second objective. That its numbers are PyTorch's is shown by the reference
/// `bert-states`, that its gradients are those of its loss by `GradientTests`.
@Suite struct StateObjectiveTests {
  let configuration: BertConfiguration
  let tokens = ScoredPositions(rows: [1, 4, 12], labels: [7, 16, 5])
  let states = ScoredPositions(rows: [2, 15], labels: [1, 0])

  init() throws { configuration = try .small() }

  private func model(predictsStates: Bool = true) -> MaskedLanguageModel {
    MaskedLanguageModel(
      configuration, predictsStates: predictsStates, device: CPU(threads: 1), seed: 5)
  }

  private var batch: Batch { .random(configuration, count: 2, length: 9) }

  private func gradients(_ model: MaskedLanguageModel) -> [String: [Float]] {
    Dictionary(
      uniqueKeysWithValues: model.parameters.tensors.map {
        ($0.name, model.parameters.gradient($0))
      })
  }

  @Test func theLastStateIsTheMaskAndNoChoice() throws {
    let model = model()
    #expect(model.maskState == Int32(configuration.states - 1))
    #expect(
      try model.predictStates(batch)?.count == batch.rows * (configuration.states - 1))
  }

  @Test func aModelWithoutTheHeadPredictsNoStates() throws {
    let model = model(predictsStates: false)
    #expect(model.maskState == nil)
    #expect(try model.predictStates(batch) == nil)
    #expect {
      try model.train(batch, scored: tokens, states: StateObjective(scored: states), dropout: nil)
    } throws: {
      "\($0)".contains("the model has no head for states")
    }
  }

  @Test func theMaskIsNoLabel() throws {
    let masked = ScoredPositions(rows: [2], labels: [Int32(configuration.states - 1)])
    #expect {
      try model().train(
        batch, scored: tokens, states: StateObjective(scored: masked), dropout: nil)
    } throws: {
      "\($0)" == "state 2 as label at position 2 of 2"
    }
  }

  @Test func withoutWeightTheTokensAloneDecideTheGradient() throws {
    let (one, other) = (model(), model())
    let alone = try one.train(batch, scored: tokens, dropout: nil)
    let both = try other.train(
      batch, scored: tokens, states: StateObjective(scored: states, weight: 0), dropout: nil)
    #expect(both.tokens == alone)
    #expect(both.states > 0)
    #expect(gradients(one) == gradients(other))
  }

  @Test func aStepInPartsIsTheStepInOnePiece() throws {
    let (whole, parts) = (model(), model())
    let loss = try whole.train(
      batch, scored: tokens, states: StateObjective(scored: states, weight: 0.5), dropout: nil)
    var sum = (tokens: 0.0, states: 0.0)
    for part in 0..<2 {
      let rows = part * 9..<(part + 1) * 9
      func own(_ scored: ScoredPositions) -> ScoredPositions {
        let pairs = zip(scored.rows, scored.labels).filter { rows.contains(Int($0.0)) }
        return ScoredPositions(rows: pairs.map { $0.0 - Int32(part * 9) }, labels: pairs.map(\.1))
      }
      let piece = Batch(
        count: 1, length: 9, tokens: Array(batch.tokens[rows]), states: Array(batch.states[rows]))
      let loss = try parts.train(
        piece, scored: own(tokens), total: 3,
        states: StateObjective(scored: own(states), total: 2, weight: 0.5), dropout: nil)
      sum.tokens += loss.tokens
      sum.states += loss.states
    }
    #expect(abs(sum.tokens - loss.tokens) < 1e-6)
    #expect(abs(sum.states - loss.states) < 1e-6)
    let (expected, found) = (gradients(whole), gradients(parts))
    for (name, gradient) in expected where !name.hasSuffix("key.bias") {
      #expect(relativeError(found[name] ?? [], gradient) < 1e-5, "\(name)")
    }
  }

  @Test func theHeadIsSavedInAFileOfItsOwn() throws {
    let directory = try TemporaryDirectory()
    let (model, path) = (model(), directory.at("model"))
    try model.save(to: path, tokenizer: nil)
    let names = try SafetensorsReader("\(path)/model.safetensors").tensors.keys
    #expect(!names.contains { $0.hasPrefix("cls.states.") }, "BertForMaskedLM would not know them")
    #expect(
      try SafetensorsReader("\(path)/state_head.safetensors").tensors.keys.sorted() == [
        "cls.states.bias", "cls.states.transform.LayerNorm.bias",
        "cls.states.transform.LayerNorm.weight", "cls.states.transform.dense.bias",
        "cls.states.transform.dense.weight",
      ])
    let loaded = try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
    #expect(loaded.maskState == model.maskState)
    for tensor in model.parameters.tensors {
      let other = try #require(loaded.parameters[tensor.name])
      #expect(loaded.parameters.values(other) == model.parameters.values(tensor))
    }
  }

  @Test func aHeadOfOtherSizesIsRefused() throws {
    let directory = try TemporaryDirectory()
    try model().save(to: directory.at("model"), tokenizer: nil)
    var writer = SafetensorsWriter()
    writer.add("cls.states.bias", shape: [3], floats: { [0, 0, 0] })
    try writer.write(to: directory.at("model/state_head.safetensors"))
    #expect {
      try MaskedLanguageModel(directory: directory.at("model"), device: CPU(threads: 1))
    } throws: {
      "\($0)".contains("state_head.safetensors has no tensor 'cls.states.")
    }
  }
}
