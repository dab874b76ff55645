import Files
import FlowPlugin

extension Trainer {
  /// Progress after a step, and the new points of the training curves.
  mutating func tell(_ number: Int) {
    if course[.learningRate].last?.step == number {
      for curve in [Course.Curve.training, .learningRate, .gradientNorm, .trainingStates]
      where course[curve].last?.step == number { tell(curve) }
      step.metric("tokens_per_second", pace.sincePoint.tokensPerSecond, at: number)
      step.metric("data_wait", pace.sincePoint.waitingShare, at: number)
      pace.sincePoint = Pace()
    }
    let perStep = Double(parameters.batchSize * parameters.length)
    step.progress(
      Double(number) * perStep, of: Double(parameters.steps) * perStep, "tokens",
      note: "loss \(course.recent.last.map(Rounded.text) ?? "of nothing yet"), "
        + "\(Rounded.percent(pace.whole.waitingShare)) waiting for data" + epoch(number))
  }

  /// How many epochs have been seen, where training goes by epochs.
  private func epoch(_ number: Int) -> String {
    training.epochs(after: number).map { ", epoch \(Rounded.text($0))" } ?? ""
  }

  /// Tells the newest point of a curve to the provenance record and the event file.
  mutating func tell(_ curve: Course.Curve) {
    guard let point = course[curve].last else { return }
    step.metric(curve.rawValue, point.value, at: point.step)
    do throws(FileError) {
      try events?.append(curve, point)
    } catch { endEvents(error) }
  }

  /// Gives the event file up: the curves are whole in the course, and in the output at the end.
  mutating func endEvents(_ error: FileError) {
    events = nil
    step.warn(
      "\(error); the curves in \(scratch)/events end here, the output events will have all of them; "
        + "training goes on")
  }
}
