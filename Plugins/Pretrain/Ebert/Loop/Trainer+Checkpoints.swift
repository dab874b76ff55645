import Files
import FlowPlugin

extension Trainer {
  /// Loads the newest checkpoint, tells again what the run before had told, and begins the event file.
  mutating func resume() throws {
    if let facts = try state.restore(optimizer, passedOver: { step.warn($0) }),
      let course = Course(facts: facts)
    {
      self.course = course
      saved = [(optimizer.steps, course.best?.step)]
      step.log("going on from the checkpoint of step \(optimizer.steps)")
      for curve in Course.Curve.allCases {
        for point in course[curve] { step.metric(curve.rawValue, point.value, at: point.step) }
      }
    }
    events = try EventFile(directory: "\(step.scratch)/events", course: course)
    step.log("curves for TensorBoard while it trains: \(step.scratch)/events", level: .debug)
  }

  /// Writes a checkpoint of the steps taken, unless there is one or the weights are not sound.
  ///
  /// A disk that is full or fails does not end the training: days of work stand against a checkpoint,
  /// and the ones before it are untouched.
  mutating func save() throws {
    guard optimizer.steps > saved.last?.step ?? 0, model.parameters.isFinite else { return }
    do throws(FileError) {
      try state.save(optimizer, facts: course.facts)
    } catch {
      step.warn("no checkpoint of step \(optimizer.steps): \(error); \(kept), and training goes on")
      return
    }
    saved = saved.suffix(1) + [(optimizer.steps, course.best?.step)]
    try removeOldModels()
  }

  /// Removes the weights that were best once, but those that a checkpoint may come back to.
  func removeOldModels() throws {
    guard parameters.patience > 0, let current = course.best?.step else { return }
    try best.removeAll(before: current, but: Set(saved.compactMap(\.best)))
  }
}
