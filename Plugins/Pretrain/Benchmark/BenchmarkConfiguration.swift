import CounterRandom
import Transformer

/// The models that are timed, with their batches.
struct BenchmarkConfiguration {
  enum Name: String, Decodable, CaseIterable {
    case tiny, mini, small, base
  }

  let length, hidden, layers, heads, intermediate, batch: Int
  let vocabulary = 4101
  let states = 37

  init(_ name: Name) {
    let sizes =
      switch name {
      case .tiny: (128, 128, 2, 2, 512, 8)
      case .mini: (256, 256, 4, 4, 1024, 16)
      case .small: (512, 512, 4, 8, 2048, 8)
      case .base: (512, 768, 12, 12, 3072, 4)
      }
    (length, hidden, layers, heads, intermediate, batch) = sizes
  }

  func model(dropout: Double) throws(ModelError) -> BertConfiguration {
    try BertConfiguration(
      hiddenSize: hidden, layers: layers, heads: heads, intermediateSize: intermediate,
      vocabularySize: vocabulary, states: states, maximumLength: length, hiddenDropout: dropout,
      attentionDropout: dropout, padToken: 0, initializerRange: 0.02)
  }

  /// Batch `number`: random tokens but for the first five, which are special; random states; `share` of
  /// the positions masked by token 4 and scored.
  func batch(_ number: Int, count: Int, share: Double) -> (Batch, ScoredPositions) {
    var random = RandomSequence(7, UInt64(number))
    var batch = Batch(count: count, length: length)
    for row in 0..<batch.rows {
      batch.tokens[row] = Int32(5 + random.below(vocabulary - 5))
      batch.states[row] = Int32(random.below(states))
    }
    var rows = Array(0..<Int32(batch.rows))
    for place in 0..<Int(Double(batch.rows) * share) {
      rows.swapAt(place, place + random.below(rows.count - place))
    }
    let chosen = rows.prefix(Int(Double(batch.rows) * share)).sorted()
    let scored = ScoredPositions(rows: chosen, labels: chosen.map { batch.tokens[Int($0)] })
    for row in chosen { batch.tokens[Int(row)] = 4 }
    return (batch, scored)
  }

  /// Floating-point operations of a step: matrix products alone, logits at the scored positions only, a
  /// multiply-add as two, the backward pass as twice the forward pass.
  func operations(batch: Int, scored: Int, forwardOnly: Bool) -> Double {
    let perToken = layers * (4 * hidden * hidden + 2 * hidden * intermediate + 2 * length * hidden)
    let products = batch * length * perToken + scored * (hidden * hidden + hidden * vocabulary)
    return Double(products) * (forwardOnly ? 2 : 6)
  }
}
