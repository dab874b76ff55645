import Glibc
import Testing

@testable import FlowCore

/// How steps are run: retries, growth, and what is allowed of them.
@Suite struct StepPolicyTests {
  let planning: PlanningDirectory

  init() throws { planning = try PlanningDirectory() }

  private func task(_ fields: String) throws -> Plan.Task {
    try planning.plan("steps: {a: {use: tool/make, \(fields)}}").tasks[0]
  }

  @Test func aNumberOfRetriesIsForTheWorld() throws {
    let retries = try task("retries: 3").retries
    #expect(retries.times == 3)
    #expect(retries.faults == [.unavailable])
    #expect((1...4).map { retries.delay(after: $0) } == [1, 2, 4, 8])
    #expect(retries.delay(after: 100) == 3600)
  }

  @Test func retriesSayWhenAndAfterWhat() throws {
    let retries = try task(
      "retries: {times: 2, delay: 10s, backoff: 3, on: [failed, time]}"
    ).retries
    #expect(retries.times == 2)
    #expect(retries.faults == [.failed, .time])
    #expect((1...3).map { retries.delay(after: $0) } == [10, 30, 90])
  }

  @Test func whatGrowsIsTriedUntilItIsAtItsMost() throws {
    let task = try task("resources: {memory: {start: 1 GB, factor: 3, most: 10 GB}, time: 1m}")
    #expect(task.retries.times == 3)
    #expect(task.retries.faults == [.memory])
    let gigabytes = (0...4).map {
      (task.resources.grown(memory: $0, time: 0).memory ?? 0) / 1_000_000_000
    }
    #expect(gigabytes == [1, 3, 9, 10, 10])
    #expect(task.resources.grown(memory: 1, time: 5).time == 60)
    let both = try self.task(
      "retries: 1, resources: {time: {start: 1m, most: 1h}, memory: {start: 1 GB, most: 2 GB}}")
    #expect(both.retries.times == 1, "what is said counts")
    let each = try self.task(
      "resources: {time: {start: 1m, most: 4m}, memory: {start: 1 GB, most: 8 GB}}")
    #expect(each.retries.times == 5, "each of the two to its most")
    #expect(both.retries.faults == [.unavailable, .memory, .time])
  }

  @Test func aSmallFactorIsNoReasonToGiveUpBelowTheMost() throws {
    let task = try task("resources: {memory: {start: 1 GB, factor: 1.5, most: 64 GB}}")
    #expect(task.retries.times == 11)
    #expect(task.resources.grown(memory: 10, time: 0).memory ?? 0 < 64_000_000_000)
    #expect(task.resources.grown(memory: 11, time: 0).memory == 64_000_000_000)
  }

  @Test func memoryThatIsAGuessIsNotEnforced() throws {
    #expect(try task("resources: {memory: 1 GB}").resources.isMemoryEnforced)
    let guess = try task("resources: {memory: {start: 1 GB, enforce: false}}")
    #expect(!guess.resources.isMemoryEnforced)
    #expect(guess.resources.memory == 1_000_000_000)
  }

  @Test(arguments: [
    ("retries: 11", "'retries' must be 0 to 10"),
    ("retries: -1", "'retries' must be 0 to 10"),
    ("retries: {on: [failed]}", "'retries' of step 'a' has no 'times'"),
    ("retries: {times: 1, on: [fail]}", "did you mean 'failed'?"),
    ("retries: {times: 1, backoff: 0.5}", "'backoff' must be 1 to 1000"),
    ("retries: {times: 1, delay: soon}", "'delay' is 'soon'"),
    ("on-failure: continue", "'on-failure' is 'continue'"),
    ("resources: {cpus: 0}", "'cpus' must be at least 1"),
    ("resources: {gpus: -1}", "'gpus' must be 0 to 1024"),
    ("resources: {memory: {factor: 2}}", "'memory' needs an amount"),
    ("resources: {memory: {start: 1 GB, factor: 2}}", "an amount that grows needs a bound"),
    ("resources: {memory: {start: 2 GB, most: 1 GB}}", "'most' is below 'start'"),
    ("resources: {memory: {start: 1 GB, factor: 1, most: 2 GB}}", "'factor' must be above 1"),
    ("resources: {time: {start: 1m, enforce: false}}", "'enforce' is for memory"),
  ])
  func mistakesAreExplained(_ field: String, _ message: String) {
    let text = planning.problems("steps: {a: {use: tool/make, \(field)}}")
    #expect(text.contains("workflow.yaml:3:"), "\(text)")
    #expect(text.contains(message), "\(text)")
  }

  @Test func memoryIsThatOfAllProcessesOfAStep() throws {
    // This process has at least the memory of its own test data, and no more than the machine.
    var filler = [UInt8](repeating: 1, count: 64 << 20)
    filler.withUnsafeMutableBytes { $0[$0.count / 2] = 2 }
    let used = ProcessTable().memory(of: Int(getpid()))
    #expect(used > filler.count)
    #expect(used < Machine.here.memory)
    #expect(ProcessTable().memory(of: 1 << 30) == 0, "a process that is gone uses nothing")
  }
}
