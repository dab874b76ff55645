import FlowPlugin
import Transformer

/// The training loop: batches, steps, validation, checkpoints, and what is told meanwhile.
struct Trainer {
  let step: Step
  let parameters: EbertParameters
  let model: MaskedLanguageModel
  /// Must compute the gradient's norm: its `clipNorm` is not nil.
  let optimizer: AdamW
  let training: MaskedWindows
  let validation: [ValidationSet]
  let state: TrainingState
  /// The windows of each step that this process computes.
  let windows: Range<Int>

  private(set) var course = Course()
  private var pace = (sincePoint: Pace(), whole: Pace())
  /// The step of the newest checkpoint.
  private var saved = 0

  /// Points of the training curves, at most.
  private static let points = 500

  init(
    step: Step, parameters: EbertParameters, model: MaskedLanguageModel, optimizer: AdamW,
    training: MaskedWindows, validation: [ValidationSet], state: TrainingState
  ) {
    self.step = step
    self.parameters = parameters
    self.model = model
    self.optimizer = optimizer
    self.training = training
    self.validation = validation
    self.state = state
    windows = 0..<parameters.batchSize
  }

  /// Trains to the end, from the newest checkpoint where there is one.
  ///
  /// - Throws: `StepFailure`: cancelled, after a checkpoint; failed, where the loss is no longer a number.
  mutating func run() throws {
    try resume()
    do {
      try train()
    } catch let failure as StepFailure where failure.kind == .cancelled {
      try save()
      throw StepFailure(
        .cancelled,
        "stopped on request after step \(optimizer.steps) of \(parameters.steps); the same step, run "
          + "again, goes on from there")
    }
  }

  private mutating func train() throws {
    // A run that was stopped while it validated does so now.
    if optimizer.steps > 0 { try validateIfDue() }
    guard optimizer.steps < parameters.steps else { return }
    let pipeline = BatchPipeline(steps: optimizer.steps + 1...parameters.steps) {
      [training, windows, size = parameters.microBatch] step in
      let slice = StepSlice(step: step, first: windows.lowerBound, count: windows.count)
      return training.prepare(slice, microBatch: size)
    }
    while true {
      let start = ContinuousClock.now
      guard let (prepared, waited) = pipeline.take() else { return }
      try take(prepared)
      let pace = (tokens: prepared.tokens, time: ContinuousClock.now - start, waiting: waited)
      self.pace.sincePoint.add(tokens: pace.tokens, time: pace.time, waiting: pace.waiting)
      self.pace.whole.add(tokens: pace.tokens, time: pace.time, waiting: pace.waiting)
      tell(prepared.step)
      try validateIfDue()
    }
  }

  /// One step of the optimizer.
  private mutating func take(_ prepared: PreparedStep) throws {
    let number = prepared.step
    let loss = try accumulate(prepared)
    try checkFinite(loss, "loss", number)
    // The loss of this step shows that the last step left sound weights; only such are kept.
    if isDue(optimizer.steps, parameters.checkpointEvery) { try save() }
    let rate = schedule.rate(at: number)
    let norm = optimizer.step(learningRate: rate) ?? 0
    try checkFinite(norm, "gradient", number)
    course.add(loss: loss, norm: norm, keeping: 1)
    if number % max(1, parameters.steps / Trainer.points) == 0 || number == parameters.steps {
      course.endPoint(at: number, learningRate: rate)
    }
  }

  private var schedule: LinearSchedule {
    LinearSchedule(
      peak: parameters.learningRate, warmup: parameters.warmupSteps, steps: parameters.steps)
  }

  /// Adds up the gradients of a step's micro-batches.
  ///
  /// - Returns: the mean loss over all masked tokens of the step.
  /// - Throws: `StepFailure`, cancelled, between two micro-batches; weights and moments are then still
  ///   those of the step before.
  private func accumulate(_ prepared: PreparedStep) throws -> Double {
    let seed = UInt64(bitPattern: Int64(parameters.seed))
    let total = prepared.scored
    var loss = 0.0
    for part in prepared.parts {
      try step.checkCancellation()
      loss += try model.train(
        part.batch, scored: part.scored, total: total,
        dropout: Dropout(seed: seed, step: prepared.step, firstExample: part.slice.first))
    }
    return loss
  }

  private func checkFinite(_ value: Double, _ name: String, _ number: Int) throws(StepFailure) {
    guard value.isFinite else {
      throw StepFailure(
        .failed,
        "the \(name) of step \(number) is not a number: training diverged; "
          + "choose a smaller learning_rate, more warmup_steps or a clip_norm")
    }
  }
}

// MARK: - What is told

extension Trainer {
  /// Progress, and the new points of the curves.
  private mutating func tell(_ number: Int) {
    if let point = course[.training].last, point.step == number {
      for curve in [Course.Curve.training, .learningRate, .gradientNorm] {
        if let point = course[curve].last { step.metric(curve.rawValue, point.value, at: number) }
      }
      step.metric("tokens_per_second", pace.sincePoint.tokensPerSecond, at: number)
      step.metric("data_wait", pace.sincePoint.waitingShare, at: number)
      pace.sincePoint = Pace()
    }
    let perStep = Double(windows.count * parameters.length)
    let loss = course.recent.last ?? 0
    step.progress(
      Double(number) * perStep, of: Double(parameters.steps) * perStep, "tokens",
      note: "loss \(hundredths(loss)), \(percent(pace.whole.waitingShare)) waiting for data")
  }

  private func hundredths(_ value: Double) -> String {
    let count = Int((value * 100).rounded())
    return "\(count / 100).\(count % 100 < 10 ? "0" : "")\(count % 100)"
  }

  private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}

// MARK: - Checkpoints

extension Trainer {
  /// Loads the newest checkpoint and tells again what the run before had told.
  private mutating func resume() throws {
    guard let facts = try state.restore(optimizer, passedOver: { step.warn($0) }),
      let course = Course(facts: facts)
    else { return }
    self.course = course
    saved = optimizer.steps
    step.log("going on from the checkpoint of step \(optimizer.steps)")
    for curve in Course.Curve.allCases {
      for point in course[curve] { step.metric(curve.rawValue, point.value, at: point.step) }
    }
  }

  private mutating func save() throws {
    guard optimizer.steps > saved else { return }
    try state.save(optimizer, facts: course.facts)
    saved = optimizer.steps
  }

  private func isDue(_ number: Int, _ every: Int) -> Bool {
    every > 0 && number > 0 && number % every == 0
  }
}

// MARK: - Validation

extension Trainer {
  private mutating func validateIfDue() throws {
    let number = optimizer.steps
    let every = parameters.validationEvery
    guard isDue(number, every) || (every > 0 && number == parameters.steps) else { return }
    for set in validation where course[set.kind.curve].last?.step != number {
      let losses = try evaluate(set)
      guard losses.all.tokens > 0 else { continue }
      course.append(set.kind.curve, number, losses.all.mean)
      step.metric(set.kind.curve.rawValue, losses.all.mean, at: number)
    }
  }

  /// The losses on the fixed windows of a validation set.
  ///
  /// - Throws: `StepFailure`, cancelled, between two batches.
  func evaluate(_ set: ValidationSet) throws -> ValidationLosses {
    var losses = ValidationLosses()
    let all = StepSlice(step: 0, first: 0, count: parameters.validationWindows)
    for part in all.parts(of: parameters.windowsAtOnce) {
      try step.checkCancellation()
      let batch = set.windows.batch(part)
      losses.add(try model.losses(batch.batch, scored: batch.scored), of: batch)
    }
    return losses
  }
}
