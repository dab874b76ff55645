import Files

/// A model, a batch and what another implementation computed from them.
///
/// The directory holds `model/` (Hugging Face's layout, dropout 0); `batch.safetensors` with
/// input_ids, token_type_ids, attention_mask and labels [B,L], where label -100 is not scored;
/// `golden.safetensors` with logits [B,L,V], hidden [B,L,H] of the last layer, grad.NAME of the
/// mean loss over the scored positions and after.NAME after as many AdamW steps on this batch as
/// golden.json lists losses; `golden.json` with "losses" before each step and "adamw" {lr, betas,
/// eps, weight_decay}.
///
/// Where the model predicts states, the batch has state_labels [B,L], golden.safetensors
/// state_logits [B,L,S], and golden.json the "state_loss_weight" and "state_losses"; gradients and
/// weights are those of the loss of the tokens plus the weight times that of the states.
public struct ReferenceCase {
  /// How far one tensor is from the reference.
  public struct Deviation: Sendable {
    /// As in golden.safetensors; "loss.N" and "state_loss.N" for the losses before step N.
    public let name: String
    /// The largest difference over the largest magnitude in the reference; infinity where one side
    /// is not finite.
    public let error: Double
    /// Whether the reference's numbers are themselves right, so that the error counts.
    ///
    /// The gradient of a key bias is 0 in exact arithmetic, since softmax ignores what is added to
    /// all scores of a row alike. Libraries that compute it get rounding noise, and AdamW scales
    /// noise up: such a gradient, and the weight after training, say nothing about who is right.
    public var counts: Bool { !name.hasSuffix(".attention.self.key.bias") }
  }

  public let directory: String

  public init(directory: String) { self.directory = directory }

  /// Computes everything anew on `device` and compares.
  ///
  /// - Returns: the deviations, in the order in which they were computed.
  /// - Throws: `FileError` or `ModelError` where the case is not whole.
  public func compare(on device: any Device) throws -> [Deviation] {
    let golden = try SafetensorsReader("\(directory)/golden.safetensors")
    let settings = try JSON.read("\(directory)/golden.json", limit: 1 << 20)
    guard let losses = settings["losses"]?.array?.compactMap(\.number), !losses.isEmpty else {
      throw ModelError("\(directory)/golden.json has no losses")
    }
    let (rate, adam) = try optimizerSettings(settings)
    let (batch, scored) = try Batch.read("\(directory)/batch.safetensors")
    let model = try MaskedLanguageModel(directory: "\(directory)/model", device: device)
    let (states, stateLosses) = try stateObjective(model, settings)
    let optimizer = AdamW(model.parameters, adam)
    var deviations: [Deviation] = []
    func add(_ name: String, _ values: [Float]) throws(ModelError) {
      deviations.append(
        Deviation(name: name, error: relativeError(values, try golden.floats(name))))
    }
    let (logits, hidden) = try model.predict(batch)
    try add("logits", logits)
    try add("hidden", hidden)
    if let logits = try model.predictStates(batch) { try add("state_logits", logits) }
    for (step, expected) in losses.enumerated() {
      let loss = try model.train(batch, scored: scored, states: states, dropout: nil)
      deviations.append(
        Deviation(
          name: "loss.\(step)", error: relativeError([Float(loss.tokens)], [Float(expected)])))
      if states != nil {
        deviations.append(
          Deviation(
            name: "state_loss.\(step)",
            error: relativeError([Float(loss.states)], [Float(stateLosses[step])])))
      }
      if step == 0 {
        for tensor in model.parameters.tensors {
          try add("grad.\(tensor.name)", model.parameters.gradient(tensor))
        }
      }
      optimizer.step(learningRate: rate)
    }
    for tensor in model.parameters.tensors {
      try add("after.\(tensor.name)", model.parameters.values(tensor))
    }
    return deviations
  }

  /// What the model must guess of the states, and the losses before each step; nil for a model that
  /// guesses none.
  private func stateObjective(
    _ model: MaskedLanguageModel, _ settings: JSON
  ) throws -> (StateObjective?, losses: [Double]) {
    guard model.maskState != nil else { return (nil, []) }
    guard let weight = settings["state_loss_weight"]?.number,
      let losses = settings["state_losses"]?.array?.compactMap(\.number),
      losses.count == settings["losses"]?.array?.count
    else {
      throw ModelError("\(directory)/golden.json lacks state_loss_weight or state_losses")
    }
    let labels = try SafetensorsReader("\(directory)/batch.safetensors").integers("state_labels")
    var scored = ScoredPositions()
    for (row, label) in labels.enumerated() where label != -100 {
      scored.rows.append(Int32(clamping: row))
      scored.labels.append(Int32(clamping: label))
    }
    return (StateObjective(scored: scored, weight: weight), losses)
  }

  private func optimizerSettings(
    _ json: JSON
  ) throws(ModelError) -> (rate: Double, AdamW.Settings) {
    guard let adam = json["adamw"], let rate = adam["lr"]?.number,
      let betas = adam["betas"]?.array?.compactMap(\.number), betas.count == 2,
      let epsilon = adam["eps"]?.number, let decay = adam["weight_decay"]?.number
    else {
      throw ModelError("\(directory)/golden.json lacks adamw's lr, betas, eps or weight_decay")
    }
    return (
      rate,
      AdamW.Settings(beta1: betas[0], beta2: betas[1], epsilon: epsilon, weightDecay: decay)
    )
  }
}

/// max |a - b| / max |b|; infinity where the counts differ or a number is not finite.
func relativeError(_ values: [Float], _ reference: [Float]) -> Double {
  guard values.count == reference.count else { return .infinity }
  var difference = 0.0
  var magnitude = 0.0
  for (value, expected) in zip(values, reference) {
    guard value.isFinite, expected.isFinite else { return .infinity }
    difference = max(difference, abs(Double(value) - Double(expected)))
    magnitude = max(magnitude, abs(Double(expected)))
  }
  return difference == 0 ? 0 : difference / magnitude
}

extension Batch {
  /// Reads input_ids, token_type_ids, attention_mask and, where there are any, labels, all [B,L]
  /// int64.
  ///
  /// - Throws: `FileError` or `ModelError` naming the file and the tensor.
  public static func read(_ path: String) throws -> (Batch, ScoredPositions) {
    let file = try SafetensorsReader(path)
    guard let shape = file.tensors["input_ids"]?.shape, shape.count == 2 else {
      throw ModelError("\(path) has no tensor 'input_ids' of two dimensions")
    }
    func ids(_ name: String) throws(ModelError) -> [Int32] {
      guard file.tensors[name]?.shape == shape else {
        throw ModelError("\(path) has no tensor '\(name)' of shape \(shape)")
      }
      return try file.integers(name).map { Int32(clamping: $0) }
    }
    let batch = try Batch(
      count: shape[0], length: shape[1], tokens: ids("input_ids"), states: ids("token_type_ids"),
      mask: ids("attention_mask"))
    var scored = ScoredPositions()
    guard file.tensors["labels"] != nil else { return (batch, scored) }
    for (row, label) in try ids("labels").enumerated() where label != -100 {
      scored.rows.append(Int32(row))
      scored.labels.append(label)
    }
    return (batch, scored)
  }
}
