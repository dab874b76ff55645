/// What one layer computes and, in training, keeps for its backward pass. T = batch x length.
struct LayerActivations {
  /// [T,3H]: queries, keys, values.
  let queryKeyValue: Floats
  /// [batch, heads, 2, length]: what attention saves of its softmax; nil where nothing is kept.
  let statistics: Floats?
  /// [T,H]: attention's result before its output layer.
  let context: Floats
  /// [T,H]: residual + attention, the input of the first LayerNorm, and its result.
  let attentionSum, attended: Floats
  let attentionMean, attentionInverse: Floats
  /// [T,I]: before and after GELU.
  let intermediate, activated: Floats
  /// [T,H]: residual + feed-forward, the input of the second LayerNorm, and the layer's result.
  let outputSum, output: Floats
  let outputMean, outputInverse: Floats

  init(_ arena: Arena, _ c: BertConfiguration, rows: Int, keeping: Bool) {
    queryKeyValue = arena.floats(rows * 3 * c.hiddenSize)
    statistics = keeping ? arena.floats(2 * rows * c.heads) : nil
    context = arena.floats(rows * c.hiddenSize)
    attentionSum = arena.floats(rows * c.hiddenSize)
    attended = arena.floats(rows * c.hiddenSize)
    attentionMean = arena.floats(rows)
    attentionInverse = arena.floats(rows)
    intermediate = arena.floats(rows * c.intermediateSize)
    activated = arena.floats(rows * c.intermediateSize)
    outputSum = arena.floats(rows * c.hiddenSize)
    output = arena.floats(rows * c.hiddenSize)
    outputMean = arena.floats(rows)
    outputInverse = arena.floats(rows)
  }
}

/// The gradients that a layer passes on, shared by all layers.
struct Gradients {
  /// [T,H]: of the residual stream, of the branch beside it, of attention's context.
  let hidden, branch, context: Floats
  /// [T,3H] and [T,I].
  let queryKeyValue, intermediate: Floats

  init(_ arena: Arena, _ c: BertConfiguration, rows: Int) {
    hidden = arena.floats(rows * c.hiddenSize)
    branch = arena.floats(rows * c.hiddenSize)
    context = arena.floats(rows * c.hiddenSize)
    queryKeyValue = arena.floats(rows * 3 * c.hiddenSize)
    intermediate = arena.floats(rows * c.intermediateSize)
  }
}

/// Everything between a batch and its hidden states, allocated once for the largest batch seen.
///
/// In training each layer has its own memory; in inference two layers take turns, since a layer
/// needs only the result of the one before.
final class Activations {
  let rows: Int
  let keepsAll: Bool
  let ids: EmbeddingIDs
  /// [T]: 0 for keys that count, else the lowest number, as Hugging Face adds it.
  let keyBias: Floats
  /// [T,H]: sum of the embeddings, and its LayerNorm.
  let embedded, normalized: Floats
  let mean, inverse: Floats
  let layers: [LayerActivations]
  /// Gradients on their way down; nil in inference.
  let gradients: Gradients?
  private let arena: Arena

  init(
    _ configuration: BertConfiguration, device: any Device, rows: Int, keepsAll: Bool
  ) {
    let arena = Arena(device)
    self.arena = arena
    self.rows = rows
    self.keepsAll = keepsAll
    let hidden = configuration.hiddenSize
    ids = EmbeddingIDs(
      tokens: arena.integers(rows), states: arena.integers(rows), places: arena.integers(rows))
    keyBias = arena.floats(rows)
    embedded = arena.floats(rows * hidden)
    normalized = arena.floats(rows * hidden)
    mean = arena.floats(rows)
    inverse = arena.floats(rows)
    let distinct = keepsAll ? configuration.layers : min(2, configuration.layers)
    let memory = (0..<distinct).map { _ in
      LayerActivations(arena, configuration, rows: rows, keeping: keepsAll)
    }
    layers = (0..<configuration.layers).map { memory[$0 % distinct] }
    gradients = keepsAll ? Gradients(arena, configuration, rows: rows) : nil
  }

  /// Whether a batch fits.
  func holds(_ batch: Batch) -> Bool { batch.rows <= rows }
}
