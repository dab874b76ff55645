import Files
import FlowPlugin

extension Trainer {
  /// Loads the newest checkpoint, tells again what the run before had told, and begins the event file.
  mutating func resume() throws {
    if let facts = try restore(), let course = Course(facts: facts) {
      self.course = course
      saved = [(optimizer.steps, course.best?.step)]
      step.log("going on from the checkpoint of step \(optimizer.steps)")
      for curve in Course.Curve.allCases {
        for point in course[curve] { step.metric(curve.rawValue, point.value, at: point.step) }
      }
    }
    guard collective.rank == 0 else { return }
    do throws(FileError) {
      events = try EventFile(directory: "\(scratch)/events", course: course)
      step.log("curves for TensorBoard while it trains: \(scratch)/events", level: .debug)
    } catch { endEvents(error) }
  }

  /// Loads the newest checkpoint that is whole, the best model that it knows included.
  ///
  /// - Returns: its facts; nil where there is none.
  func restoreOwn() throws -> JSON? {
    try state.restore(
      optimizer,
      lacks: { facts throws(FileError) in
        guard let known = Course(facts: facts)?.best else { return nil }
        return try best.isWhole(known)
          ? nil : "the model of step \(known.step), the best it knows, is damaged or gone"
      },
      passedOver: { step.warn($0) })
  }

  /// Writes a checkpoint of the steps taken, unless there is one or the weights are not sound.
  ///
  /// A disk that is full or fails does not end the training: days of work stand against a checkpoint,
  /// and the ones before it are untouched.
  mutating func save() throws {
    guard optimizer.steps > saved.last?.step ?? 0, model.parameters.isFinite else { return }
    try checkRanksAgree()
    let start = ContinuousClock.now
    let problem = try fromRankZero {
      do throws(FileError) {
        if let error = try state.save(optimizer, facts: course.facts) {
          step.warn("\(error); older checkpoints stay in \(state.directory)")
        }
        return ""
      } catch { return error.description }
    }
    if !problem.isEmpty {
      step.warn(
        "no checkpoint of step \(optimizer.steps): \(problem); \(kept), and training goes on")
      return
    }
    if !isSlowToSave, let warning = SaveTime.warning(ContinuousClock.now - start) {
      isSlowToSave = true
      step.warn(warning)
    }
    saved = saved.suffix(1) + [(optimizer.steps, course.best?.step)]
    removeOldModels()
  }

  /// Removes the weights that were best once, but those that a checkpoint may come back to.
  func removeOldModels() {
    guard collective.rank == 0, parameters.patience > 0, let current = course.best?.step else {
      return
    }
    do throws(FileError) {
      try best.removeAll(before: current, but: Set(saved.compactMap(\.best)))
    } catch {
      step.warn("\(error); models that were best once stay in \(best.directory)")
    }
  }
}
