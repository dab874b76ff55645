import Corpus
import Files
import FlowTesting
import Testing
import Transformer

@testable import Pretrain

@Suite struct BatchesTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  private static let names = [
    "length", "batch_size", "sampling", "mask_rate", "mask_rate_end", "mask_rate_change",
    "mask_rate_change_at", "mask_token_share", "random_token_share", "mask_strategy", "mask_span",
    "span_warmup_steps", "use_states", "tracks", "state_rule", "k", "reverse_complement",
    "state_mask_rate", "validation_cell_types", "seed",
  ]

  /// A host with the parameters of a training, as far as batches depend on them.
  private func host(_ name: String, _ changes: [String: JSON] = [:]) throws -> OperationHost {
    let training = SmallCorpus.parameters().object ?? [:]
    var parameters = training.filter { BatchesTests.names.contains($0.key) }
    parameters["steps"] = 3
    parameters["first_step"] = 1
    parameters["training_steps"] = 12
    parameters.merge(changes) { _, new in new }
    return try OperationHost(
      parameters: .object(parameters), inputs: ["corpus": [small.corpus]],
      directory: "\(small.path)/\(name)")
  }

  /// What the trainer is given for the same parameters.
  private func training(_ changes: [String: JSON] = [:]) throws -> MaskedWindows {
    let operation = Ebert(try EbertParameters(SmallCorpus.parameters(changes)))
    let corpus = try operation.parameters.windows.open(small.corpus)
    let cellTypes = try CellTypeSplit(corpus, heldOut: operation.parameters.validationCellTypes)
    return try operation.windows(
      corpus, corpus.training, cellTypes.training, .training, "training")
  }

  @Test(
    arguments: [
      [:], ["use_states": false], ["validation_cell_types": ["two"]],
      ["state_mask_rate": 0.5], ["span_warmup_steps": 2, "mask_span": 3],
      ["seed": 7, "length": 30, "mask_rate": 0.3], ["sampling": "epoch", "k": 2],
      ["mask_rate_end": 0.5, "mask_rate_change_at": 0.1], ["mask_strategy": "bin"],
      ["reverse_complement": 0.5, "state_rule": "majority"],
    ] as [[String: JSON]])
  func theBatchesAreThoseOfTheTrainer(changes: [String: JSON]) throws {
    let host = try host("run", changes)
    try host.run("batches", of: Pretrain.entry)
    let file = try SafetensorsReader(host.output("batches"))
    let windows = try training(changes)
    let steps = (1...3).map { windows.batch(StepSlice(step: $0, first: 0, count: 4)) }
    #expect(file.tensors["input_ids"]?.shape == [3, 4, windows.loader.length])
    #expect(try file.integers("input_ids") == steps.flatMap { $0.batch.tokens.map(Int64.init) })
    #expect(
      try file.integers("token_type_ids") == steps.flatMap { $0.batch.states.map(Int64.init) })
    #expect(try file.integers("attention_mask").allSatisfy { $0 == 1 })
    try expect(file.integers("labels"), steps.map(\.scored), rows: 4 * windows.loader.length)
    #expect((file.tensors["state_labels"] != nil) == (changes["state_mask_rate"] != nil))
    if file.tensors["state_labels"] != nil {
      #expect(steps.contains { !$0.scoredStates.rows.isEmpty })
      try expect(
        file.integers("state_labels"), steps.map(\.scoredStates), rows: 4 * windows.loader.length)
    }
  }

  /// Labels are -100 but where a step scores; it scores `rows` positions.
  private func expect(_ labels: [Int64], _ scored: [ScoredPositions], rows: Int) {
    for (number, step) in scored.enumerated() {
      let own = labels[number * rows..<(number + 1) * rows]
      let told = own.enumerated().filter { $0.element != -100 }
      #expect(told.map { Int32($0.offset) } == step.rows)
      #expect(told.map { Int32($0.element) } == step.labels)
    }
  }

  @Test func laterStepsAreThoseOfALongerFile() throws {
    let (whole, later) = (try host("whole"), try host("later", ["first_step": 3, "steps": 1]))
    for host in [whole, later] { try host.run("batches", of: Pretrain.entry) }
    let (all, last) = try (
      SafetensorsReader(whole.output("batches")), SafetensorsReader(later.output("batches"))
    )
    #expect(try all.integers("input_ids").suffix(4 * 24) == last.integers("input_ids")[...])
    #expect(last.metadata["first_step"] == "3")
  }

  @Test(
    arguments: [
      (
        ["steps": 1_000_000, "batch_size": 65536, "length": 1_048_576],
        "several files, with first_step"
      ),
      (["length": 8000], "holds a window of 8000 tokens"),
      (["mask_token_share": 0.9, "random_token_share": 0.2], "together are more than 1"),
      (["validation_cell_types": ["three"]], "no cell type 'three'"),
    ] as [([String: JSON], String)])
  func whatCannotBeIsRefused(changes: [String: JSON], reason: String) throws {
    let failure = try host("run", changes).failure("batches", of: Pretrain.entry)
    #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
  }
}
