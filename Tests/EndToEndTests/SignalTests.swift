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

  /// What was cut off must not look whole to a script.
  @Test(arguments: ["log --json", "check workflow.yaml --json", "run workflow.yaml", "schema"])
  func whatCannotBePrintedIsNoSuccess(_ command: String) throws {
    try engine.workflow(
      """
      flow: 1
      name: unprinted
      steps: {one: {shell: echo one > "$out", outputs: {out: out.txt}}}
      """)
    #expect(try engine.run().status == 0)
    let shell = try RunningCommand(
      "/bin/sh", ["-c", "\(Built.directory)/flow \(command) > /dev/full"], in: engine.work.path)
    let result = try shell.wait()
    #expect(result.status == 74)
    #expect(
      result.errors.contains(
        "error: standard output cannot be written: No space left on device\n  fix: "))
  }

  /// The first file that is opened would get its number, and then what is printed.
  @Test func aClosedStandardOutputIsNoFilesPlace() throws {
    try engine.workflow(
      """
      flow: 1
      name: closed
      steps: {one: {shell: echo one > "$out", outputs: {out: out.txt}}}
      """)
    let shell = try RunningCommand(
      "/bin/sh", ["-c", "\(Built.directory)/flow run workflow.yaml <&- >&- 2>&-"],
      in: engine.work.path)
    #expect(try shell.wait().status == 0)
    let lock = try engine.work.read(".flow/lock")
    #expect(lock.hasPrefix("process ") && !lock.contains("run"), "\(lock)")
    #expect(try engine.steps("done") == ["one"])
  }

  /// A script that hears nothing is waited for, until that is asked a second time.
  @Test func aSecondInterruptEndsAtOnce() throws {
    try engine.workflow(
      """
      flow: 1
      name: deaf
      steps:
        deaf:
          shell: |
            trap '' TERM INT
            sleep 8
            echo > "$out"
          outputs: {out: out.txt}
      """)
    let running = try engine.start()
    for _ in 0..<400 where !running.errorsSoFar.contains("deaf  started") { usleep(25_000) }
    running.kill(SIGINT)
    for _ in 0..<400 where !running.errorsSoFar.contains("stopping") { usleep(25_000) }
    #expect(
      running.errorsSoFar.contains(
        "stopping: waiting for deaf to end; Ctrl-C again ends them now\n"))
    // Two at once would be one that a wrapper hands on.
    usleep(150_000)
    running.kill(SIGINT)
    #expect(try running.wait().status == 130)
    #expect(try engine.steps("cancelled") == ["deaf"])
  }

  @Test func aStepThatHasStoppedHearsThatItShallEnd() throws {
    let mark = engine.work.at("mark")
    try engine.workflow(
      """
      flow: 1
      name: stopped
      steps:
        it:
          shell: |
            trap 'echo > "$mark"; exit 1' TERM
            echo > "$mark.begun"
            kill -STOP $$
            sleep 60
          with: {mark: '\(mark)'}
          sandbox: {write: ['\(engine.work.path)']}
          outputs: {out: out.txt}
      """)
    let running = try engine.start()
    for _ in 0..<400 where !engine.work.exists("mark.begun") { usleep(25_000) }
    usleep(100_000)
    running.kill(SIGINT)
    #expect(try running.wait().status == 130)
    #expect(engine.work.exists("mark"))
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
