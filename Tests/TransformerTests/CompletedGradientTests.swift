import Testing

@testable import Transformer

/// What a backward pass tells of while it goes on: gradients that it will not touch again.
@Suite struct CompletedGradientTests {
  @Test func aRangeThatIsCompleteDoesNotChangeAnyMore() throws {
    let configuration = try BertConfiguration(
      hiddenSize: 24, layers: 3, heads: 3, intermediateSize: 40, vocabularySize: 30, states: 4,
      maximumLength: 16, initializerRange: 0.2)
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 2), seed: 1)
    let parameters = model.parameters
    let batch = Batch.random(configuration, count: 5, length: 16)
    let scored = ScoredPositions(rows: [3, 17, 40], labels: [5, 6, 7])
    // A gradient from another part of the step is there already.
    _ = try model.train(batch, scored: scored, dropout: Dropout(seed: 1, step: 1))

    var told: [(range: Range<Int>, values: [Float])] = []
    _ = try model.train(batch, scored: scored, dropout: Dropout(seed: 1, step: 2)) { range in
      told.append((range, Array(parameters.gradientMemory[range])))
    }
    for (range, values) in told {
      #expect(values == Array(parameters.gradientMemory[range]))
      #expect(values.contains { $0 != 0 })
    }

    // From the last layer to the first, without gaps: the matrices of all layers.
    #expect(told.count == 4 * configuration.layers)
    for (later, earlier) in zip(told, told.dropFirst()) {
      #expect(earlier.range.upperBound == later.range.lowerBound)
    }
    let numbers = told.reduce(0) { $0 + $1.range.count }
    let matrices = parameters.tensors.filter {
      $0.name.contains(".layer.") && $0.shape.count == 2
    }
    #expect(numbers == matrices.reduce(0) { $0 + $1.count })
  }
}
