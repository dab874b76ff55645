/// A BERT encoder (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) with a chromatin state
/// beside each token.
///
///     x = LayerNorm(words[token] + states[state] + positions[place])            then dropout
///     each layer:  a = attention(x);    x = LayerNorm(x + dropout(Wo a + bo))
///                  f = gelu(W1 x + b1); x = LayerNorm(x + dropout(W2 f + b2))
///
/// `forward` and `encode` give hidden states [T,H]; `backward`, in Encoder+Backward.swift, takes
/// their gradient.
public final class Encoder {
  public let configuration: BertConfiguration
  let parameters: Parameters
  let device: any Device
  let places: EncoderPlaces
  private var training: Activations?
  private var inference: Activations?
  /// What the last `forward` was given.
  private(set) var last: (batch: EncodedBatch, dropout: Dropout?)?

  init(_ configuration: BertConfiguration, parameters: Parameters) {
    self.configuration = configuration
    self.parameters = parameters
    device = parameters.device
    places = configuration.encoderPlaces(in: parameters)
  }

  /// The shape of a batch in the device's memory.
  struct EncodedBatch {
    let count, length: Int
    let isMasked: Bool
    let activations: Activations
    var rows: Int { count * length }
  }

  /// The hidden states [T,H] of the last layer, keeping what `backward` needs.
  ///
  /// - Parameter dropout: nil for no dropout.
  func forward(_ batch: Batch, dropout: Dropout?) throws(ModelError) -> Floats {
    let loaded = try load(batch, training: true)
    last = (loaded, dropout)
    return run(loaded, dropout: dropout)
  }

  /// The hidden states [T,H] of the last layer, for inference: no dropout, nothing kept.
  ///
  /// The memory is the encoder's; it holds until the next call.
  func encode(_ batch: Batch) throws(ModelError) -> Floats {
    run(try load(batch, training: false), dropout: nil)
  }

  private func load(_ batch: Batch, training keepsAll: Bool) throws(ModelError) -> EncodedBatch {
    try batch.validate(for: configuration)
    let existing = keepsAll ? training : inference
    let activations: Activations
    if let existing, existing.holds(batch) {
      activations = existing
    } else {
      // Frees the old before it allocates the new.
      if keepsAll { training = nil } else { inference = nil }
      last = nil
      activations = Activations(
        configuration, device: device, rows: max(batch.rows, existing?.rows ?? 0),
        keepsAll: keepsAll)
      if keepsAll { training = activations } else { inference = activations }
    }
    batch.tokens.withUnsafeBufferPointer { device.upload($0, to: activations.ids.tokens) }
    batch.states.withUnsafeBufferPointer { device.upload($0, to: activations.ids.states) }
    let places = [Int32](unsafeUninitializedCapacity: batch.rows) { buffer, count in
      for row in 0..<batch.rows { buffer[row] = Int32(row % batch.length) }
      count = batch.rows
    }
    places.withUnsafeBufferPointer { device.upload($0, to: activations.ids.places) }
    let isMasked = batch.mask?.contains(0) ?? false
    if isMasked, let mask = batch.mask {
      let bias = mask.map { $0 == 0 ? -Float.greatestFiniteMagnitude : 0 }
      bias.withUnsafeBufferPointer { device.upload($0, to: activations.keyBias) }
    }
    return EncodedBatch(
      count: batch.count, length: batch.length, isMasked: isMasked, activations: activations)
  }

  private func run(_ batch: EncodedBatch, dropout: Dropout?) -> Floats {
    let a = batch.activations
    let hidden = configuration.hiddenSize
    let rows = batch.rows
    device.embed(a.embedded, ids: a.ids, tables: tables, rows: rows, hidden: hidden)
    device.normalize(a.normalized, a.embedded, norm: embeddingNorm(a), rows: rows, hidden: hidden)
    device.dropout(a.normalized, embeddingDropout(batch, dropout), count: rows * hidden)
    var x = a.normalized
    for (index, layer) in a.layers.enumerated() {
      run(index, layer, input: x, batch: batch, dropout: dropout)
      x = layer.output
    }
    return x
  }

