import Files
import FlowTesting
import Glibc
import Testing

/// Pipes that break, processes that are left behind.
@Suite struct SignalTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  @Test func aReaderThatLeavesEndsNoRun() throws {
    try engine.workflow(
      """
      flow: 1
      name: unread
      steps:
        first: {use: probe/write, with: {seconds: 0.5}}
        second: {use: probe/write, inputs: {files: $steps.first.text}}
      outputs: {second.txt: $steps.second.text}
      """)
    let command = try RunningCommand(
      "/bin/sh",
      ["-c", "{ \(Built.directory)/flow run workflow.yaml; echo $? > status; } 2>&1 | head -1"],
      in: engine.work.path, environment: engine.plugin.environment)
    #expect(try command.wait().status == 0)
    #expect(try engine.work.read("status") == "0\n")
    #expect(try engine.steps("done") == ["first", "second"])
    #expect(engine.work.exists("results/unread/second.txt"))
  }

  @Test func programsThatAPluginStartsGetTheUsualSignals() throws {
    try engine.workflow(
      """
      flow: 1
      name: usual
      steps:
        look: {use: probe/write, with: {behave: signals}}
      outputs: {signals.txt: $steps.look.text}
      """)
    #expect(try engine.run().status == 0)
    let line = try engine.work.read("results/usual/signals.txt")
    let digits = try #require(line.split(whereSeparator: \.isWhitespace).last)
    let ignored = try #require(UInt64(digits, radix: 16))
    for signal in [SIGPIPE, SIGINT, SIGTERM] {
      #expect(ignored & 1 << UInt64(signal - 1) == 0, "signal \(signal)")
    }
  }

  @Test func whatAPluginStartedEndsWithAKilledEngine() throws {
    let pidFile = engine.work.at("child")
    try engine.workflow(
      """
      flow: 1
      name: orphan
      steps:
        parent: {use: probe/write, with: {behave: child, text: \(pidFile)}}
      """)
    let running = try engine.start()
    for _ in 0..<200 where (try? engine.work.read("child").hasSuffix("\n")) != true {
      usleep(20_000)
    }
    let text = try engine.work.read("child")
    let child = try #require(pid_t(text.dropLast()))
    #expect(kill(child, 0) == 0, "it runs")
    running.kill(SIGKILL)
    _ = try running.wait()
    for _ in 0..<100 where isAlive(child) { usleep(20_000) }
    #expect(!isAlive(child))
  }

  /// Whether the process runs; one that ended and that nobody has asked about does not.
  private func isAlive(_ pid: pid_t) -> Bool {
    guard let status = try? Path.readText("/proc/\(pid)/stat", limit: 4096) else { return false }
    return !status.contains(") Z ")
  }
}
