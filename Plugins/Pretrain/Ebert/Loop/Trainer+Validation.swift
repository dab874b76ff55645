import Files
import FlowPlugin
import Transformer

extension Trainer {
  /// Measures the losses of the validation sets where the step asks for it, and keeps the best model.
  mutating func validateIfDue() throws {
    let number = optimizer.steps
    let every = parameters.validationEvery
    guard isDue(number, every) || (every > 0 && number == parameters.steps) else { return }
    var losses: [ValidationLosses] = []
    for set in validation where course[set.kind.curve].last?.step != number {
      losses.append(try evaluate(set))
      let loss = losses[losses.count - 1].all.mean
      let states = losses[losses.count - 1].states
      guard loss.isFinite, states.mean.isFinite else {
        throw StepFailure(
          .failed,
          "after step \(number) the loss on \(set.kind.title) is not a number: training diverged; "
            + "\(kept); choose a smaller learning_rate, more warmup_steps or a clip_norm, which begins anew"
        )
      }
      course.append(set.kind.curve, number, loss)
      tell(set.kind.curve)
      guard states.count > 0 else { continue }
      course.append(set.kind.stateCurve, number, states.mean)
      tell(set.kind.stateCurve)
    }
    if losses.count == validation.count { evaluated = (number, losses) }
    try keepIfBest()
  }

  /// The losses on the fixed windows of a validation set.
  ///
  /// - Throws: `StepFailure`, cancelled.
  func evaluate(_ set: ValidationSet) throws -> ValidationLosses {
    try abandoningWhenCancelled { try addLosses(set) }
  }

  private func addLosses(_ set: ValidationSet) throws -> ValidationLosses {
    var losses = ValidationLosses()
    // The same number of parts on every rank, for each asks whether to stop.
    let all = StepSlice(step: 0, first: 0, count: parameters.validationWindows)
    let parts = all.parts(of: parameters.windowsAtOnce)
    for first in stride(from: 0, to: parts.count, by: collective.count) {
      try checkCancellation()
      let own = first + collective.rank
      guard own < parts.count else { continue }
      let batch = set.windows.batch(parts[own])
      losses.add(
        try model.losses(batch.batch, scored: batch.scored, states: batch.scoredStates), of: batch)
    }
    // A batch that was abandoned has left no losses worth the name.
    try checkCancellation()
    return try sumOverRanks(losses, over: set.windows.corpus)
  }

  /// The losses of the model as it is now, by validation set.
  mutating func finalLosses() throws -> [ValidationLosses] {
    let number = written
    if let evaluated, evaluated.step == number { return evaluated.losses }
    let losses = try validation.map { try evaluate($0) }
    evaluated = (number, losses)
    return losses
  }
}

// MARK: - Early stopping

extension Trainer {
  /// The curve by which the best model is chosen.
  private var judge: [Course.Point] { validation.first.map { course[$0.kind.curve] } ?? [] }

  private var bestPoint: Course.Point? {
    Course.best(of: judge, improvingBy: parameters.minImprovement)
  }

  /// Whether the last `patience` validations brought no improvement.
  var isOutOfPatience: Bool {
    guard parameters.patience > 0, let best = bestPoint else { return false }
    return judge.filter { $0.step > best.step }.count >= parameters.patience
  }

  /// The step whose weights are written.
  var written: Int { course.best?.step ?? optimizer.steps }

  /// A disk that is full or fails leaves the best model before: what it costs is told, and training goes on.
  private mutating func keepIfBest() throws {
    let number = optimizer.steps
    guard parameters.patience > 0, bestPoint?.step == number, course.best?.step != number else {
      return
    }
    let hash = try fromRankZero {
      do throws(FileError) {
        return try best.save(model, step: number)
      } catch {
        step.warn(
          "the model of step \(number), the best so far, is not kept: \(error); "
            + (course.best.map { "that of step \($0.step) stays the one to write" }
              ?? "the last will be written unless a better one can be kept")
            + ", and training goes on")
        return ""
      }
    }
    guard !hash.isEmpty else { return }
    course.best = Course.Best(step: number, sha256: hash)
    // Others go when a checkpoint stands that knows this one; without any, nothing comes back to them.
    if saved.isEmpty { removeOldModels() }
  }

  /// Puts the best weights into the model, where early stopping is on.
  mutating func chooseBest() throws {
    if parameters.patience > 0, bestPoint?.step == optimizer.steps, written != optimizer.steps {
      // It could not be kept, and need not be.
      course.best = Course.Best(step: optimizer.steps, sha256: "")
    }
    guard let chosen = course.best else {
      if parameters.patience > 0, !validation.isEmpty {
        step.warn(
          "no best model could be kept: the model written is the last, of step \(optimizer.steps)")
      }
      return
    }
    if chosen.step != optimizer.steps {
      if collective.rank == 0 {
        try best.restore(model, chosen)
      }
      try collective.broadcast(optimizer.memory[0])
    }
    let point = judge.first { $0.step == chosen.step }
    let loss = point.map { Rounded.text($0.value) } ?? "unknown"
    let end = isOutOfPatience ? "stopped early after" : "trained to the end, "
    step.log(
      "\(end) step \(optimizer.steps); the model written is that of step \(chosen.step), loss \(loss) on "
        + (validation.first?.kind.title ?? ""))
  }
}
