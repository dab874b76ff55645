extension Encoder {
  /// Where a head puts the gradient of the hidden states [T,H] of the last `forward`, before
  /// `backward`.
  var hiddenGradient: Floats {
    guard let gradients = last?.batch.activations.gradients else {
      preconditionFailure("backward before forward")
    }
    return gradients.hidden
  }

  /// Adds the gradient of the last `forward` to all of the encoder's parameters, from
  /// `hiddenGradient`.
  ///
  /// - Parameter completed: told of each range of the gradients' arena that this pass has finished, while
  ///   it goes on: the weights of the layers, from the last to the first. All else is complete when
  ///   `backward` returns.
  func backward(completed: (Range<Int>) -> Void) {
    guard let (batch, dropout) = last, let d = batch.activations.gradients else {
      preconditionFailure("backward before forward")
    }
    let a = batch.activations
    for index in a.layers.indices.reversed() {
      let input = index == 0 ? a.normalized : a.layers[index - 1].output
      backward(
        index, a.layers[index], input: input, batch: batch, dropout: dropout, completed: completed)
    }
    let hidden = configuration.hiddenSize
    device.dropout(d.hidden, embeddingDropout(batch, dropout), count: batch.rows * hidden)
    device.normalizeBackward(
      d.hidden, a.embedded, norm: embeddingNorm(a), gradient: parameters.gradient(places.norm),
      rows: batch.rows, hidden: hidden)
    device.embedBackward(
      tables(in: parameters.gradients), d.hidden, ids: a.ids, pad: Int32(configuration.padToken),
      rows: batch.rows, hidden: hidden)
  }

  /// Turns the gradient of a layer's result, in `gradients.hidden`, into that of its input.
  private func backward(
    _ index: Int, _ layer: LayerActivations, input: Floats, batch: EncodedBatch, dropout: Dropout?,
    completed: (Range<Int>) -> Void
  ) {
    guard let d = batch.activations.gradients, let statistics = layer.statistics else {
      preconditionFailure("backward on activations of inference")
    }
    let rows = batch.rows
    let hidden = configuration.hiddenSize
    let wide = configuration.intermediateSize
    let place = places.layers[index]
    let sites = sites(index, batch, dropout)
    let residual = Matrix(d.hidden, rows: rows, columns: hidden)
    let branch = Matrix(d.branch, rows: rows, columns: hidden)
    let dContext = Matrix(d.context, rows: rows, columns: hidden)
    let dWide = Matrix(d.intermediate, rows: rows, columns: wide)
    let dQKV = Matrix(d.queryKeyValue, rows: rows, columns: 3 * hidden)

    device.residualNormalizeBackward(
      d.hidden, branch: d.branch, layer.outputSum, norm: outputNorm(index, layer),
      gradient: parameters.gradient(place.outputNorm), dropout: sites.output, rows: rows,
      hidden: hidden)
    parameters.addGradient(place.output, branch, input: layer.activated)
    completed(place.output.weights)
    device.denseBackwardGELU(
      dWide, branch, weight: parameters.weight(place.output), pre: layer.intermediate)
    parameters.addGradient(place.intermediate, dWide, input: layer.attended)
    completed(place.intermediate.weights)
    device.denseBackward(
      residual, dWide, weight: parameters.weight(place.intermediate), adding: true)

    device.residualNormalizeBackward(
      d.hidden, branch: d.branch, layer.attentionSum, norm: attentionNorm(index, layer),
      gradient: parameters.gradient(place.attentionNorm), dropout: sites.attentionOutput,
      rows: rows, hidden: hidden)
    parameters.addGradient(place.attentionOutput, branch, input: layer.context)
    completed(place.attentionOutput.weights)
    device.denseBackward(
      dContext, branch, weight: parameters.weight(place.attentionOutput), adding: false)
    device.attendBackward(
      d.queryKeyValue, dContext: d.context, context: layer.context, statistics: statistics,
      qkv: layer.queryKeyValue, keyBias: keyBias(batch), shape: shape(batch),
      dropout: sites.attention)
    parameters.addGradient(place.queryKeyValue, dQKV, input: input)
    completed(place.queryKeyValue.weights)
    // A bias of the keys shifts all scores of a row alike, which softmax ignores: its gradient is
    // 0. What was summed is rounding noise, which AdamW would scale up to whole steps.
    device.zero(parameters.gradients + place.queryKeyValue.bias + hidden, count: hidden)
    device.denseBackward(
      residual, dQKV, weight: parameters.weight(place.queryKeyValue), adding: true)
  }
}

extension Parameters {
  /// Adds the gradient of a dense layer's weight and bias, from that of its result.
  func addGradient(_ place: DensePlace, _ d: Matrix, input: Matrix) {
    device.denseGradient(
      weight: weightGradient(place), bias: gradients + place.bias, d, input)
  }

  /// The same for an input [T, inputs].
  func addGradient(_ place: DensePlace, _ d: Matrix, input: Floats) {
    addGradient(place, d, input: Matrix(input, rows: d.rows, columns: place.inputs))
  }
}
