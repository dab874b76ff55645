import FlowPlugin
import Transformer

/// The training loop: batches, steps, validation, checkpoints, and what is told meanwhile.
struct Trainer {
  let step: Step
  let parameters: Ebert.Parameters
  let model: MaskedLanguageModel
  let optimizer: AdamW
  let training: MaskedWindows
  let validation: MaskedWindows?
  let state: TrainingState

  /// Points of the loss curve, at most.
  private static let points = 500

  /// Trains to the end, from the newest checkpoint where there is one.
  ///
  /// - Throws: `StepFailure`: cancelled, after a checkpoint; failed, where the loss is no longer a number.
  func run() throws -> Course {
    var course = try resume()
    let schedule = LinearSchedule(
      peak: parameters.learningRate, warmup: parameters.warmupSteps, steps: parameters.steps)
    let seed = UInt64(bitPattern: Int64(parameters.seed))
    let interval = max(1, parameters.steps / Trainer.points)
    var pace = Pace()
    for number in stride(from: optimizer.steps + 1, through: parameters.steps, by: 1) {
      if step.isCancelled {
        try state.save(optimizer, facts: course.facts)
        throw StepFailure(.cancelled, "stopped on request after step \(number - 1)")
      }
      let start = ContinuousClock.now
      let (batch, scored) = training.batch(step: number, first: 0, count: parameters.batchSize)
      let loss = try model.train(
        batch, scored: scored, dropout: Dropout(seed: seed, step: number))
      let rate = schedule.rate(at: number)
      let norm = optimizer.step(learningRate: rate)
      try checkFinite(loss, norm, number)
      pace.add(tokens: batch.rows, since: start)
      course.sum += loss
      course.count += 1
      if number % interval == 0 || number == parameters.steps {
        let point = Course.Point(step: number, value: course.sum / Double(course.count))
        course.training.append(point)
        course.sum = 0
        course.count = 0
        step.metric("loss/train", point.value, at: number)
        step.metric("learning_rate", rate, at: number)
        step.metric("tokens_per_second", pace.take(), at: number)
      }
      report(number, loss)
      if isDue(number, parameters.validationEvery) { try validate(&course, number) }
      if parameters.checkpointEvery > 0, number % parameters.checkpointEvery == 0,
        number < parameters.steps
      {
        try state.save(optimizer, facts: course.facts)
      }
    }
    return course
  }

  /// Loads the newest checkpoint and tells again what the run before had told.
  private func resume() throws -> Course {
    guard let facts = try state.restore(optimizer, passedOver: { step.warn($0) }),
      let course = Course(facts: facts)
    else { return Course() }
    step.log("going on from the checkpoint of step \(optimizer.steps)")
    for point in course.training { step.metric("loss/train", point.value, at: point.step) }
    for point in course.validation { step.metric("loss/validation", point.value, at: point.step) }
    return course
  }

  private func checkFinite(_ loss: Double, _ norm: Double?, _ number: Int) throws(StepFailure) {
    guard loss.isFinite, norm?.isFinite ?? true else {
      throw StepFailure(
        .failed,
        "the \(loss.isFinite ? "gradient" : "loss") of step \(number) is not a number: training diverged; "
          + "choose a smaller learning_rate, more warmup_steps or a clip_norm")
    }
  }

  private func report(_ number: Int, _ loss: Double) {
    let perStep = Double(parameters.batchSize * parameters.length)
    let hundredths = Int((loss * 100).rounded())
    let digits = hundredths % 100 < 10 ? "0\(hundredths % 100)" : "\(hundredths % 100)"
    step.progress(
      Double(number) * perStep, of: Double(parameters.steps) * perStep, "tokens",
      note: "loss \(hundredths / 100).\(digits)")
  }

  private func isDue(_ number: Int, _ every: Int) -> Bool {
    every > 0 && (number % every == 0 || number == parameters.steps)
  }

  /// The mean loss over all masked tokens of the fixed validation windows.
  private func validate(_ course: inout Course, _ number: Int) throws {
    guard let validation else { return }
    var sum = 0.0
    var count = 0
    for first in stride(from: 0, to: parameters.validationWindows, by: parameters.batchSize) {
      try step.checkCancellation()
      let windows = min(parameters.batchSize, parameters.validationWindows - first)
      let (batch, scored) = validation.batch(step: 0, first: first, count: windows)
      sum += try model.loss(batch, scored: scored) * Double(scored.rows.count)
      count += scored.rows.count
    }
    guard count > 0 else { return }
    let point = Course.Point(step: number, value: sum / Double(count))
    course.validation.append(point)
    step.metric("loss/validation", point.value, at: number)
  }
}

/// Tokens per second of training steps, validation and checkpoints left out.
private struct Pace {
  private var tokens = 0
  private var time = Duration.zero

  mutating func add(tokens count: Int, since start: ContinuousClock.Instant) {
    tokens += count
    time += ContinuousClock.now - start
  }

  /// The pace since the last call.
  mutating func take() -> Double {
    defer { self = Pace() }
    let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    return seconds > 0 ? Double(tokens) / seconds : 0
  }
}
