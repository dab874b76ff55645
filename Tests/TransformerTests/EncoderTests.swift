import CounterRandom
import Testing

@testable import Transformer

@Suite struct EncoderTests {
  let configuration: BertConfiguration

  init() throws {
    configuration = try BertConfiguration(
      hiddenSize: 24, layers: 2, heads: 3, intermediateSize: 40, vocabularySize: 30, states: 4,
      maximumLength: 96, initializerRange: 0.2)
  }

  @Test func paddingIsNotSeenByOtherPositions() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    var batch = Batch.random(configuration, count: 2, length: 9, isPadded: true)
    let before = try model.predict(batch).hidden
    let masked = try #require(batch.mask).indices.filter { batch.mask?[$0] == 0 }
    #expect(masked == [16, 17])
    for row in masked { batch.tokens[row] = 12 }
    let after = try model.predict(batch).hidden
    #expect(before[..<(16 * 24)] == after[..<(16 * 24)])
    #expect(before[(16 * 24)...] != after[(16 * 24)...])
  }

  @Test func aSequenceDoesNotDependOnItsNeighboursInTheBatch() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    let batch = Batch.random(configuration, count: 3, length: 8)
    let all = try model.predict(batch).hidden
    let second = Batch(
      count: 1, length: 8, tokens: Array(batch.tokens[8..<16]), states: Array(batch.states[8..<16]))
    let alone = try model.predict(second).hidden
    #expect(relativeError(alone, Array(all[(8 * 24)..<(16 * 24)])) < 1e-6)
  }

  @Test func statesChangeTheResult() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    var batch = Batch.random(configuration, count: 1, length: 8)
    batch.states = [Int32](repeating: 1, count: 8)
    let before = try model.predict(batch).hidden
    batch.states[3] = 2
    #expect(try model.predict(batch).hidden != before)
  }

  /// Several batches, among them larger and smaller ones, with dropout.
  @Test(arguments: [2, 3, 5])
  func weightsAfterTrainingAreTheSameBitsForAnyNumberOfThreads(threads: Int) throws {
    #expect(try weightsAfterTraining(threads: threads) == weightsAfterTraining(threads: 1))
  }

  private func weightsAfterTraining(threads: Int) throws -> [[Float]] {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: threads), seed: 1)
    let optimizer = AdamW(model.parameters, AdamW.Settings(clipNorm: 0.5))
    for (step, (count, length)) in [(40, 90), (3, 96), (70, 31), (40, 90)].enumerated() {
      let batch = Batch.random(configuration, count: count, length: length)
      let rows = (0..<count * length).filter { $0 % 5 == 0 }.map(Int32.init)
      let scored = ScoredPositions(rows: rows, labels: rows.map { 5 + $0 % 20 })
      _ = try model.train(batch, scored: scored, dropout: Dropout(seed: 3, step: step))
      optimizer.step(learningRate: 1e-2)
    }
    return model.parameters.tensors.map { model.parameters.values($0) }
  }

  @Test func lossWithoutGradientsIsThatOfTraining() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    let batch = Batch.random(configuration, count: 3, length: 8, isPadded: true)
    let scored = ScoredPositions(rows: [1, 9, 17], labels: [4, 5, 6])
    let loss = try model.loss(batch, scored: scored)
    #expect(abs(try model.train(batch, scored: scored, dropout: nil) - loss) < 1e-6)
    let losses = try model.losses(batch, scored: scored)
    #expect(losses.count == 3)
    #expect(abs(Double(losses.reduce(0, +)) / 3 - loss) < 1e-6)
  }

  @Test func gradientsOfSeveralBatchesAddUp() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    let batch = Batch.random(configuration, count: 2, length: 8)
    let scored = ScoredPositions(rows: [1, 9], labels: [4, 5])
    let tensor = try #require(model.parameters["bert.encoder.layer.0.output.dense.weight"])
    _ = try model.train(batch, scored: scored, dropout: nil)
    let once = model.parameters.gradient(tensor)
    _ = try model.train(batch, scored: scored, dropout: nil)
    let twice = model.parameters.gradient(tensor)
    #expect(relativeError(twice, once.map { 2 * $0 }) < 1e-5)
  }

  @Test func aStepInPartsIsTheStepInOnePiece() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    let (length, counts) = (8, [1, 3, 2])
    let whole = Batch.random(configuration, count: 6, length: length)
    let rows: [Int32] = [1, 9, 14, 30, 33, 47]
    let scored = ScoredPositions(rows: rows, labels: rows.map { 5 + $0 % 7 })
    let loss = try model.train(whole, scored: scored, dropout: Dropout(seed: 3, step: 1))
    let gradients = model.parameters.tensors.map { model.parameters.gradient($0) }
    model.parameters.zeroGradients()

    var first = 0
    var sum = 0.0
    for count in counts {
      let range = first * length..<(first + count) * length
      let batch = Batch(
        count: count, length: length, tokens: Array(whole.tokens[range]),
        states: Array(whole.states[range]))
      let own = zip(scored.rows, scored.labels).filter { range.contains(Int($0.0)) }
      let part = ScoredPositions(
        rows: own.map { $0.0 - Int32(range.lowerBound) }, labels: own.map(\.1))
      sum += try model.train(
        batch, scored: part, total: rows.count,
        dropout: Dropout(seed: 3, step: 1, firstExample: first))
      first += count
    }
    #expect(abs(sum - loss) < 1e-6)
    for (tensor, gradient) in zip(model.parameters.tensors, gradients)
    where !tensor.name.hasSuffix("key.bias") {
      #expect(relativeError(model.parameters.gradient(tensor), gradient) < 1e-5, "\(tensor.name)")
    }
  }

  @Test func idsOutsideTheTablesAreRefused() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    var batch = Batch.random(configuration, count: 1, length: 8)
    batch.tokens[5] = 30
    #expect(throws: ModelError("token id 30 at place 5 of the batch; the model has 30")) {
      try model.predict(batch)
    }
    batch.tokens[5] = 1
    batch.states[2] = -1
    #expect(throws: ModelError("state id -1 at place 2 of the batch; the model has 4")) {
      try model.predict(batch)
    }
    #expect(throws: ModelError("sequences of 97 tokens; the model takes at most 96")) {
      try model.predict(Batch(count: 1, length: 97))
    }
  }

  @Test func smallModelLearnsWhatDeterminesTheAnswer() throws {
    // The masked token is the state's number plus 10: only the state tells.
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 1)
    let optimizer = AdamW(model.parameters, AdamW.Settings(clipNorm: 1))
    var losses: [Double] = []
    for step in 1...60 {
      var random = RandomSequence(23, UInt64(step))
      var batch = Batch(count: 16, length: 6)
      var scored = ScoredPositions()
      for row in batch.tokens.indices {
        batch.tokens[row] = Int32(5 + random.below(20))
        batch.states[row] = Int32(random.below(4))
        if row % 6 == 3 {
          batch.tokens[row] = 4
          scored.rows.append(Int32(row))
          scored.labels.append(10 + batch.states[row])
        }
      }
      losses.append(try model.train(batch, scored: scored, dropout: nil))
      optimizer.step(learningRate: 5e-3)
    }
    #expect(losses[0] > 2.5)
    #expect(losses.suffix(5).max() ?? 1 < 0.1)
  }
}