  private func run(
    _ index: Int, _ layer: LayerActivations, input: Floats, batch: EncodedBatch, dropout: Dropout?
  ) {
    let rows = batch.rows
    let hidden = configuration.hiddenSize
    let wide = configuration.intermediateSize
    let place = places.layers[index]
    let sites = sites(index, batch, dropout)
    let x = Matrix(input, rows: rows, columns: hidden)
    let qkv = Matrix(layer.queryKeyValue, rows: rows, columns: 3 * hidden)
    device.dense(
      qkv, x, weight: parameters.weight(place.queryKeyValue),
      bias: parameters.weights + place.queryKeyValue.bias)
    device.attend(
      layer.context, statistics: layer.statistics, qkv: layer.queryKeyValue,
      keyBias: keyBias(batch), shape: shape(batch), dropout: sites.attention)
    device.denseResidualNormalize(
      layer.attended, sum: Matrix(layer.attentionSum, rows: rows, columns: hidden),
      Matrix(layer.context, rows: rows, columns: hidden),
      weight: parameters.weight(place.attentionOutput),
      bias: parameters.weights + place.attentionOutput.bias, residual: input,
      norm: attentionNorm(index, layer), dropout: sites.attentionOutput)
    device.denseGELU(
      layer.activated, pre: Matrix(layer.intermediate, rows: rows, columns: wide),
      Matrix(layer.attended, rows: rows, columns: hidden),
      weight: parameters.weight(place.intermediate),
      bias: parameters.weights + place.intermediate.bias)
    device.denseResidualNormalize(
      layer.output, sum: Matrix(layer.outputSum, rows: rows, columns: hidden),
      Matrix(layer.activated, rows: rows, columns: wide), weight: parameters.weight(place.output),
      bias: parameters.weights + place.output.bias, residual: layer.attended,
      norm: outputNorm(index, layer), dropout: sites.output)
  }
}

/// Operands that the forward and the backward pass share.
extension Encoder {
  var tables: EmbeddingTables { tables(in: parameters.weights) }

  func tables(in memory: Floats) -> EmbeddingTables {
    EmbeddingTables(
      words: memory + places.words, states: memory + places.states,
      positions: memory + places.positions)
  }

  /// What is added to scores by key; nil where all keys count.
  func keyBias(_ batch: EncodedBatch) -> Floats? {
    batch.isMasked ? batch.activations.keyBias : nil
  }

  func shape(_ batch: EncodedBatch) -> AttentionShape {
    AttentionShape(
      batch: batch.count, length: batch.length, heads: configuration.heads,
      headSize: configuration.headSize)
  }

  func embeddingNorm(_ a: Activations) -> Normalization {
    parameters.normalization(
      places.norm, mean: a.mean, inverse: a.inverse, epsilon: configuration.layerNormEpsilon)
  }

  func attentionNorm(_ index: Int, _ layer: LayerActivations) -> Normalization {
    parameters.normalization(
      places.layers[index].attentionNorm, mean: layer.attentionMean,
      inverse: layer.attentionInverse, epsilon: configuration.layerNormEpsilon)
  }

  func outputNorm(_ index: Int, _ layer: LayerActivations) -> Normalization {
    parameters.normalization(
      places.layers[index].outputNorm, mean: layer.outputMean, inverse: layer.outputInverse,
      epsilon: configuration.layerNormEpsilon)
  }

  /// Site 0 is the embeddings; each layer has three.
  func embeddingDropout(_ batch: EncodedBatch, _ dropout: Dropout?) -> DropoutSite {
    dropout?.site(
      0, probability: configuration.hiddenDropout,
      perExample: batch.length * configuration.hiddenSize) ?? .none
  }

  func sites(
    _ layer: Int, _ batch: EncodedBatch, _ dropout: Dropout?
  ) -> (attention: DropoutSite, attentionOutput: DropoutSite, output: DropoutSite) {
    guard let dropout else { return (.none, .none, .none) }
    let numbers = batch.length * configuration.hiddenSize
    return (
      dropout.site(
        3 * layer + 1, probability: configuration.attentionDropout, perExample: configuration.heads),
      dropout.site(
        3 * layer + 2, probability: configuration.hiddenDropout, perExample: numbers),
      dropout.site(3 * layer + 3, probability: configuration.hiddenDropout, perExample: numbers)
    )
  }
}
