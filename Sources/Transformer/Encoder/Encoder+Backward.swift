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
  func backward() {
    guard let (batch, dropout) = last, let d = batch.activations.gradients else {
      preconditionFailure("backward before forward")
    }
    let a = batch.activations
    for index in a.layers.indices.reversed() {
      let input = index == 0 ? a.normalized : a.layers[index - 1].output
      backward(index, a.layers[index], input: input, batch: batch, dropout: dropout)
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
    _ index: Int, _ layer: LayerActivations, input: Floats, batch: EncodedBatch, dropout: Dropout?
  ) {
    guard let d = batch.activations.gradients, let probabilities = layer.probabilities else {
      preconditionFailure("backward on activations of inference")
    }
    let rows = batch.rows
    let hidden = configuration.hiddenSize
    let wide = configuration.intermediateSize
    let place = places.layers[index]
    let sites = sites(index, batch, dropout)
    let branch = Matrix(d.branch, rows: rows, columns: hidden)
    let dWide = Matrix(d.intermediate, rows: rows, columns: wide)
    let residual = Matrix(d.hidden, rows: rows, columns: hidden)

    device.residualNormalizeBackward(
      d.hidden, branch: d.branch, layer.outputSum, norm: outputNorm(index, layer),
      gradient: parameters.gradient(place.outputNorm),
      biasGradient: parameters.gradients + place.output.bias, dropout: sites.output, rows: rows,
      hidden: hidden)
    backward(
      place.output, gradient: branch, input: layer.activated, into: dWide, adding: false)
    device.biasGELUBackward(
      d.intermediate, layer.intermediate,
      biasGradient: parameters.gradients + place.intermediate.bias, rows: rows, columns: wide)
    backward(
      place.intermediate, gradient: dWide, input: layer.attended, into: residual, adding: true)

    device.residualNormalizeBackward(
      d.hidden, branch: d.branch, layer.attentionSum, norm: attentionNorm(index, layer),
      gradient: parameters.gradient(place.attentionNorm),
      biasGradient: parameters.gradients + place.attentionOutput.bias,
      dropout: sites.attentionOutput, rows: rows, hidden: hidden)
    // The gradient of the context takes the place of the context, which nothing needs after this.
    parameters.addWeightGradient(
      place.attentionOutput, gradient: branch,
      input: Matrix(layer.context, rows: rows, columns: hidden))
    let dContext = Matrix(layer.context, rows: rows, columns: hidden)
    device.multiply(
      branch, parameters.weight(place.attentionOutput), into: dContext, adding: false)
    device.attendBackward(
      d.queryKeyValue, dContext: dContext.start, probabilities: probabilities,
      qkv: layer.queryKeyValue, shape: shape(batch), dropout: sites.attention)
    let dQKV = Matrix(d.queryKeyValue, rows: rows, columns: 3 * hidden)
    let dBias = parameters.gradients + place.queryKeyValue.bias
    device.addColumnSums(of: dQKV, to: dBias)
    // A bias of the keys shifts all scores of a row alike, which softmax ignores: its gradient is
    // 0. What was summed is rounding noise, which AdamW would scale up to whole steps.
    device.zero(dBias + hidden, count: hidden)
    backward(place.queryKeyValue, gradient: dQKV, input: input, into: residual, adding: true)
  }

  /// A dense layer's backward pass but for its bias.
  private func backward(
    _ place: DensePlace, gradient: Matrix, input: Floats, into dInput: Matrix, adding: Bool
  ) {
    parameters.addWeightGradient(
      place, gradient: gradient, input: Matrix(input, rows: gradient.rows, columns: place.inputs))
    device.multiply(gradient, parameters.weight(place), into: dInput, adding: adding)
  }
}

extension Parameters {
  /// Adds gradient^T input to the gradient of a dense layer's weight.
  func addWeightGradient(_ place: DensePlace, gradient: Matrix, input: Matrix) {
    device.multiply(gradient.transposed, input, into: weightGradient(place), adding: true)
  }
}
