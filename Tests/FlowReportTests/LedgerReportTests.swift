import Files
import FlowTesting
import Testing

@testable import FlowCore
@testable import FlowReport

/// The report from a real database, written through the ledger's own functions.
@Suite("Report of a ledger")
struct LedgerReportTests {
  private let directory: TemporaryDirectory
  private let ledger: Ledger

  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger(writing: directory.path)
  }

  private func task() -> Plan.Task {
    let operation = Manifest.Operation(
      name: "ebert", summary: "Trains.", description: "", inputs: [], outputs: [], parameters: [])
    let manifest = Manifest(
      id: "pretrain", version: "0.1.0", abi: 1, library: "libPretrain.so", summary: "Trains.",
      environment: [], operations: [operation], path: "/nowhere/pretrain.yaml")
    return Plan.Task(
      id: "pretrain",
      of: Plan.Step(
        id: "pretrain",
        Plan.Declaration(
          program: .plugin(InstalledPlugin(manifest, directories: [])), operation: operation)),
      parameters: ["steps": 300])
  }

  private func begin(_ id: String, started: Double) throws -> Int {
    var run = Sample.run(.running)
    run.id = id
    run.started = started
    try ledger.beginRun(run, source: "flow: 1\nname: quickstart\n")
    let task = task()
    let plugin = try ledger.plugin(
      try #require(task.program.plugin).manifest, library: "/lib/libPretrain.so",
      sha256: String(repeating: "c", count: 64))
    let step = try ledger.addStep(run: id, task: task, plugin: plugin, needs: [])
    try ledger.setKey(step: step, String(repeating: "d", count: 64))
    return step
  }

  @Test("A reused step shows charts, tables and times of the run that made its result")
  func reused() throws {
    let made = try begin("run-one", started: 1_769_869_501)
    let attempt = try ledger.beginAttempt(step: made, number: 1, pid: 7)
    for at in 0..<10 {
      try ledger.addMetric(
        step: made, name: "loss/train", at: at, value: at == 4 ? .nan : 8 - Double(at))
    }
    try ledger.addRecord(
      step: made, key: "table:scores",
      value: ["title": "Scores", "columns": ["auPRC"], "rows": [[0.5]], "show": true])
    try ledger.endAttempt(
      attempt,
      StepOutcome(
        kind: .done, message: "", exitCode: 0,
        usage: StepOutcome.Usage(userSeconds: 3, systemSeconds: 1, peakMemory: 77_000_000)))
    try ledger.addResult(key: String(repeating: "d", count: 64), step: made, outputs: [])
    try ledger.endRun("run-one", status: .done)

    let again = try begin("run-two", started: 1_769_869_600)
    try ledger.setStatus(step: again, .reused)
    try ledger.endRun("run-two", status: .done)

    let page = try Report.html(of: ledger.run("run-two"), in: ledger)
    #expect(page.contains("reused from run-one"))
    #expect(page.contains("<strong>loss</strong>"))
    #expect(page.contains("1 value is not finite"))
    #expect(page.contains("Scores"))
    #expect(page.contains("77 MB"))
    #expect(page.contains("<code>steps</code>"))
    #expect(page.contains("name: quickstart"))
    #expect(page.contains(String(repeating: "c", count: 64)))
    #expect(try Report.html(of: ledger.run("run-two"), in: ledger) == page)
  }

  @Test("The end of a failed step's log is shown, from the beginning of a line on")
  func log() throws {
    let step = try begin("run-one", started: 1_769_869_501)
    let key = String(repeating: "d", count: 64)
    let folder = StateDirectory(directory.path).step(key)
    try Path.createDirectory(folder)
    let lines = (0..<2000).map { "line \($0)\n" }.joined()
    try WholeFile.write(lines, to: "\(folder)/log")
    try ledger.setStatus(step: step, .failed, message: "it broke")
    try ledger.endRun("run-one", status: .failed)

    let page = try Report.html(of: ledger.run("run-one"), in: ledger)
    #expect(page.contains("it broke"))
    #expect(page.contains("line 1999\n"))
    #expect(!page.contains("line 5\n"))
    let contents = try StepContents(
      try #require(try ledger.steps(ofRun: "run-one").first), in: ledger)
    #expect(contents.logTail?.hasPrefix("line ") == true)
  }

  /// 1,500 tasks of one step, of which the last thirty failed, and one that needs them all.
  private func large() throws -> RunContents {
    let operation = Manifest.Operation(
      name: "shell", summary: "", description: "", inputs: [], outputs: [], parameters: [])
    func task(_ step: String, _ name: String) -> Plan.Task {
      Plan.Task(
        id: name,
        of: Plan.Step(
          id: step,
          Plan.Declaration(program: .script(ShellScript(text: "true")), operation: operation)),
        parameters: [:])
    }
    let names = (0..<1500).map { "one[i=\($0)]" }
    var run = Sample.run(.running)
    run.id = "run-large"
    run.started = 1_769_869_501
    try ledger.database.transaction {
      try ledger.beginRun(run, source: "flow: 1\n")
      for (number, name) in names.enumerated() {
        let step = try ledger.addStep(run: run.id, task: task("one", name), plugin: nil, needs: [])
        try ledger.setStatus(
          step: step, number < 1470 ? .done : .failed, message: number < 1470 ? nil : "it broke")
      }
      let all = try ledger.addStep(run: run.id, task: task("all", "all"), plugin: nil, needs: names)
      try ledger.setStatus(step: all, .skipped)
      try ledger.endRun(run.id, status: .failed)
    }
    return try RunContents(ledger.run(run.id), in: ledger)
  }

  @Test("Of a run of very many tasks some are read, what went wrong first, and all are counted")
  func manyTasks() throws {
    let contents = try large()
    #expect(contents.steps.count <= 1100)
    #expect(contents.steps.filter { $0.record.status == .failed }.count == 30)
    #expect(contents.counts.map(\.status) == [.failed, .skipped, .done])
    #expect(contents.counts.map(\.count) == [30, 1, 1470])
    let page = Report.page(contents).text
    #expect(page.contains("✕&nbsp;30&nbsp;failed"))
    #expect(page.contains("10 more; the table of steps has them first"))
    #expect(page.contains("1000 of 1501 steps."))
    #expect(page.contains("Edges: one to all"))
    #expect(page.contains("one[i=1499]"))
    #expect(page.utf8.count < 2_000_000)
  }

  @Test("A page that is written a section at a time is the same page")
  func written() throws {
    let run = try large().run
    let path = "\(directory.path)/report.html"
    try Report.write(run, in: ledger, to: path)
    #expect(try Path.readText(path) == Report.html(of: run, in: ledger))
  }
}
