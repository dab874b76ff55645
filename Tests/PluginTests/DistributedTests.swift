import Files
import FlowTesting
import Glibc
import Testing

/// Several processes, as a parallel launcher starts them, run one step.
@Suite struct DistributedTests {
  let work: TemporaryDirectory
  let plugin: ForeignPlugin

  init() throws {
    work = try TemporaryDirectory()
    try Path.createDirectory(work.at("plugins"))
    plugin = try ForeignPlugin("probe", into: work.at("plugins"))
  }

  private func rank(_ number: Int, of count: Int) throws -> CommandResult {
    let launcher = ["PMI_RANK": String(number), "PMI_SIZE": String(count)]
    return try Built.flow(
      ["probe", "ranks", "--param", "seen=\(work.at("seen"))", "--output-dir", work.at("out")],
      in: work.path, environment: plugin.environment.merging(launcher) { $1 })
  }

  @Test func onlyTheFirstTellsAndPublishes() throws {
    let second = try rank(1, of: 2)
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors == "")
    #expect(!work.exists("out"))
    let first = try rank(0, of: 2)
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.errors == "counted\n")
    #expect(try work.read("out/count.txt") == "2\n")
    #expect(try work.read("seen") == "1 of 2\n0 of 2\n")
  }

  @Test func aRankThatFailsSaysWhich() throws {
    let result = try rank(2, of: 3)
    #expect(result.status == 1)
    #expect(result.errors == "error: probe/ranks, rank 2: rank 2 is one too many\n")
  }

  /// `flow run` is no parallel program: its steps run once, whatever it was started by.
  @Test func stepsOfAWorkflowAreNoRanks() throws {
    try work.write(
      "workflow.yaml",
      """
      flow: 1
      name: single
      steps:
        count: {use: probe/ranks, sandbox: false, with: {seen: \(work.at("seen"))}}
      outputs: {count.txt: $steps.count.count}
      """)
    let result = try Built.flow(
      ["run", "workflow.yaml"], in: work.path,
      environment: plugin.environment.merging(["PMI_RANK": "1", "PMI_SIZE": "2"]) { $1 })
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("results/single/count.txt") == "1\n")
  }

  /// Descriptors that a launcher hands on reach the worker: MPICH's processes talk to it on PMI_FD.
  @Test func inheritedDescriptorsReachTheWorker() throws {
    let result = try RunningCommand(
      "/bin/bash",
      [
        "-c",
        "for fd in 3 4 5 6 7 8 9 10; do eval \"exec $fd>\(work.at("fd"))-$fd\"; done; "
          + "exec \(Built.directory)/flow probe write --param behave=descriptors --output-dir out",
      ], in: work.path, environment: plugin.environment
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    let text = try work.read("out/text.txt")
    for descriptor in 3...10 { #expect(text.contains("\(work.at("fd"))-\(descriptor)\n")) }
  }

  /// Batch systems send a job's signals to all of its processes.
  @Test(arguments: [SIGTERM, SIGUSR1, SIGHUP])
  func aSignalToAllProcessesLetsThePluginStop(signal: Int32) throws {
    let running = try Built.start(
      ["probe", "write", "--param", "seconds=60", "--output-dir", "out"], in: work.path,
      environment: plugin.environment)
    usleep(500_000)
    let children = try Path.readText(
      "/proc/\(running.pid)/task/\(running.pid)/children", limit: 4096)
    let worker = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
    kill(worker, signal)
    running.kill(signal)
    let result = try running.wait()
    #expect(result.status == 130)
    #expect(result.errors.contains("asked to stop"))
  }
}
