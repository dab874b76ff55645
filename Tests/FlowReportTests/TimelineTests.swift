import FlowCore
import Testing

@testable import FlowReport

@Suite("Timeline")
struct TimelineTests {
  private func timeline(_ steps: [StepContents], _ status: RunStatus = .done) -> Timeline {
    Timeline(RunContents(run: Sample.run(status), source: "", steps: steps))
  }

  @Test("Bars begin and end where their attempts did, on the run's clock of 60 seconds")
  func bars() throws {
    var step = Sample.step("fetch")
    step.attempts = [Sample.attempt(1, from: 15, to: 30)]
    let bar = try #require(timeline([step]).rows.first?.bars.first)
    let whole = try #require(timeline([Sample.step("all")]).rows.first?.bars.first)
    // The second step lasts from 0 to 10 of 60 seconds.
    let second = (whole.end - whole.begin) / 10
    #expect(abs(bar.begin - (whole.begin + 15 * second)) < 1e-6)
    #expect(abs(bar.end - (whole.begin + 30 * second)) < 1e-6)
  }

  @Test("What began first stands first; reused steps come after, and say whence")
  func order() {
    var late = Sample.step("late")
    late.attempts = [Sample.attempt(1, from: 20, to: 30)]
    var reused = Sample.step("reused", status: .reused)
    reused.origin = Sample.step("reused").record
    let rows = timeline([reused, late, Sample.step("early")]).rows
    #expect(rows.map(\.name) == ["early", "late", "reused"])
    #expect(rows[2].note == "reused from 20260131-142501-3f9a")
    #expect(rows[2].bars.isEmpty)
  }

  @Test("Each attempt has a bar; only the last has the step's status")
  func retries() {
    var step = Sample.step("fetch")
    step.attempts = [Sample.attempt(1, from: 0, to: 5), Sample.attempt(2, from: 6, to: 9)]
    #expect(timeline([step]).rows[0].bars.map(\.status) == [.failed, .done])
  }

  @Test("Of a run that has not ended, an open bar reaches the last known moment")
  func open() {
    var running = Sample.step("train", status: .running)
    running.attempts = [Sample.attempt(1, from: 5, to: nil)]
    let rows = timeline([Sample.step("corpus"), running], .running).rows
    #expect(rows[1].bars[0].end > rows[1].bars[0].begin)
    #expect(rows[1].bars[0].end == rows[0].bars[0].end)
  }

  @Test("A run of thousands of steps is drawn in part, and says so")
  func many() {
    let timeline = timeline((0..<3000).map { Sample.step("step\($0)", id: $0) })
    #expect(timeline.rows.count == Timeline.rowLimit)
    #expect(timeline.html.text.contains("2880 more are not drawn"))
  }
}
