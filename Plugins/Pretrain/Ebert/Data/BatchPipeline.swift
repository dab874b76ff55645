import Dispatch
import Synchronization

/// Prepares the next steps' batches on another thread while the model computes.
///
/// At most `depth` steps are prepared ahead, each by a job of a serial queue that is added when a
/// step is taken: nothing waits but the one who takes, and nothing is left behind by a run that
/// stops. Batches are functions of their step, so the pipeline changes no result.
final class BatchPipeline {
  /// Steps that are prepared ahead unless told otherwise.
  static let depth = 2

  /// Where a job puts its step.
  private final class Slot: Sendable {
    private let step = Mutex<PreparedStep?>(nil)
    private let isFilled = DispatchSemaphore(value: 0)

    func fill(_ prepared: PreparedStep) {
      step.withLock { $0 = prepared }
      isFilled.signal()
    }

    func take() -> PreparedStep? {
      isFilled.wait()
      return step.withLock { $0.take() }
    }
  }

  private let now: () -> ContinuousClock.Instant
  private let prepare: @Sendable (Int) -> PreparedStep
  private let queue = DispatchQueue(label: "flow.pretrain.batches")
  private var slots: [Slot] = []
  private var next: Int
  private let last: Int

  /// - Parameters:
  ///   - steps: the first and the last step to prepare.
  ///   - now: the clock by which waiting is measured.
  ///   - prepare: makes the batches of a step; called on another thread, for one step at a time.
  init(
    steps: ClosedRange<Int>, depth: Int = BatchPipeline.depth,
    now: @escaping () -> ContinuousClock.Instant = { .now },
    prepare: @escaping @Sendable (Int) -> PreparedStep
  ) {
    self.now = now
    self.prepare = prepare
    next = steps.lowerBound
    last = steps.upperBound
    for _ in 0..<depth { enqueue() }
  }

  /// The next step in order, and how long it was waited for; nil after the last.
  func take() -> (step: PreparedStep, waited: Duration)? {
    guard !slots.isEmpty else { return nil }
    let start = now()
    let prepared = slots.removeFirst().take()
    let waited = now() - start
    enqueue()
    return prepared.map { ($0, waited) }
  }

  /// Waits until nothing is being prepared.
  func finish() { queue.sync {} }

  private func enqueue() {
    guard next <= last else { return }
    let slot = Slot()
    slots.append(slot)
    queue.async { [prepare, next] in slot.fill(prepare(next)) }
    next += 1
  }
}
