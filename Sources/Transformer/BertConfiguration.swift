import Files

/// The sizes and settings of a BERT encoder, as Hugging Face's `config.json` names them.
///
/// Where BERT has token types, EBERT has chromatin states: `type_vocab_size` is the number of
/// states, and `token_type_ids` are states. Source of names and defaults:
/// https://huggingface.co/docs/transformers/model_doc/bert#transformers.BertConfig
public struct BertConfiguration: Equatable, Sendable {
  public var hiddenSize: Int
  public var layers: Int
  public var heads: Int
  public var intermediateSize: Int
  public var vocabularySize: Int
  /// How many chromatin states there are, state 0 ("none") included.
  public var states: Int
  /// The longest sequence in tokens, special tokens included.
  public var maximumLength: Int
  /// Probability of dropping an element of the embeddings and of each sublayer's output.
  public var hiddenDropout: Double
  /// Probability of dropping an attention probability.
  public var attentionDropout: Double
  public var layerNormEpsilon: Double
  public var padToken: Int
  /// Standard deviation of new weights.
  public var initializerRange: Double

  /// - Throws: `ModelError` where the sizes do not fit together.
  public init(
    hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int, vocabularySize: Int,
    states: Int, maximumLength: Int, hiddenDropout: Double = 0.1, attentionDropout: Double = 0.1,
    layerNormEpsilon: Double = 1e-12, padToken: Int = 0, initializerRange: Double = 0.02
  ) throws(ModelError) {
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.intermediateSize = intermediateSize
    self.vocabularySize = vocabularySize
    self.states = states
    self.maximumLength = maximumLength
    self.hiddenDropout = hiddenDropout
    self.attentionDropout = attentionDropout
    self.layerNormEpsilon = layerNormEpsilon
    self.padToken = padToken
    self.initializerRange = initializerRange
    try validate()
  }

  /// The size of one attention head.
  public var headSize: Int { hiddenSize / heads }

  private func validate() throws(ModelError) {
    // The bounds keep every product of two sizes far from overflow and a hostile file from asking
    // for petabytes.
    let sizes = [
      ("hidden_size", hiddenSize, 1 << 16), ("num_hidden_layers", layers, 1 << 10),
      ("num_attention_heads", heads, 1 << 12), ("intermediate_size", intermediateSize, 1 << 18),
      ("vocab_size", vocabularySize, 1 << 24), ("type_vocab_size", states, 1 << 16),
      ("max_position_embeddings", maximumLength, 1 << 20),
    ]
    for (name, value, bound) in sizes where value < 1 || value > bound {
      throw ModelError("\(name) is \(value), outside 1 to \(bound)")
    }
    if hiddenSize % heads != 0 {
      throw ModelError(
        "hidden_size \(hiddenSize) is not a multiple of num_attention_heads \(heads)")
    }
    let dropouts = [
      ("hidden_dropout_prob", hiddenDropout), ("attention_probs_dropout_prob", attentionDropout),
    ]
    for (name, value) in dropouts where !(value >= 0 && value < 1) {
      throw ModelError("\(name) is \(value), outside 0 ..< 1")
    }
    if !(layerNormEpsilon > 0 && layerNormEpsilon < 1) {
      throw ModelError("layer_norm_eps is \(layerNormEpsilon), outside 0 to 1")
    }
    if !(initializerRange >= 0 && initializerRange < 10) {
      throw ModelError("initializer_range is \(initializerRange), outside 0 to 10")
    }
    if padToken < 0 || padToken >= vocabularySize {
      throw ModelError("pad_token_id \(padToken) is not in the vocabulary of \(vocabularySize)")
    }
  }
}

extension BertConfiguration {
  /// Reads the members of a `config.json`.
  ///
  /// Missing members get the defaults of `BertConfig`, except the sizes, which must be there.
  /// - Throws: `ModelError` naming the member that is missing, wrong or not supported.
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
    func only(_ name: String, _ supported: JSON) throws(ModelError) {
      if let value = json[name], value != .null, value != supported {
        throw ModelError("\(name) is \(value.text); only \(supported.text) is supported")
      }
    }
    guard json.object != nil else { throw ModelError("not a JSON object") }
    try only("model_type", "bert")
    try only("hidden_act", "gelu")
    try only("position_embedding_type", "absolute")
    try only("tie_word_embeddings", true)
    try only("is_decoder", false)
    try only("add_cross_attention", false)
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
