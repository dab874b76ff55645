/// The share of the tokens that are masked, step by step.
///
/// DNABERT masks 15 % in its first 100,000 steps and 20 % in the last 20,000 (Ji et al. 2021,
/// https://doi.org/10.1093/bioinformatics/btab083, Supplementary): `start` 0.15, `end` 0.2, a change by `step` after
/// 0.8333 of 120,000 steps.
struct MaskRate: Equatable {
  /// How the rate changes.
  enum Change: String, Decodable, CaseIterable {
    /// At once.
    case step
    /// By the same amount each step, until the last.
    case linear
  }

  /// Of the first steps.
  let start: Double
  /// Of the last step.
  let end: Double
  let change: Change
  /// The last step with the first rate.
  let lastOfStart: Int
  /// Steps of the training.
  let steps: Int

  /// - Parameters:
  ///   - end: 0 for no change.
  ///   - share: of the steps that have the first rate, 0 to 1.
  init(start: Double, end: Double, change: Change, after share: Double, of steps: Int) {
    self.start = start
    self.end = end > 0 ? end : start
    self.change = change
    self.steps = steps
    lastOfStart = Int((share * Double(steps)).rounded())
  }

  /// The rate of a step, counted from 1.
  func rate(at step: Int) -> Double {
    if step <= lastOfStart { return start }
    switch change {
    case .step: return end
    case .linear:
      // The last step has the last rate, however few steps the change takes.
      let share = Double(min(step, steps) - lastOfStart) / Double(max(1, steps - lastOfStart))
      return start + (end - start) * share
    }
  }

  /// The largest rate of any step.
  var most: Double { max(start, end) }
}
