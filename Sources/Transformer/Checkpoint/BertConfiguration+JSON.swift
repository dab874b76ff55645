import Files

extension BertConfiguration {
  /// Reads the members of a `config.json`.
  ///
  /// Missing members get the defaults of `BertConfig`, except the sizes, which must be there. Members that
  /// change nothing that is computed here are passed over (DNABERT's `rnn`, `split` and `num_rnn_layer`
  /// among them, which belong to a classifier for long sequences).
  /// - Throws: `ModelError` naming the member that is missing, wrong or not supported, and why.
  public init(json: JSON) throws(ModelError) {
    func size(_ name: String) throws(ModelError) -> Int {
      guard let value = json[name] else { throw ModelError("\(name) is missing") }
      guard let size = value.integer else {
        throw ModelError("\(name) is \(value.text), not a whole number")
      }
      return size
    }
    func number(_ name: String, default preset: Double) throws(ModelError) -> Double {
      guard let value = json[name], value != .null else { return preset }
      guard let number = value.number else {
        throw ModelError("\(name) is \(value.text), not a number")
      }
      return number
    }
    guard json.object != nil else { throw ModelError("not a JSON object") }
    for restriction in Restriction.all { try restriction.check(json) }
    let pad = json["pad_token_id"]
    try self.init(
      hiddenSize: size("hidden_size"), layers: size("num_hidden_layers"),
      heads: size("num_attention_heads"), intermediateSize: size("intermediate_size"),
      vocabularySize: size("vocab_size"), states: size("type_vocab_size"),
      maximumLength: size("max_position_embeddings"),
      hiddenDropout: number("hidden_dropout_prob", default: 0.1),
      attentionDropout: number("attention_probs_dropout_prob", default: 0.1),
      layerNormEpsilon: number("layer_norm_eps", default: 1e-12),
      padToken: pad == nil || pad == .null ? 0 : size("pad_token_id"),
      initializerRange: number("initializer_range", default: 0.02))
  }

  /// A member of `config.json` that would change what is computed, and the values with which it does not.
  private struct Restriction {
    let name: String
    /// The first is the one to name; absent and null are as good.
    let supported: [JSON]
    let reason: String

    func check(_ json: JSON) throws(ModelError) {
      guard let value = json[name], value != .null, !supported.contains(value) else { return }
      throw ModelError(
        "\(name) is \(value.text.prefix(80)); only \(supported.first?.text ?? "null") is supported: \(reason)"
      )
    }

    /// Members of `BertConfig` and `PretrainedConfig`:
    /// https://huggingface.co/docs/transformers/main_classes/configuration
    static let all = [
      Restriction(
        name: "model_type", supported: ["bert"],
        reason: "other models have other layers"),
      Restriction(
        name: "auto_map", supported: [],
        reason: "it says that the model is defined by Python code of its own, which is not run here"
      ),
      Restriction(
        name: "hidden_act", supported: ["gelu", "gelu_python"],
        reason: "the feed-forward layers compute the exact GELU, by the error function"),
      Restriction(
        name: "position_embedding_type", supported: ["absolute"],
        reason: "attention has no terms for relative positions"),
      Restriction(
        name: "tie_word_embeddings", supported: [true],
        reason: "the decoder is the table of the word embeddings"),
      Restriction(
        name: "is_decoder", supported: [false], reason: "attention looks to both sides"),
      Restriction(
        name: "is_encoder_decoder", supported: [false], reason: "there is an encoder alone"),
      Restriction(
        name: "add_cross_attention", supported: [false], reason: "there is an encoder alone"),
      Restriction(
        name: "pruned_heads", supported: [[:]],
        reason: "all layers have num_attention_heads heads of the same size"),
      Restriction(
        name: "quantization_config", supported: [],
        reason: "weights are floating-point numbers"),
    ]
  }

  /// The members of a `config.json` that Hugging Face's `BertConfig` reads.
  public var json: [String: JSON] {
    [
      "model_type": "bert", "hidden_act": "gelu", "hidden_size": .integer(hiddenSize),
      "num_hidden_layers": .integer(layers), "num_attention_heads": .integer(heads),
      "intermediate_size": .integer(intermediateSize), "vocab_size": .integer(vocabularySize),
      "type_vocab_size": .integer(states), "max_position_embeddings": .integer(maximumLength),
      "hidden_dropout_prob": .number(hiddenDropout),
      "attention_probs_dropout_prob": .number(attentionDropout),
      "layer_norm_eps": .number(layerNormEpsilon), "pad_token_id": .integer(padToken),
      "initializer_range": .number(initializerRange), "tie_word_embeddings": true,
      "position_embedding_type": "absolute",
    ]
  }
}
