/// The shape of a masked-language-model encoder in training: all that the estimate knows of a network.
struct NetworkShape: Equatable, Sendable {
  var layers: Int
  /// Width of the hidden states.
  var hidden: Int
  var heads: Int
  /// Width between the two matrices of a feed-forward block.
  var intermediate: Int
  /// Number of tokens.
  var vocabulary: Int
  /// Number of states: rows of the table that stands where BERT has token types.
  var states: Int
  /// Tokens per sequence.
  var length: Int
  /// Scored positions per sequence.
  var masked: Int

  /// Trained numbers of a BERT of this shape with a tied decoder: embeddings, layers, language head.
  var parameters: Int {
    let embeddings = (vocabulary + length + states) * hidden + 2 * hidden
    let attention = 4 * (hidden * hidden + hidden)
    let feedForward = 2 * hidden * intermediate + intermediate + hidden
    let head = hidden * hidden + 3 * hidden + vocabulary
    return embeddings + layers * (attention + feedForward + 4 * hidden) + head
  }

  /// Operations of one training sample, forward and backward, matrix products only; a multiply-add is two,
  /// and backward costs twice forward:
  ///
  ///     6 L (4 H² + 2 H F) S  +  12 L S² H  +  6 P (H² + H V)
  ///
  /// For BERT-large (L 24, H 1024, F 4096, S 128, V 30522, P 20) this is 240,636,444,672, which is also the
  /// count over the graph that Cerebras' compiler front end makes of it.
  var operationsPerSample: Int {
    let projections = 6 * layers * (4 * hidden * hidden + 2 * hidden * intermediate) * length
    let attention = 12 * layers * length * length * hidden
    let head = 6 * masked * (hidden * hidden + hidden * vocabulary)
    return projections + attention + head
  }
}
