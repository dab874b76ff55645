import Files
import FlowTesting
import Testing

@testable import FlowCore
@testable import FlowUI

/// Pages of a real database, written through the ledger's own functions.
@Suite struct SiteTests {
  private let directory: TemporaryDirectory
  private let site: Site
  private let cookie: String
  private let evil = "<script>alert(1)</script>\" onload='x'"

  init() throws {
    directory = try TemporaryDirectory()
    let access = Access(port: 1)
    site = Site(stateDirectory: directory.at("state"), access: access)
    let welcome = site.reply(
      to: Request(
        method: "GET", target: "/?token=\(access.token)", headers: ["Host": "localhost:1"]))
    cookie = String((welcome.headers["Set-Cookie"] ?? "").prefix { $0 != ";" })
  }

  private func reply(_ target: String, tag: String? = nil) -> Reply {
    var headers = ["Host": "localhost:1", "Cookie": cookie]
    headers["If-None-Match"] = tag
    return site.reply(to: Request(method: "GET", target: target, headers: headers))
  }

  private func page(_ target: String) -> String {
    String(decoding: reply(target).body, as: UTF8.self)
  }

  private func ledger() throws -> Ledger {
    try Path.createDirectory(directory.at("state"))
    return try Ledger(writing: directory.at("state"))
  }

  private func run(_ id: String = "run-1") -> RunRecord {
    RunRecord(
      id: id, workflow: evil, file: "/data/w.yaml", parameters: ["p": .string(evil)],
      flowVersion: "0", host: "node", pid: 1, cpus: 2, memory: 1 << 30, started: 1_769_869_501,
      ended: nil, status: .running)
  }

  private func task(_ step: String, _ name: String? = nil) -> Plan.Task {
    let operation = Manifest.Operation(
      name: "shell", summary: "", description: "", inputs: [], outputs: [], parameters: [])
    return Plan.Task(
      id: name ?? step,
      of: Plan.Step(
        id: step,
        Plan.Declaration(program: .script(ShellScript(text: "true")), operation: operation)),
      parameters: ["text": .string(evil)])
  }

  @discardableResult
  private func begin(_ ledger: Ledger, tasks: [Plan.Task], needs: [String] = []) throws -> [Int] {
    try ledger.beginRun(run(), source: evil)
    return try tasks.map { try ledger.addStep(run: "run-1", task: $0, plugin: nil, needs: needs) }
  }

  @Test func withoutARunThePageWaitsForOne() {
    #expect(reply("/").status == 200)
    #expect(page("/").contains("No run yet"))
    #expect(page("/").contains("data-every=\"2000\""))
  }

  @Test func aDamagedDatabaseIsTold() throws {
    try Path.createDirectory(directory.at("state"))
    try WholeFile.write("no database", to: directory.at("state/flow.db"))
    #expect(reply("/").status == 503)
    #expect(page("/").contains("The history cannot be read"))
    #expect(page("/").contains("not a database"))
  }

  @Test(
    "What is not there is not there",
    arguments: [
      "/runs", "/runs/", "/runs/other", "/runs/run-1/steps", "/runs/run-1/steps/999",
      "/runs/run-1/steps/1x", "/runs/..%2F..%2Fetc%2Fpasswd", "/state/flow.db", "/flow.db", "/%00",
      "/runs/run-1/report/x", "/runs/run-1/steps/1/log",
    ])
  func missing(_ target: String) throws {
    try begin(try ledger(), tasks: [task("a")])
    #expect(reply(target).status == 404)
  }

  @Test("No text of a user becomes markup", arguments: ["/", "/runs/run-1", "/runs/run-1/steps/1"])
  func hostile(_ target: String) throws {
    let ledger = try ledger()
    let steps = try begin(ledger, tasks: [task(evil, "\(evil)[x=\(evil)]")])
    try ledger.setStatus(step: steps[0], .failed, message: evil)
    try ledger.addMetric(step: steps[0], name: evil, at: 1, value: 2)
    try ledger.addRecord(step: steps[0], key: evil, value: .string(evil))
    try ledger.addRecord(
      step: steps[0], key: "table:x",
      value: ["title": .string(evil), "columns": [.string(evil)], "rows": [[.string(evil)]]])
    let page = page(target)
    #expect(page.contains("&lt;script&gt;alert(1)"))
    #expect(!page.contains("<script>alert"))
    #expect(!page.contains("\" onload"))
  }

