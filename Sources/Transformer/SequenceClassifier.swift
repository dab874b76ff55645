/// An encoder with a head that gives one logit per sequence.
///
///     let model = try SequenceClassifier(directory: path, settings: .init(), device: CPU(threads: 1), seed: 7)
///     let optimizer = AdamW(model.parameters)
///     let loss = try model.train(batch, spans: spans, labels: labels, dropout: Dropout(seed: 7, step: 1))
///     optimizer.step(learningRate: 1e-4)
///     let logits = try model.predict(batch, spans: spans)
///
/// Used by one thread at a time.
public final class SequenceClassifier {
  public let configuration: BertConfiguration
  public let settings: ClassifierSettings
  public let parameters: Parameters
  public let encoder: Encoder
  /// How the model's input is made; saved with it. nil where that is not known.
  public var tokenization: Tokenization?
  private let head: SequenceClassifierHead

  /// A new model, weights drawn from `seed`.
  public init(
    _ configuration: BertConfiguration, settings: ClassifierSettings, device: any Device,
    seed: UInt64
  ) {
    self.configuration = configuration
    self.settings = settings
    var layout = ParameterLayout()
    configuration.addEncoder(to: &layout)
    SequenceClassifierHead.add(configuration, settings, to: &layout)
    parameters = Parameters(layout, device: device)
    parameters.initialize(deviation: configuration.initializerRange, seed: seed)
    encoder = Encoder(configuration, parameters: parameters)
    head = SequenceClassifierHead(configuration, settings, parameters: parameters)
  }

  /// A classifier on the encoder of a checkpoint in Hugging Face's layout; its head is new, drawn
  /// from `seed`.
  ///
  /// - Parameter encoderDropout: replaces both of the checkpoint's dropout probabilities where given.
  /// - Throws: `FileError` or `ModelError` naming the file and what is wrong with it.
  public convenience init(
    directory: String, settings: ClassifierSettings, encoderDropout: Double? = nil,
    device: any Device, seed: UInt64
  ) throws {
    let checkpoint = try Checkpoint(directory: directory)
    var configuration = checkpoint.configuration
    if let encoderDropout {
      configuration.hiddenDropout = encoderDropout
      configuration.attentionDropout = encoderDropout
    }
    self.init(configuration, settings: settings, device: device, seed: seed)
    tokenization = checkpoint.tokenization
    try checkpoint.load(into: parameters, fresh: ["head."])
  }

  /// A classifier as `save` wrote it, head included.
  ///
  /// - Throws: `FileError` or `ModelError`, also where the checkpoint has no such head.
  public convenience init(directory: String, device: any Device) throws {
    let checkpoint = try Checkpoint(directory: directory)
    guard let settings = checkpoint.classifier else {
      throw ModelError(
        "\(directory)/config.json has no flow_head: the model was not fine-tuned by this program")
    }
    self.init(checkpoint.configuration, settings: settings, device: device, seed: 0)
    tokenization = checkpoint.tokenization
    try checkpoint.load(into: parameters, fresh: [])
  }

  /// The loss of a batch, whose gradient is added to all parameters' gradients.
  ///
  /// - Parameters:
  ///   - spans: per sequence the tokens to pool, within 0 ..< length, not empty.
  ///   - labels: per sequence 0 to 1.
  ///   - weights: per sequence, not negative; nil for equal weights.
  ///   - dropout: names this step's random choices; nil for none.
  /// - Returns: the weighted mean binary cross entropy, in nats.
  public func train(
    _ batch: Batch, spans: [Range<Int>], labels: [Float], weights: [Float]? = nil,
    dropout: Dropout?
  ) throws(ModelError) -> Double {
    try check(batch, spans)
    if labels.count != batch.count || (weights.map { $0.count != batch.count } ?? false) {
      throw ModelError("labels or weights are not one per sequence")
    }
    let hidden = try encoder.forward(batch, dropout: dropout)
    let logits = head.logits(hidden, spans: spans, length: batch.length, dropout: dropout)
    let entropy = BinaryCrossEntropy(logits: logits, labels: labels, weights: weights)
    let gradient = encoder.hiddenGradient
    parameters.device.zero(gradient, count: batch.rows * configuration.hiddenSize)
    head.backward(
      entropy.gradient, spans: spans, length: batch.length, dropout: dropout,
      hiddenGradient: gradient)
    encoder.backward { _ in }
    return entropy.loss
  }

  /// One logit per sequence: the log odds of label 1. No dropout; nothing is kept for a backward
  /// pass.
  public func predict(_ batch: Batch, spans: [Range<Int>]) throws(ModelError) -> [Float] {
    try check(batch, spans)
    return head.logits(
      try encoder.encode(batch), spans: spans, length: batch.length, dropout: nil)
  }

  private func check(_ batch: Batch, _ spans: [Range<Int>]) throws(ModelError) {
    if spans.count != batch.count { throw ModelError("spans are not one per sequence") }
    for span in spans where span.isEmpty || span.lowerBound < 0 || span.upperBound > batch.length {
      throw ModelError("the span \(span) is empty or outside the \(batch.length) tokens")
    }
  }
}
