/// A dense layer's place in the arena: weight [outputs, inputs], bias [outputs].
struct DensePlace {
  let weight, bias: Int
  let inputs, outputs: Int

  /// Where the weight's numbers are.
  var weights: Range<Int> { weight..<weight + inputs * outputs }
}

/// A LayerNorm's place in the arena.
struct NormPlace {
  let weight, bias: Int
}

/// The places of one layer's parameters. Query, key and value stand one after the other, so that
/// they are one matrix [3H, H].
struct LayerPlaces {
  let queryKeyValue, attentionOutput, intermediate, output: DensePlace
  let attentionNorm, outputNorm: NormPlace
}

/// The places of the encoder's parameters.
struct EncoderPlaces {
  let words, positions, states: Int
  let norm: NormPlace
  let layers: [LayerPlaces]
}

/// Names and shapes of the encoder's tensors, those of `BertForMaskedLM`.
extension BertConfiguration {
  static let wordEmbeddings = "bert.embeddings.word_embeddings.weight"
  static let stateEmbeddings = "bert.embeddings.token_type_embeddings.weight"

  func addEncoder(to layout: inout ParameterLayout) {
    let embeddings = "bert.embeddings"
    layout.add(
      BertConfiguration.wordEmbeddings, [vocabularySize, hiddenSize], .normalExcept(pad: padToken))
    layout.add("\(embeddings).position_embeddings.weight", [maximumLength, hiddenSize], .sinusoids)
    layout.add(BertConfiguration.stateEmbeddings, [states, hiddenSize], .normal)
    layout.addNorm(embeddings, hiddenSize)
    for layer in 0..<layers {
      let name = "bert.encoder.layer.\(layer)"
      // The three side by side, weights and biases each: `LayerPlaces` relies on it.
      for part in ["query", "key", "value"] {
        layout.addDense("\(name).attention.self.\(part)", inputs: hiddenSize, outputs: hiddenSize)
      }
      layout.addDense("\(name).attention.output.dense", inputs: hiddenSize, outputs: hiddenSize)
      layout.addNorm("\(name).attention.output", hiddenSize)
      layout.addDense("\(name).intermediate.dense", inputs: hiddenSize, outputs: intermediateSize)
      layout.addDense("\(name).output.dense", inputs: intermediateSize, outputs: hiddenSize)
      layout.addNorm("\(name).output", hiddenSize)
    }
  }

  func encoderPlaces(in parameters: Parameters) -> EncoderPlaces {
    let embeddings = "bert.embeddings"
    return EncoderPlaces(
      words: parameters.place(BertConfiguration.wordEmbeddings),
      positions: parameters.place("\(embeddings).position_embeddings.weight"),
      states: parameters.place(BertConfiguration.stateEmbeddings),
      norm: parameters.norm(embeddings),
      layers: (0..<layers).map { layer in
        let name = "bert.encoder.layer.\(layer)"
        return LayerPlaces(
          queryKeyValue: parameters.dense(
            "\(name).attention.self.query", inputs: hiddenSize, outputs: 3 * hiddenSize),
          attentionOutput: parameters.dense(
            "\(name).attention.output.dense", inputs: hiddenSize, outputs: hiddenSize),
          intermediate: parameters.dense(
            "\(name).intermediate.dense", inputs: hiddenSize, outputs: intermediateSize),
          output: parameters.dense(
            "\(name).output.dense", inputs: intermediateSize, outputs: hiddenSize),
          attentionNorm: parameters.norm("\(name).attention.output"),
          outputNorm: parameters.norm("\(name).output"))
      })
  }
}

extension ParameterLayout {
  mutating func addDense(_ name: String, inputs: Int, outputs: Int) {
    add("\(name).weight", [outputs, inputs], .normal)
    add("\(name).bias", [outputs], .zeros)
  }

  mutating func addNorm(_ name: String, _ size: Int) {
    add("\(name).LayerNorm.weight", [size], .ones)
    add("\(name).LayerNorm.bias", [size], .zeros)
  }
}

extension Parameters {
  func dense(_ name: String, inputs: Int, outputs: Int) -> DensePlace {
    DensePlace(
      weight: place("\(name).weight"), bias: place("\(name).bias"), inputs: inputs,
      outputs: outputs)
  }

  func norm(_ name: String) -> NormPlace {
    NormPlace(weight: place("\(name).LayerNorm.weight"), bias: place("\(name).LayerNorm.bias"))
  }

  /// The weight as a matrix [outputs, inputs].
  func weight(_ dense: DensePlace) -> Matrix {
    Matrix(weights + dense.weight, rows: dense.outputs, columns: dense.inputs)
  }

  func weightGradient(_ dense: DensePlace) -> Matrix {
    Matrix(gradients + dense.weight, rows: dense.outputs, columns: dense.inputs)
  }

  func normalization(
    _ norm: NormPlace, mean: Floats, inverse: Floats, epsilon: Double
  ) -> Normalization {
    Normalization(
      weight: weights + norm.weight, bias: weights + norm.bias, mean: mean, inverse: inverse,
      epsilon: Float(epsilon))
  }

  func gradient(_ norm: NormPlace) -> NormalizationGradient {
    NormalizationGradient(weight: gradients + norm.weight, bias: gradients + norm.bias)
  }
}
