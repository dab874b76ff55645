import Testing

@testable import FlowCore
@testable import flow

/// What a run looks like on a terminal of any width, and in a log.
@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("plain", 5), ("データ", 6), ("e\u{301}", 1), ("👩‍👩‍👧", 6), ("한글", 4), ("✓ ━╌", 4), ("", 0), ("ｆ", 2),
  ])
  func columns(_ text: String, _ columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }

  @Test("What is cut never needs more columns than there are", arguments: 0...12)
  func cut(_ columns: Int) {
    for text in ["plain text here", "データ処理データ", "a👩‍👩‍👧b👩‍👩‍👧c", "e\u{301}e\u{301}"] {
      #expect(DisplayWidth.of(DisplayWidth.cut(text, to: columns)) <= columns)
    }
    #expect(DisplayWidth.cut("データ", to: 6) == "データ")
    #expect(DisplayWidth.cut("データ", to: 5) == "デー…")
  }
}

@Suite struct PlainLogTests {
  @Test func tenThousandTasksInTenSecondsAreSomeDozenLines() {
    var log = PlainLog(isVerbose: false, at: 0)
    var lines = 0
    var told = 0
    for task in 0..<10_000 {
      let moment = Double(task) / 1000
      if log.admits(.done, at: moment) { (lines, told) = (lines + 1, told + 1) }
      if let bundle = log.bundle(at: moment) {
        lines += 1
        #expect(bundle.hasPrefix("… ") && bundle.hasSuffix(" more done"))
        told += Int(bundle.filter(\.isNumber)) ?? 0
      }
    }
    if let bundle = log.bundle(at: 10, isForced: true) {
      told += Int(bundle.filter(\.isNumber)) ?? 0
    }
    #expect(told == 10_000, "each task is told of or counted")
    #expect(lines < 120)
  }

  @Test func aTaskASecondIsAlwaysTold() {
    var log = PlainLog(isVerbose: false, at: 0)
    for second in 0..<500 {
      let isAdmitted = log.admits(.done, at: Double(second))
      #expect(isAdmitted)
    }
    let bundle = log.bundle(at: 500)
    #expect(bundle == nil)
  }

  @Test func whatFailedIsCountedApart() {
    var log = PlainLog(isVerbose: false, at: 0)
    for _ in 0..<100 { _ = log.admits(.done, at: 0) }
    for _ in 0..<3 { _ = log.admits(.failed, at: 0) }
    let bundles = [0.5, 1, 5].map { log.bundle(at: $0) }
    #expect(bundles == [nil, "… 40 more done, 3 more failed", nil])
  }

  @Test func verboseTellsAll() {
    var log = PlainLog(isVerbose: true, at: 0)
    let admitted = (0..<1000).filter { _ in log.admits(.done, at: 0) }
    #expect(admitted.count == 1000)
  }
}

@Suite struct LiveFrameTests {
  private func task(_ step: String, _ number: Int? = nil, cpus: Int = 1) -> Plan.Task {
    var policy = StepPolicy()
    policy.cpus = cpus
    return Plan.Task(
      id: number.map { "\(step)[n=\($0)]" } ?? step,
      of: Plan.Step(
        id: step,
        Plan.Declaration(
          program: .script(ShellScript(text: "true")),
          operation: Manifest.Operation(
            name: "shell", summary: "", description: "", inputs: [], outputs: [], parameters: [])),
        policy: Plan.Policy(policy)),
      parameters: [:])
  }

  private func end(_ status: StepStatus, _ seconds: Double = 1) -> TaskEnd {
    TaskEnd(
      status: status, duration: seconds,
      message: status == .failed ? "it \u{1B}[2J broke\nbadly" : nil,
      log: status == .failed ? ".flow/steps/ab/\(String(repeating: "ab", count: 32))/log" : nil)
  }

  private func frame(_ tally: RunTally, at moment: Double) -> LiveFrame {
    LiveFrame(tally: tally, moment: moment, memory: 2_000_000_000, rate: 12, isStopping: false)
  }

  /// 2,000 tasks on two cores: 812 are done, 2 run, 4 failed.
  private func large() -> RunTally {
    let tasks = (0..<2000).map { task("binding", $0) } + [task("join")]
    var tally = RunTally(tasks, cpus: 2, at: 0)
    for position in 0..<818 {
      tally.taskBegan(tasks[position], attempt: 1, at: Double(position))
      if position < 812 { _ = tally.taskEnded(tasks[position], end(.done, 2)) }
      if (812..<816).contains(position) { _ = tally.taskEnded(tasks[position], end(.failed)) }
    }
    return tally
  }

  @Test func thousandsOfTasksAreOneLine() {
    let lines = frame(large(), at: 900).lines(rows: 24, columns: 120).map(\.text)
    #expect(
      lines.contains { $0.contains("binding") && $0.contains("816/2,000  2 running  4 failed") })
    #expect(lines.last?.hasPrefix("  812 of 2,001 done, 4 failed, 2 running, 15 min") == true)
    #expect(
      lines.last?.hasSuffix("12 steps/s, 2.0 GB of memory") == true, "of 'join' nothing is known")
  }

  @Test func failuresStandFirstAndStay() {
    let lines = frame(large(), at: 900).lines(rows: 24, columns: 120).map(\.text)
    #expect(lines[0] == "✕ binding[n=812]  it ␛[2J broke⏎badly")
    #expect(lines[1] == "  log: .flow/steps/ab/abababababab*/log", "a path that can be copied")
    #expect(lines[6] == "✕ 1 more failed")
  }

  @Test("A frame has no more rows than the window, whatever its height", arguments: 1...12)
  func rows(_ rows: Int) {
    let lines = frame(large(), at: 900).lines(rows: rows, columns: 200)
    #expect(lines.count <= rows)
    #expect(lines.last?.text.contains("812 of 2,001 done") == true)
  }

  @Test("Each line fits the window", arguments: [1, 10, 39, 80])
  func columns(_ columns: Int) {
    for line in frame(large(), at: 900).lines(rows: 30, columns: columns) {
      #expect(DisplayWidth.of(line.rendered(columns: columns)) <= columns)
    }
  }

  @Test func anArrivalIsForetoldFromWhatEachStepTook() throws {
    let tasks =
      (0..<10).map { task("small", $0) } + [task("large", 0, cpus: 2), task("large", 1, cpus: 2)]
    var tally = RunTally(tasks, cpus: 2, at: 0)
    for position in 0..<4 {
      tally.taskBegan(tasks[position], attempt: 1, at: 0)
      _ = tally.taskEnded(tasks[position], end(.done, 10))
    }
    #expect(tally.secondsLeft(at: 20) == nil, "of 'large' nothing is known")
    tally.taskBegan(tasks[10], attempt: 1, at: 20)
    _ = tally.taskEnded(tasks[10], end(.done, 30))
    // Six tasks of 10 s on one of two cores each, one of 30 s on both.
    let left = try #require(tally.secondsLeft(at: 50))
    #expect(abs(left - (6 * 10 / 2 + 30)) < 1e-9)
  }

  @Test func aTaskThatIsTriedAgainRunsOnce() {
    let tasks = [task("a")]
    var tally = RunTally(tasks, cpus: 1, at: 0)
    tally.taskBegan(tasks[0], attempt: 1, at: 0)
    tally.taskBegan(tasks[0], attempt: 2, at: 5)
    #expect(tally.runningCount == 1)
    #expect(
      frame(tally, at: 6).lines(rows: 9, columns: 80).first?.text.contains("attempt 2") == true)
    _ = tally.taskEnded(tasks[0], end(.done))
    #expect(tally.runningCount == 0)
  }
}
