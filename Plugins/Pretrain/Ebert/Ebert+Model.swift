import Corpus
import Files
import FlowPlugin
import Tokens
import Transformer

extension Ebert {
  /// The sizes of the model to train: those of the parameters, or of the input `model`.
  func configuration(_ step: Step, _ corpus: Corpus) throws -> BertConfiguration {
    if let directory = step.optionalInput("model") {
      let checkpoint = try Checkpoint(directory: directory)
      try check(checkpoint, against: tokenization(corpus), corpus)
      return checkpoint.configuration
    }
    return try BertConfiguration(
      hiddenSize: parameters.hiddenSize, layers: parameters.layers, heads: parameters.heads,
      intermediateSize: parameters.intermediateSize > 0
        ? parameters.intermediateSize : 4 * parameters.hiddenSize,
      vocabularySize: corpus.tokenizer.count,
      states: corpus.stateNames.count + (parameters.stateMaskRate > 0 ? 1 : 0),
      maximumLength: parameters.length, hiddenDropout: parameters.dropout,
      attentionDropout: parameters.dropout, padToken: Int(corpus.tokenizer.specials.pad),
      initializerRange: parameters.initializerRange)
  }

  /// The model to train: new, or that of the input `model`.
  func makeModel(
    _ step: Step, _ corpus: Corpus, _ configuration: BertConfiguration
  ) throws -> MaskedLanguageModel {
    let device = try parameters.device.open(
      threads: step.threads, precision: parameters.precision)
    let model: MaskedLanguageModel
    if let directory = step.optionalInput("model") {
      var sizes = configuration
      sizes.hiddenDropout = parameters.dropout
      sizes.attentionDropout = parameters.dropout
      model = MaskedLanguageModel(
        sizes, predictsStates: predictsStates, device: device,
        seed: UInt64(bitPattern: Int64(parameters.seed)))
      try model.replaceWeights(from: directory)
      step.log("going on from the weights of the input model; its sizes hold")
      if !predictsStates, try Checkpoint(directory: directory).maskState != nil {
        step.warn(
          "state_mask_rate is 0: the input model's head for states would not be trained, and the model is "
            + "written without it")
      }
    } else {
      model = MaskedLanguageModel(
        configuration, predictsStates: predictsStates, device: device,
        seed: UInt64(bitPattern: Int64(parameters.seed)))
    }
    model.tokenization = tokenization(corpus)
    return model
  }

  /// Whether the model has a head for states. One that is not trained would only decay.
  private var predictsStates: Bool { parameters.stateMaskRate > 0 }

  private func tokenization(_ corpus: Corpus) -> Tokenization {
    Tokenization(corpus.tokenizer, stateNames: corpus.stateNames)
  }

  private func check(
    _ model: Checkpoint, against tokenization: Tokenization, _ corpus: Corpus
  ) throws {
    if let difference = model.tokenization?.difference(from: tokenization) {
      throw StepFailure(.invalid, "the model was trained on another kind of corpus: \(difference)")
    }
    try model.checkTokens(against: corpus.tokenizer)
    let sizes = model.configuration
    if sizes.vocabularySize != corpus.tokenizer.count {
      throw StepFailure(
        .invalid,
        "the model has \(sizes.vocabularySize) tokens, the corpus \(corpus.tokenizer.count)")
    }
    if parameters.stateMaskRate > 0, model.maskState.map(Int.init) != corpus.stateNames.count {
      throw StepFailure(
        .invalid,
        model.maskState == nil
          ? "the model was trained without masked states (it has no state_head.safetensors): leave "
            + "state_mask_rate at 0, or train from the start"
          : "the model guesses among \(sizes.states - 1) states, the corpus has "
            + "\(corpus.stateNames.count)")
    }
    if sizes.states < corpus.stateNames.count {
      throw StepFailure(
        .invalid,
        "the model knows \(sizes.states) states, the corpus has \(corpus.stateNames.count)")
    }
    if sizes.maximumLength < parameters.length {
      throw StepFailure(
        .invalid,
        "the model takes at most \(sizes.maximumLength) tokens; length is \(parameters.length)")
    }
  }

  /// Says and records what is trained and what computes.
  func describe(_ step: Step, _ model: MaskedLanguageModel, _ corpus: Corpus) {
    let compute = model.parameters.device.description
    let sizes = model.configuration
    step.log(
      "\(model.parameters.count) parameters: \(sizes.layers) layers, hidden \(sizes.hiddenSize), "
        + "\(sizes.heads) heads, intermediate \(sizes.intermediateSize), "
        + "\(sizes.vocabularySize) tokens, \(sizes.states) states; \(parameters.batchSize) windows of "
        + "\(parameters.length) tokens a step"
        + (parameters.isSplit ? ", \(parameters.microBatch) at once" : ""))
    step.log(
      "\(compute.threads) thread\(compute.threads == 1 ? "" : "s"), \(compute.library), "
        + "kernels for \(compute.core)")
    if let warning = compute.warning { step.warn(warning) }
    step.record(
      "compute",
      [
        "device": .string(compute.device), "threads": .integer(compute.threads),
        "library": .string(compute.library), "core": .string(compute.core),
      ])
    step.record("parameters", .integer(model.parameters.count))
    if parameters.useStates, corpus.stateNames.count == 1 {
      step.warn("use_states is true, but the corpus has no states: all are \"none\"")
    }
  }

  /// Tells how much memory the run will take, before it takes it.
  ///
  /// - Parameter share: windows of a step that this process computes.
  /// - Returns: the forecast.
  /// - Throws: `StepFailure`, invalid, where there is less.
  func forecastMemory(
    _ step: Step, _ configuration: BertConfiguration, _ windows: MaskedWindows, validates: Bool,
    share: Int
  ) throws -> MemoryCheck {
    let process = SystemMemory.own("VmRSS") ?? 0
    func forecast(_ parameters: EbertParameters) throws -> MemoryCheck {
      try MemoryCheck(
        parameters, configuration, windows, validates: validates, share: share,
        threads: step.threads, process: process)
    }
    let check = try forecast(parameters)
    step.log(check.text)
    step.record("memory_forecast", check.json)
    // On a GPU it is the GPU's memory that it takes, and that says itself where it is used up.
    guard parameters.device == .cpu, let system = SystemMemory.here else { return check }
    try check.compare(with: system, atOnce: min(share, parameters.windowsAtOnce), warn: step.warn) {
      size in
      var smaller = parameters
      smaller.microBatch = size
      return try forecast(smaller)
    }
    return check
  }
}
