/// An encoder with the masked-language head: what `BertForMaskedLM` is in Hugging Face's library.
///
/// Used by one thread at a time.
public final class MaskedLanguageModel {
  public let configuration: BertConfiguration
  public let parameters: Parameters
  public let encoder: Encoder
  /// How the model's input is made; saved with it. nil where that is not known.
  public var tokenization: Tokenization?
  private let head: MaskedLanguageHead

  /// A new model, weights drawn from `seed`.
  public init(_ configuration: BertConfiguration, device: any Device, seed: UInt64) {
    self.configuration = configuration
    var layout = ParameterLayout()
    configuration.addEncoder(to: &layout)
    MaskedLanguageHead.add(configuration, to: &layout)
    parameters = Parameters(layout, device: device)
    parameters.initialize(deviation: configuration.initializerRange, seed: seed)
    encoder = Encoder(configuration, parameters: parameters)
    head = MaskedLanguageHead(configuration, parameters: parameters)
  }

  /// A model from a checkpoint in Hugging Face's layout.
  ///
  /// - Parameter dropout: replaces both of the checkpoint's dropout probabilities where given.
  /// - Throws: `FileError` or `ModelError` naming the file and what is wrong with it.
  public convenience init(
    directory: String, dropout: Double? = nil, device: any Device
  ) throws {
    let checkpoint = try Checkpoint(directory: directory)
    var configuration = checkpoint.configuration
    if let dropout {
      configuration.hiddenDropout = dropout
      configuration.attentionDropout = dropout
    }
    self.init(configuration, device: device, seed: 0)
    tokenization = checkpoint.tokenization
    try checkpoint.load(into: parameters, fresh: [])
  }

  /// Replaces all weights by those of a checkpoint of a model of the same sizes.
  ///
  /// - Throws: `FileError` or `ModelError` naming the file and what is wrong with it.
  public func replaceWeights(from directory: String) throws {
    try Checkpoint(directory: directory).load(into: parameters, fresh: [])
  }

  /// The mean cross entropy, in nats, at the scored positions, whose gradient is added to all
  /// parameters' gradients.
  ///
  /// - Parameters:
  ///   - batch: with masked tokens already replaced.
  ///   - total: scored positions of the whole step, where this batch is a part of it. The loss and its
  ///     gradient are divided by it, so that those of the parts add up to the step's; nil for a step of
  ///     this batch alone.
  ///   - dropout: names this step's random choices; nil for none.
  public func train(
    _ batch: Batch, scored: ScoredPositions, total: Int? = nil, dropout: Dropout?
  ) throws(ModelError) -> Double {
    try scored.validate(rows: batch.rows, vocabulary: configuration.vocabularySize)
    let hidden = try encoder.forward(batch, dropout: dropout)
    let gradient = encoder.hiddenGradient
    parameters.device.zero(gradient, count: batch.rows * configuration.hiddenSize)
    let loss = head.loss(
      hidden, scored, total: total ?? scored.rows.count, hiddenGradient: gradient)
    encoder.backward()
    return loss
  }

  /// The mean cross entropy, in nats, at the scored positions; no dropout, no gradients.
  public func loss(_ batch: Batch, scored: ScoredPositions) throws(ModelError) -> Double {
    try scored.validate(rows: batch.rows, vocabulary: configuration.vocabularySize)
    return head.loss(
      try encoder.encode(batch), scored, total: scored.rows.count, hiddenGradient: nil)
  }

  /// The cross entropy, in nats, at each scored position, in their order; no dropout, no gradients.
  public func losses(_ batch: Batch, scored: ScoredPositions) throws(ModelError) -> [Float] {
    try scored.validate(rows: batch.rows, vocabulary: configuration.vocabularySize)
    return head.losses(
      try encoder.encode(batch), scored, total: scored.rows.count, hiddenGradient: nil)
  }

  /// Logits [count, length, V] and last hidden states [count, length, H] of a batch, row-major.
  public func predict(_ batch: Batch) throws(ModelError) -> (logits: [Float], hidden: [Float]) {
    let memory = try encoder.encode(batch)
    var hidden = [Float](repeating: 0, count: batch.rows * configuration.hiddenSize)
    hidden.withUnsafeMutableBufferPointer { parameters.device.download(memory, into: $0) }
    return (head.logits(memory, rows: batch.rows), hidden)
  }
}
