import FlowTesting
import Testing

@testable import FlowCore

/// What pages about large runs ask of the ledger.
@Suite struct RunOverviewTests {
  private let directory: TemporaryDirectory
  private let ledger: Ledger

  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger(writing: directory.path)
    try ledger.beginRun(
      RunRecord(
        id: "r", workflow: "w", file: "/w.yaml", parameters: [:], flowVersion: "0", host: "h",
        pid: 1, cpus: 2, memory: 1, started: 100, ended: nil, status: .running), source: "")
  }

  private func add(_ step: String, _ name: String? = nil, needs: [String] = []) throws -> Int {
    let operation = Manifest.Operation(
      name: "shell", summary: "", description: "", inputs: [], outputs: [], parameters: [])
    return try ledger.addStep(
      run: "r",
      task: Plan.Task(
        id: name ?? step,
        of: Plan.Step(
          id: step,
          Plan.Declaration(program: .script(ShellScript(text: "true")), operation: operation)),
        parameters: [:]),
      plugin: nil, needs: needs)
  }

  @Test func tasksAreCountedByStepInThePlansOrder() throws {
    let first = try add("zebra")
    let parts = try (0..<3).map { try add("part", "part[n=\($0)]", needs: ["zebra"]) }
    _ = try add("all", needs: ["part[n=0]", "part[n=1]", "part[n=2]", "zebra"])
    try ledger.setStatus(step: first, .done)
    try ledger.setStatus(step: parts[1], .failed)
    for (part, memory) in zip(parts, [5, 70, 6]) {
      let attempt = try ledger.beginAttempt(step: part, number: 1, pid: 1)
      try ledger.endAttempt(
        attempt,
        StepOutcome(
          kind: .done, message: "", exitCode: 0,
          usage: StepOutcome.Usage(userSeconds: 2, systemSeconds: 1, peakMemory: memory)))
    }
    let summaries = try ledger.summaries(ofRun: "r")
    #expect(summaries.map(\.step) == ["zebra", "part", "all"])
    #expect(summaries[1].counts == [.failed: 1, .waiting: 2])
    #expect(summaries[1].total == 3 && summaries[1].ended == 1)
    #expect(summaries[1].use?.attempts == 3)
    #expect(summaries[1].use?.processorSeconds == 9)
    #expect(summaries[1].use?.peakMemory == 70)
    #expect(summaries[0].use == nil)
    let edges = try ledger.edges(ofRun: "r").map { "\($0.from)>\($0.to)" }
    #expect(edges == ["zebra>part", "part>all", "zebra>all"])
  }

  @Test func aLongCurveKeepsItsSpikes() throws {
    let step = try add("train")
    try ledger.database.transaction {
      for at in 0..<20_000 {
        let value = at == 7777 ? 99.0 : at == 13_333 ? -5.0 : 1.0
        try ledger.addMetric(step: step, name: "loss", at: at, value: value)
      }
    }
    let outline = try #require(try ledger.outlines(ofStep: step, limit: 200).first)
    #expect(outline.points.count <= 210)
    #expect(outline.points.contains { $0.at == 7777 && $0.value == 99 })
    #expect(outline.points.contains { $0.at == 13_333 && $0.value == -5 })
    #expect(outline.points.last?.at == 19_999)
    #expect(outline.points.map(\.at) == outline.points.map(\.at).sorted())
  }

  @Test func aShortCurveIsWhole() throws {
    let step = try add("train")
    for at in 0..<5 { try ledger.addMetric(step: step, name: "loss", at: at, value: Double(at)) }
    try ledger.addMetric(step: step, name: "loss", at: 3, value: 30)
    let points = try ledger.outlines(ofStep: step, limit: 200)[0].points
    #expect(
      points.map(\.value) == [0, 1, 2, 30, 4], "of a repeated position the later value counts")
  }

  @Test func progressIsEnteredOnceASecondAndWithItsRate() throws {
    let step = try add("train")
    var notes = ProgressNotes()
    func take(_ done: Double, at moment: Double) throws {
      try notes.take(
        done: done, total: 1000, unit: "steps", note: nil, of: step, in: ledger, at: moment)
    }
    try take(0, at: 0)
    for tick in 1..<10 { try take(Double(tick) * 10, at: Double(tick) / 10) }
    #expect(try ledger.progress(ofStep: step)?.done == 0)
    try take(100, at: 1)
    #expect(try ledger.progress(ofStep: step)?.done == 100)
    #expect(try ledger.progress(ofStep: step)?.rate == 100)
    try take(1000, at: 1.5)
    #expect(try ledger.progress(ofStep: step)?.done == 1000, "the end is told at once")
  }

  @Test func whatADeadEngineLeftIsFoundAsInterrupted() throws {
    for number in 0..<3 { _ = try add("part", "part[n=\(number)]") }
    let reader = try Ledger(reading: directory.path)
    #expect(try reader.counts(ofRun: "r") == [.interrupted: 3])
    #expect(try reader.stepCount(ofRun: "r", StepFilter(status: .interrupted)) == 3)
    #expect(try reader.stepCount(ofRun: "r", StepFilter(status: .waiting)) == 0)
    #expect(try reader.stepCount(ofRun: "r", StepFilter(text: "N=2", step: "part")) == 1)
    #expect(try reader.stepCount(ofRun: "r", StepFilter(text: "%")) == 0, "text is no pattern")
  }
}
