import Files
import FlowTesting
import Glibc
import Testing

/// Steps and engines that end badly.
@Suite struct FailureTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  @Test func aFailedStepSkipsWhatNeedsItAndNothingElse() throws {
    try engine.workflow(
      """
      flow: 1
      name: failing
      steps:
        bad: {use: probe/write, with: {behave: crash}}
        after: {use: probe/write, inputs: {files: $steps.bad.text}}
        apart: {use: probe/write}
      outputs: {apart.txt: $steps.apart.text, after.txt: $steps.after.text}
      """)
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("the plugin crashed"))
    #expect(result.errors.contains("its log: .flow/steps/"))
    #expect(try engine.steps("failed") == ["bad"])
    #expect(try engine.steps("skipped") == ["after"])
    #expect(try engine.steps("done") == ["apart"])
    #expect(engine.work.exists("results/failing/apart.txt"))
    #expect(!engine.work.exists("results/failing/after.txt"))
    #expect(engine.work.exists("results/failing/report.html"))
  }

  @Test func aStepThatHangsIsStoppedAtItsTimeLimit() throws {
    try engine.workflow(
      """
      flow: 1
      name: hanging
      steps:
        slow: {use: probe/write, with: {behave: hang}, resources: {time: 1s}}
      """)
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("did not end within its time limit of 1.0 s"))
  }

  @Test func anUnavailableWorldIsTriedAgainWithTheScratchDirectoryKept() throws {
    try engine.workflow(
      """
      flow: 1
      name: retrying
      steps:
        third: {use: probe/keep, retries: 2}
      outputs: {count.txt: $steps.third.count}
      """)
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try engine.work.read("results/retrying/count.txt") == "3\n")
    #expect(result.errors.contains("started again (attempt 3)"))
    #expect(try engine.run().output.contains("nothing to do"), "a retried step is reused too")
  }

  @Test func aKilledEngineLosesNothingThatWasDone() throws {
    try engine.workflow(
      """
      flow: 1
      name: killed
      steps:
        quick: {use: probe/write, with: {text: quick}}
        slow: {use: probe/write, inputs: {files: $steps.quick.text}, with: {seconds: 2}}
      outputs: {slow.txt: $steps.slow.text}
      """)
    let running = try engine.start()
    // Until the second step has begun.
    for _ in 0..<200 where !running.errorsSoFar.contains("slow   started") { usleep(50_000) }
    running.kill(SIGKILL)
    #expect(try running.wait().status == 137)

    // The worker notices that nobody waits and leaves; the lock is free at once.
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try engine.steps("reused") == ["quick"])
    #expect(try engine.steps("done") == ["slow"])
    #expect(try engine.work.read("results/killed/slow.txt") == "quick\nnothing\n")
    let log = try engine.flow("log")
    #expect(log.output.contains("interrupted"))
  }

  /// A script's own words may be lost for the same reason.
  @Test(.enabled(if: SmallDisk.canBeMade, "needs the right to mount a small disk"))
  func aStepThatFillsTheDiskOfTheStateSaysSo() throws {
    try engine.workflow(
      """
      flow: 1
      name: full
      steps: {it: {shell: head -c 3000000 /dev/zero > "$out", outputs: {out: out.txt}}}
      """)
    try Path.createDirectory(engine.work.at("small"))
    let disk = try SmallDisk(engine.work.at("small"), kibibytes: 2048)
    defer { disk.unmount() }
    let result = try engine.run("--state-dir", "small")
    #expect(result.status == 1)
    // The step may meet it first, or the history.
    #expect(
      result.errors.contains("failed after") && result.errors.contains("free some and run")
        && result.errors.contains("no space is left on the disk of small"), "\(result.errors)")
  }

  @Test func interruptingStopsStepsInOrder() throws {
    try engine.workflow(
      """
      flow: 1
      name: stopped
      steps:
        slow: {use: probe/write, with: {seconds: 60}}
        after: {use: probe/write, inputs: {files: $steps.slow.text}}
      """)
    let running = try engine.start()
    for _ in 0..<200 where !running.errorsSoFar.contains("slow   started") { usleep(50_000) }
    usleep(300_000)
    running.kill(SIGINT)
    #expect(try running.wait().status == 130)
    #expect(try engine.steps("cancelled").sorted() == ["after", "slow"])
  }

  @Test func twoRunsInOneDirectoryDoNotMeet() throws {
    try engine.workflow(
      """
      flow: 1
      name: alone
      steps:
        slow: {use: probe/write, with: {seconds: 3}}
      """)
    let first = try engine.start()
    for _ in 0..<200 where !first.errorsSoFar.contains("slow  started") { usleep(50_000) }
    let second = try engine.run()
    #expect(second.status == 2)
    #expect(second.errors.contains("another run is at work in .flow (process \(first.pid) on "))
    #expect(try first.wait().status == 0)
  }

  @Test func independentStepsRunTogetherWithinTheProcessors() throws {
    try engine.workflow(
      """
      flow: 1
      name: parallel
      steps:
        part:
          foreach: {n: [1, 2, 3, 4]}
          use: probe/write
          with: {seconds: 1, text: $each.n}
      """)
    let result = try engine.run("--cpus", "4")
    #expect(result.status == 0)
    let run = try engine.latestRun()
    let seconds = (run["ended"]?.number ?? 0) - (run["started"]?.number ?? 0)
    #expect(seconds < 3.5, "four steps of one second each, side by side")
  }

  @Test func whatAStepLeavesBehindIsEndedBeforeItsResultIsTaken() throws {
    try engine.workflow(
      """
      flow: 1
      name: left
      steps:
        it:
          shell: |
            # A daemon: of a session of its own, with no parent left, and a hand on the output.
            ( setsid bash -c 'exec 3>>"$0"; echo $$ > "$1"; while sleep 0.1; do echo late >&3; done' "$out" "$mark" & )
            until [ -s "$mark" ]; do sleep 0.05; done
            echo whole >> "$out"
          with: {mark: \(engine.work.at("mark"))}
          outputs: {out: out.txt}
        other:
          shell: sleep 1; echo other > "$out"
          outputs: {out: out.txt}
      outputs: {out: $steps.it.out}
      """)
    let result = try engine.run("--cpus", "2")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("it left"), "\(result.errors)")
    #expect(result.errors.contains("behind, which had to be ended"))
    let daemon = try engine.work.read("mark").split(separator: "\n")[0]
    #expect(!Path.exists("/proc/\(daemon)"))
    #expect(try engine.run().output.contains("nothing to do"))
  }
}
