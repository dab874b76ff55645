import Dispatch
import Synchronization
import Testing
import Transformer

@testable import Pretrain

@Suite struct BatchPipelineTests {
  private func step(_ number: Int) -> PreparedStep {
    PreparedStep(
      step: number, parts: [MaskedBatch(StepSlice(step: number, first: 0, count: 1), length: 3)])
  }

  @Test func stepsComeInOrderAndEnd() {
    let pipeline = BatchPipeline(steps: 4...9, prepare: step)
    var taken: [Int] = []
    while let (prepared, _) = pipeline.take() { taken.append(prepared.step) }
    #expect(taken == Array(4...9))
    #expect(pipeline.take() == nil)
  }

  @Test func noMoreIsPreparedThanAskedFor() {
    let made = Mutex<[Int]>([])
    let pipeline = BatchPipeline(steps: 1...100, depth: 2) { [step] number in
      made.withLock { $0.append(number) }
      return step(number)
    }
    for _ in 1...3 { _ = pipeline.take() }
    pipeline.finish()
    #expect(made.withLock { $0 } == [1, 2, 3, 4, 5])
  }

  /// The step is made only after the clock was read for the first time, by a clock that then goes on by 7
  /// seconds.
  @Test func waitingIsMeasured() {
    let isAsked = DispatchSemaphore(value: 0)
    let start = ContinuousClock.now
    var readings = 0
    let pipeline = BatchPipeline(
      steps: 1...1,
      now: {
        isAsked.signal()
        readings += 1
        return start + .seconds(7 * (readings - 1))
      },
      prepare: { [step] number in
        // Not for ever, so that a wrong order is a failure and no hanging test.
        step(isAsked.wait(timeout: .now() + 60) == .success ? number : 0)
      })
    let taken = pipeline.take()
    #expect(taken?.step.step == 1, "waiting began before the step was there")
    #expect(taken?.waited == .seconds(7))
  }

  @Test func aSliceIsCutIntoPartsInOrder() {
    let slice = StepSlice(step: 7, first: 4, count: 8)
    #expect(slice.parts(of: 0) == [slice])
    #expect(slice.parts(of: 9) == [slice])
    #expect(
      slice.parts(of: 3) == [
        StepSlice(step: 7, first: 4, count: 3), StepSlice(step: 7, first: 7, count: 3),
        StepSlice(step: 7, first: 10, count: 2),
      ])
  }
}
