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