  @Test func failuresStandFirstWithTheEndOfTheirLog() throws {
    let ledger = try ledger()
    let steps = try begin(ledger, tasks: [task("good"), task("bad")])
    let key = String(repeating: "ab", count: 32)
    try ledger.setKey(step: steps[1], key)
    let folder = StateDirectory(directory.at("state")).step(key)
    try Path.createDirectory(folder)
    try WholeFile.write("first\nthe last line\n", to: "\(folder)/log")
    try ledger.setStatus(step: steps[1], .failed, message: "it broke")
    let page = page("/runs/run-1")
    let failures = try #require(page.firstRange(of: "id=\"failures\""))
    let graph = try #require(page.firstRange(of: "id=\"graph\""))
    #expect(failures.lowerBound < graph.lowerBound)
    #expect(page.contains("it broke"))
    #expect(page.contains("the last line"))
  }

  @Test(
    "A key that is none leads nowhere in the file system",
    arguments: [
      "../../secret", String(repeating: ".", count: 64),
    ])
  func noKey(_ key: String) throws {
    let ledger = try ledger()
    let steps = try begin(ledger, tasks: [task("bad")])
    try ledger.setKey(step: steps[0], key)
    try ledger.setStatus(step: steps[0], .failed, message: "it broke")
    let log = "\(StateDirectory(directory.at("state")).step(key))/log"
    try Path.createDirectory(Path.parent(log))
    try WholeFile.write("secret words", to: log)
    #expect(!page("/runs/run-1/steps/1").contains("secret words"))
    #expect(!page("/runs/run-1").contains("secret words"))
  }

  @Test func thousandsOfTasksAreSummedUpAndCutIntoPages() throws {
    let ledger = try ledger()
    try ledger.database.transaction {
      let steps = try begin(ledger, tasks: (0..<1234).map { task("part", "part[n=\($0)]") })
      for step in steps.prefix(1000) { try ledger.setStatus(step: step, .reused) }
      try ledger.setStatus(step: steps[700], .failed, message: "it broke")
    }
    let page = page("/runs/run-1")
    #expect(page.contains("<b>999</b> reused"))
    #expect(page.contains("1 to 100 of 1,234"))
    #expect(page.utf8.count < 100_000)
    let list = try #require(page.firstRange(of: "id=\"live-steps\""))
    let first = try #require(page[list.upperBound...].firstRange(of: "part[n="))
    #expect(page[first.upperBound...].hasPrefix("700]"), "what failed stands first")
    let last = self.page("/runs/run-1?page=13")
    #expect(last.contains("1,201 to 1,234 of 1,234"))
    #expect(self.page("/runs/run-1?page=99999999999999999999").contains("1 to 100"))
    let found = self.page("/runs/run-1?find=N%3D123&status=interrupted")
    #expect(found.contains("part[n=1230]") && !found.contains("part[n=1234]"))
    #expect(!found.contains(">part[n=123]"), "that one is reused")
  }

  @Test func whatHasNotChangedIsNotSentAgain() throws {
    let ledger = try ledger()
    let steps = try begin(ledger, tasks: [task("a")])
    try ledger.endRun("run-1", status: .done)
    let first = reply("/runs/run-1")
    let tag = try #require(first.headers["ETag"])
    #expect(reply("/runs/run-1", tag: tag).status == 304)
    try ledger.setStatus(step: steps[0], .done)
    #expect(reply("/runs/run-1", tag: tag).status == 200)
  }

  @Test func theReportIsServedWithAPolicyThatLetsItHaveItsStyle() throws {
    try begin(try ledger(), tasks: [task("a")])
    let report = reply("/runs/run-1/report")
    #expect(report.status == 200)
    #expect(
      report.headers["Content-Security-Policy"]?.contains("style-src 'unsafe-inline'") == true)
    #expect(report.headers["Content-Security-Policy"]?.contains("script") == false)
  }
}
