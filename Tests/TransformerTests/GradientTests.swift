import CounterRandom
import Testing

@testable import Transformer

/// Gradients against finite differences, on sizes that no vector width divides.
///
/// For each tensor the loss is taken at two points along the gradient's own direction; half their
/// difference over the step must be the gradient's length.
@Suite struct GradientTests {
  static let sizes: [BertConfiguration] = [
    odd(hidden: 15, heads: 3, layers: 1, dropout: 0),
    odd(hidden: 15, heads: 3, layers: 2, dropout: 0.2),
    odd(hidden: 7, heads: 1, layers: 1, dropout: 0),
    odd(hidden: 34, heads: 2, layers: 1, dropout: 0),
  ]

  /// Heads wider than a panel, and sequences that take three panels of queries, the last not full.
  @Test(arguments: [(64, 1), (74, 2)])
  func attentionOverSeveralPanels(hidden: Int, heads: Int) throws {
    let configuration = GradientTests.odd(
      hidden: hidden, heads: heads, layers: 1, dropout: 0.2, length: 70)
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 2), seed: 3)
    scatter(model.parameters)
    let batch = Batch.random(configuration, count: 2, length: 70, isPadded: true)
    let scored = ScoredPositions(rows: [1, 33, 69, 70, 103], labels: [7, 20, 5, 9, 9])
    try check(model.parameters) {
      try model.train(batch, scored: scored, dropout: Dropout(seed: 5, step: 9))
    }
  }

  static func odd(
    hidden: Int, heads: Int, layers: Int, dropout: Double, length: Int = 13
  ) -> BertConfiguration {
    // swift-format-ignore: NeverUseForceTry
    try! BertConfiguration(
      hiddenSize: hidden, layers: layers, heads: heads, intermediateSize: hidden + 6,
      vocabularySize: 21, states: 5, maximumLength: length, hiddenDropout: dropout,
      attentionDropout: dropout, initializerRange: 0.3)
  }

  @Test(arguments: sizes, [true, false])
  func maskedLanguageModel(configuration: BertConfiguration, isPadded: Bool) throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 3)
    scatter(model.parameters)
    let batch = Batch.random(configuration, count: 3, length: 11, isPadded: isPadded)
    let scored = ScoredPositions(rows: [1, 4, 12, 25, 12], labels: [7, 20, 5, 9, 9])
    try check(model.parameters) {
      try model.train(batch, scored: scored, dropout: Dropout(seed: 5, step: 9))
    }
  }

  @Test(arguments: sizes)
  func maskedLanguageModelThatPredictsStates(configuration: BertConfiguration) throws {
    let model = MaskedLanguageModel(
      configuration, predictsStates: true, device: CPU(threads: 1), seed: 3)
    scatter(model.parameters)
    let batch = Batch.random(configuration, count: 3, length: 11, isPadded: true)
    let scored = ScoredPositions(rows: [1, 4, 12], labels: [7, 20, 5])
    let states = StateObjective(
      scored: ScoredPositions(rows: [2, 15, 15], labels: [3, 0, 1]), weight: 0.6)
    try check(model.parameters) {
      let loss = try model.train(
        batch, scored: scored, states: states, dropout: Dropout(seed: 5, step: 9))
      return loss.tokens + 0.6 * loss.states
    }
  }

  @Test(arguments: Pooling.allCases, [0, 0.3])
  func sequenceClassifier(pooling: Pooling, dropout: Double) throws {
    let configuration = GradientTests.odd(hidden: 15, heads: 3, layers: 1, dropout: dropout)
    let model = SequenceClassifier(
      configuration, settings: ClassifierSettings(pooling: pooling, dropout: dropout),
      device: CPU(threads: 1), seed: 4)
    scatter(model.parameters)
    let batch = Batch.random(configuration, count: 3, length: 10, isPadded: true)
    try check(model.parameters) {
      try model.train(
        batch, spans: [2..<9, 0..<1, 3..<7], labels: [1, 0, 0.25], weights: [1, 2, 0.5],
        dropout: Dropout(seed: 6, step: 2))
    }
  }

  /// No parameter stays at 0 or 1, so that none can be forgotten unnoticed.
  private func scatter(_ parameters: Parameters) {
    for tensor in parameters.tensors {
      var random = RandomSequence(11, UInt64(tensor.offset))
      let values = parameters.values(tensor).map { $0 + Float(0.1 * random.normal()) }
      values.withUnsafeBufferPointer { parameters.set(tensor, to: $0) }
    }
  }

  private func check(_ parameters: Parameters, loss: () throws -> Double) throws {
    parameters.zeroGradients()
    _ = try loss()
    let gradients = parameters.tensors.map { parameters.gradient($0) }
    let whole = norm(gradients.flatMap { $0 })
    #expect(whole > 0)
    for (tensor, gradient) in zip(parameters.tensors, gradients) {
      let length = norm(gradient)
      let weights = parameters.values(tensor)
      if length < 1e-5 * whole {
        // A gradient of 0: of key biases, and of tables' rows that the batch does not use.
        continue
      }
      func shifted(by step: Double) throws -> Double {
        let moved = zip(weights, gradient).map { $0 + Float(step * Double($1) / length) }
        moved.withUnsafeBufferPointer { parameters.set(tensor, to: $0) }
        return try loss()
      }
      let step = 2e-3
      let slope = try (shifted(by: step) - shifted(by: -step)) / (2 * step)
      weights.withUnsafeBufferPointer { parameters.set(tensor, to: $0) }
      #expect(
        abs(slope - length) < 0.02 * length + 3e-4, "\(tensor.name): \(slope) against \(length)")
    }
  }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}

extension Batch {
  /// A batch of random tokens and states; where padded, the last sequences end early.
  static func random(
    _ configuration: BertConfiguration, count: Int, length: Int, isPadded: Bool = false
  ) -> Batch {
    var random = RandomSequence(17)
    var batch = Batch(count: count, length: length)
    batch.mask = [Int32](repeating: 1, count: count * length)
    for row in batch.tokens.indices {
      batch.tokens[row] = Int32(1 + random.below(configuration.vocabularySize - 1))
      batch.states[row] = Int32(random.below(configuration.states))
      let (sequence, place) = (row / length, row % length)
      if isPadded, sequence > 0, place >= length - 2 * sequence {
        batch.mask?[row] = 0
        batch.tokens[row] = Int32(configuration.padToken)
      }
    }
    return batch
  }
}
