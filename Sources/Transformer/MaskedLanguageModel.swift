/// An encoder with the masked-language head: what `BertForMaskedLM` is in Hugging Face's library.
///
/// Where it predicts states too, there is a second head of the same form over the table of the states,
/// whose last row is then no state but [MASK], what stands at a position whose state is not told.
///
/// Used by one thread at a time.
public final class MaskedLanguageModel {
  public let configuration: BertConfiguration
  public let parameters: Parameters
  public let encoder: Encoder
  /// How the model's input is made; saved with it. nil where that is not known.
  public var tokenization: Tokenization?
  private let head: MaskedLanguageHead
  private let stateHead: MaskedLanguageHead?

  /// A new model, weights drawn from `seed`.
  ///
  /// - Parameter predictsStates: whether it has a head for states; the last of the configuration's
  ///   states is then [MASK].
  public convenience init(
    _ configuration: BertConfiguration, predictsStates: Bool = false, device: any Device,
    seed: UInt64
  ) {
    self.init(configuration, predictsStates: predictsStates, device: device)
    parameters.initialize(deviation: configuration.initializerRange, seed: seed)
  }

  /// A model whose weights are all 0.
  init(_ configuration: BertConfiguration, predictsStates: Bool, device: any Device) {
    self.configuration = configuration
    var layout = ParameterLayout()
    configuration.addEncoder(to: &layout)
    MaskedLanguageHead.add(.tokens(configuration), configuration, to: &layout)
    if predictsStates {
      MaskedLanguageHead.add(.states(configuration), configuration, to: &layout)
    }
    parameters = Parameters(layout, device: device)
    encoder = Encoder(configuration, parameters: parameters)
    head = MaskedLanguageHead(.tokens(configuration), configuration, parameters: parameters)
    stateHead =
      predictsStates
      ? MaskedLanguageHead(.states(configuration), configuration, parameters: parameters) : nil
  }

  /// The state that stands where a state is to be guessed; nil where the model guesses none.
  public var maskState: Int32? { stateHead == nil ? nil : Int32(configuration.states - 1) }

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
    self.init(configuration, predictsStates: checkpoint.predictsStates, device: device)
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
  ///   - completed: told of each range of `parameters.gradientMemory` that this call has finished, while it
  ///     goes on; not of all: the rest is complete when it returns.
  public func train(
    _ batch: Batch, scored: ScoredPositions, total: Int? = nil, dropout: Dropout?,
    completed: (Range<Int>) -> Void = { _ in }
  ) throws(ModelError) -> Double {
    try train(
      batch, scored: scored, total: total, states: nil, dropout: dropout, completed: completed
    ).tokens
  }

  /// As above, with the states as a second objective: the gradient is that of the tokens' loss plus
  /// `states.weight` times the states' loss.
  ///
  /// - Parameter states: with masked states already replaced in the batch by `maskState`.
  /// - Returns: the mean cross entropies, in nats, at the scored positions of tokens and of states.
  public func train(
    _ batch: Batch, scored: ScoredPositions, total: Int? = nil, states: StateObjective?,
    dropout: Dropout?, completed: (Range<Int>) -> Void = { _ in }
  ) throws(ModelError) -> (tokens: Double, states: Double) {
    try validate(batch, scored, states?.scored)
    let hidden = try encoder.forward(batch, dropout: dropout)
    let gradient = encoder.hiddenGradient
    parameters.device.zero(gradient, count: batch.rows * configuration.hiddenSize)
    let loss = head.loss(
      hidden, scored, total: total ?? scored.rows.count, hiddenGradient: gradient)
    var stateLoss = 0.0
    if let states, let stateHead {
      stateLoss = stateHead.loss(
        hidden, states.scored, total: states.total ?? states.scored.rows.count,
        weight: states.weight, hiddenGradient: gradient)
    }
    encoder.backward(completed: completed)
    return (loss, stateLoss)
  }

  /// The mean cross entropy, in nats, at the scored positions; no dropout, no gradients.
  public func loss(_ batch: Batch, scored: ScoredPositions) throws(ModelError) -> Double {
    try validate(batch, scored, nil)
    return head.loss(
      try encoder.encode(batch), scored, total: scored.rows.count, hiddenGradient: nil)
  }

  /// The cross entropy, in nats, at each scored position, in their order; no dropout, no gradients.
  public func losses(_ batch: Batch, scored: ScoredPositions) throws(ModelError) -> [Float] {
    try losses(batch, scored: scored, states: ScoredPositions()).tokens
  }

  /// As above, of tokens and of states.
  public func losses(
    _ batch: Batch, scored: ScoredPositions, states: ScoredPositions
  ) throws(ModelError) -> (tokens: [Float], states: [Float]) {
    try validate(batch, scored, states)
    let hidden = try encoder.encode(batch)
    let tokens = head.losses(hidden, scored, total: scored.rows.count, hiddenGradient: nil)
    guard let stateHead else { return (tokens, []) }
    return (
      tokens, stateHead.losses(hidden, states, total: states.rows.count, hiddenGradient: nil)
    )
  }

  private func validate(
    _ batch: Batch, _ scored: ScoredPositions, _ states: ScoredPositions?
  ) throws(ModelError) {
    try scored.validate(rows: batch.rows, ("token", configuration.vocabularySize))
    guard let states, !states.rows.isEmpty else { return }
    guard stateHead != nil else {
      throw ModelError("the model has no head for states: it was made without masked states")
    }
    try states.validate(rows: batch.rows, ("state", configuration.states - 1))
  }

  /// Logits [count, length, V] and last hidden states [count, length, H] of a batch, row-major.
  public func predict(_ batch: Batch) throws(ModelError) -> (logits: [Float], hidden: [Float]) {
    let memory = try encoder.encode(batch)
    var hidden = [Float](repeating: 0, count: batch.rows * configuration.hiddenSize)
    hidden.withUnsafeMutableBufferPointer { parameters.device.download(memory, into: $0) }
    return (head.logits(memory, rows: batch.rows), hidden)
  }

  /// Logits of the states [count, length, S] of a batch, row-major, [MASK] not among them; nil where the
  /// model has no head for states.
  public func predictStates(_ batch: Batch) throws(ModelError) -> [Float]? {
    try stateHead?.logits(encoder.encode(batch), rows: batch.rows)
  }
}
