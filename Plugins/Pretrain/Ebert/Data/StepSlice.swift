/// Windows `first` ..< `first + count` of one step.
///
/// What a window holds depends on the seed, the step and the window's number alone, so that a step can be
/// computed in parts, one after the other or by several processes, each asking for its own slice.
struct StepSlice: Equatable, Sendable {
  /// Counted from 1 in training; 0 in validation, whose windows are the same each time.
  let step: Int
  /// The number of the first window within the step.
  let first: Int
  /// How many windows there are.
  let count: Int

  /// The slice in parts of at most `size` windows, in order; in one part where `size` is 0.
  func parts(of size: Int) -> [StepSlice] {
    guard size > 0, size < count else { return [self] }
    return stride(from: 0, to: count, by: size).map {
      StepSlice(step: step, first: first + $0, count: min(size, count - $0))
    }
  }
}
