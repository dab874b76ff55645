import Files
import FlowTesting
import Glibc
import Testing

/// Workflows whose steps are jobs of a real Slurm.
@Suite(
  .enabled(
    if: SlurmCluster.canBeStarted, "needs root and Debian's slurm-wlm: make test-slurm installs it"
  ))
struct SlurmTests {
  let engine: Engine
  let cluster: SlurmCluster

  init() throws {
    engine = try Engine()
    cluster = try SlurmCluster.shared.get()
  }

  private var environment: [String: String] {
    engine.plugin.environment.merging(cluster.environment) { first, _ in first }
  }

  private func start(_ more: String..., path: String? = nil) throws -> RunningCommand {
    var environment = environment
    if let path { environment["PATH"] = "\(path):/usr/bin:/bin" }
    return try Built.start(
      ["run", "workflow.yaml", "--executor", "slurm"] + more, in: engine.work.path,
      environment: environment)
  }

  private func run(_ more: String...) throws -> CommandResult {
    try Built.flow(
      ["run", "workflow.yaml", "--executor", "slurm"] + more, in: engine.work.path,
      environment: environment)
  }

  /// The step named `name` of the latest run.
  private func step(_ name: String) throws -> JSON? {
    try engine.latestRun()["steps"]?.array?.first { $0["name"]?.string == name }
  }

  /// The numbers of a step's jobs as Slurm knows them.
  private func jobs(_ name: String) throws -> [String] {
    (try step(name)?["jobs"]?.array ?? []).compactMap { $0["id"]?.string }
  }

  /// Waits until a step has written `name`, which it does as the first thing.
  private func wait(for name: String) throws {
    for _ in 0..<300 where !engine.work.exists(name) { usleep(50_000) }
    try #require(engine.work.exists(name))
  }

  /// A step that adds a line to `seen` each time it is run, and then takes a while.
  private func slow(_ more: String = "", seconds: Double = 2, seen: String = "seen") -> String {
    """
    flow: 1
    name: slurm
    steps:
      slow:
        shell: echo x >> "$seen"; sleep "$seconds"; echo done > "$out"
        with: {seen: \(engine.work.at(seen)), seconds: \(seconds)}
        sandbox: {write: [.]}
        outputs: {out: out.txt}
        \(more)
    outputs: {out: $steps.slow.out}
    """
  }

  private func lines(_ name: String = "seen") throws -> Int {
    try engine.work.read(name).split(separator: "\n").count
  }

  // MARK: Results

  @Test func aRunThroughSlurmMakesWhatALocalOneMakes() throws {
    try engine.workflow(
      """
      flow: 1
      name: slurm
      steps:
        part:
          foreach: {n: [one, "two words", "$(touch canary)"]}
          use: probe/write
          with: {text: $each.n, lines: 3}
        whole:
          shell: |
            cat "${parts[@]}" > "$all"; echo "$threads cores" >> "$all"; echo said
          inputs: {parts: $steps.part.text}
          outputs: {all: all.txt}
          resources: {cpus: 2, memory: 100 MB, time: 5m}
      outputs: {all.txt: $steps.whole.all}
      """.replacing("$(touch", with: "$$(touch"))
    let result = try run()
    #expect(result.status == 0, "\(result.errors)")
    let bySlurm = try engine.work.read("results/slurm/all.txt")
    #expect(bySlurm.hasSuffix("2 cores\n"))
    let numbers = try ["one", "two words", "$(touch canary)"].flatMap { try jobs("part[n=\($0)]") }
    #expect(Set(numbers.map { $0.split(separator: "_")[0] }).count == 1, "an array: \(numbers)")
    let record = try engine.flow("log", "latest", "--step", "whole").output
    #expect(record.contains("said\n"), "its output is in the step's log")
    #expect(record.contains("job     Slurm "))
    #expect(try engine.flow("log", "latest", "--json").output.contains("lines/written") == false)
    #expect(!engine.work.exists("canary"))
    #expect(try Path.list(engine.work.at(".flow/jobs")).isEmpty, "nothing is left lying about")

    // Its results are anybody's: a local run has nothing to do, and one from nothing makes the same.
    #expect(try engine.run().output.contains("nothing to do"))
    try Path.remove(engine.work.at(".flow"))
    #expect(try engine.run("--cpus", "2").status == 0)
    #expect(try engine.work.read("results/slurm/all.txt") == bySlurm)
  }

  // MARK: Deaths of flow

  @Test(arguments: ["slurm", "local"])
  func jobsOfAKilledFlowAreTakenOver(next executor: String) throws {
    try engine.workflow(slow())
    let first = try start()
    try wait(for: "seen")
    first.kill(SIGKILL)
    #expect(try first.wait().status == 137)
    let result = try run("--executor", executor)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("of an earlier run is taken over"))
    #expect(try lines() == 1, "it was not run twice")
    #expect(try engine.work.read("results/slurm/out") == "done\n")
  }

  @Test func whatEndedWhileNoFlowWatchedIsThereAtOnce() throws {
    try engine.workflow(slow(seconds: 0.5))
    let first = try start()
    try wait(for: "seen")
    first.kill(SIGKILL)
    _ = try first.wait()
    // Until the job has ended.
    let name = try #require(Path.list(engine.work.at(".flow/jobs")).first)
    for _ in 0..<200 where try cluster.ask("squeue", "-h", "-n", name) != "" { usleep(50_000) }
    let result = try run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try lines() == 1)
  }

  @Test func aJobWhoseNumberWasNeverHeardIsFoundByItsName() throws {
    try engine.workflow(slow())
    // Submits, and then keeps what it has heard to itself.
    try Path.createDirectory(engine.work.at("bin"))
    try engine.work.write("bin/sbatch", "#!/bin/sh\n/usr/bin/sbatch \"$@\" >/dev/null\nsleep 100\n")
    chmod(engine.work.at("bin/sbatch"), 0o755)
    let first = try start(path: engine.work.at("bin"))
    try wait(for: "seen")
    first.kill(SIGKILL)
    _ = try first.wait()
    let result = try run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try lines() == 1)
    #expect(try jobs("slow").count == 1)
  }

  @Test func aSubmissionThatNeverReachedSlurmIsMadeAgain() throws {
    try engine.workflow(slow(seconds: 0))
    try Path.createDirectory(engine.work.at("bin"))
    try engine.work.write(
      "bin/sbatch", "#!/bin/sh\ntouch '\(engine.work.at("asked"))'\nsleep 100\n")
    chmod(engine.work.at("bin/sbatch"), 0o755)
    let first = try start(path: engine.work.at("bin"))
    try wait(for: "asked")
    first.kill(SIGKILL)
    _ = try first.wait()
    let result = try run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try lines() == 1)
  }

  // MARK: Bad ends

  @Test func whatAStepSaysOfItsFailureIsHeard() throws {
    try engine.workflow(
      """
      flow: 1
      name: slurm
      steps:
        script: {shell: "echo the reason >&2; exit 3", outputs: {o: o}}
        plugin: {use: probe/write, with: {behave: fail}}
        crash: {use: probe/write, with: {behave: crash}}
        late: {use: probe/write, with: {behave: hang}, resources: {time: 1s}}
        again: {use: probe/keep, retries: 2}
        after: {shell: 'cp "$i" "$o"', inputs: {i: $steps.again.count}, outputs: {o: o}}
      outputs: {count: $steps.after.o}
      """)
    let result = try run()
    #expect(result.status == 1)
    for words in [
      "the script ended with exit code 3: the reason", "the text is not to its liking",
      "the plugin crashed: it read or wrote memory", "did not end within its time limit of 1.0 s",
    ] { #expect(result.errors.contains(words), "\(words) in \(result.errors)") }
    #expect(try engine.work.read("results/slurm/count") == "3\n")
    #expect(try jobs("again").count == 3, "each try is a job")
  }

  @Test func wantOfMemoryIsNamed() throws {
    try engine.workflow(
      """
      flow: 1
      name: slurm
      steps:
        big:
          shell: |
            text=$(head -c 200000000 /dev/zero | tr '\\0' x); sleep 20; echo "${#text}" > "$o"
          outputs: {o: o}
          resources: {memory: 50 MB}
      """)
    let result = try run()
    #expect(result.status == 1)
    #expect(result.errors.contains("used more memory than the 50 MB that it asks for"))
    #expect(result.errors.contains("raise 'memory:'"))
  }

  @Test func theEndOfItsTimeAtSlurmIsNamed() throws {
    // A partition of one minute, and a step that asks for no time: Slurm's warning comes at once.
    try engine.workflow(slow(seconds: 100))
    let result = try run("--slurm-option", "partition=short")
    #expect(result.status == 1)
    #expect(result.errors.contains("came to the end of its time at Slurm"), "\(result.errors)")
    #expect(result.errors.contains("give it 'time:' under 'resources:'"))
  }

  @Test func aJobThatSomeoneCancelsFails() throws {
    try engine.workflow(slow(seconds: 100))
    let running = try start()
    try wait(for: "seen")
    let name = try #require(Path.list(engine.work.at(".flow/jobs")).first)
    try cluster.ask("scancel", "-n", name)
    let result = try running.wait()
    #expect(result.status == 1)
    #expect(result.errors.contains("it was cancelled, not by this flow"), "\(result.errors)")
  }

  /// A step that leaves half an output behind if it is ended the first time.
  private let twice = """
    flow: 1
    name: slurm
    steps:
      twice:
        shell: |
          test ! -e left; touch left
          echo x >> "$seen"; echo half > "$out"
          if [ $(wc -l < "$seen") = 1 ]; then sleep 100; fi
          echo whole > "$out"
        with: {seen: SEEN}
        sandbox: {write: [.]}
        resources: {cpus: CORES}
        outputs: {out: out.txt}
    outputs: {out: $steps.twice.out}
    """

  /// What has to be true of the step when Slurm has put its job back into the queue.
  private func followsTheRestart(
    of id: String, _ running: RunningCommand, on cluster: SlurmCluster
  ) throws {
    // Slurm would let it wait for two minutes; at once is too early, what ended the first would end the second.
    sleep(3)
    for _ in 0..<100 where try lines() == 1 {
      if try cluster.ask("squeue", "-h", "-j", id, "-o", "%T") == "PENDING\n" {
        try cluster.ask("scontrol", "update", "JobId=\(id)", "StartTime=now")
      }
      usleep(200_000)
    }
    let result = try running.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try lines() == 2)
    #expect(try engine.work.read("results/slurm/out") == "whole\n")
    #expect(try jobs("twice").first == id, "the same job")
  }

  private func startTwice(
    on cluster: SlurmCluster, cores: Int = 1
  ) throws -> (RunningCommand, job: String) {
    try engine.workflow(
      twice.replacing("SEEN", with: engine.work.at("seen"))
        .replacing("CORES", with: cores.description))
    let running = try Built.start(
      ["run", "workflow.yaml", "--executor", "slurm"], in: engine.work.path,
      environment: engine.plugin.environment.merging(cluster.environment) { first, _ in first })
    try wait(for: "seen")
    let name = try #require(Path.list(engine.work.at(".flow/jobs")).first)
    let id = try cluster.ask("squeue", "-h", "-n", name, "-o", "%A").filter { $0 != "\n" }
    return (running, id)
  }

  @Test func aJobThatSlurmStartsAgainIsFollowed() throws {
    let (running, id) = try startTwice(on: cluster)
    try cluster.ask("scontrol", "requeue", id)
    try followsTheRestart(of: id, running, on: cluster)
  }

  @Test func aJobThatMakesRoomForAnUrgentOneIsFollowed() throws {
    // A cluster of its own: the urgent job would take the place of other tests' jobs too.
    let own = try SlurmCluster()
    let (running, id) = try startTwice(on: own, cores: 8)
    let urgent = try own.ask(
      "sbatch", "--parsable", "-p", "urgent", "-c", "8", "-o", "/dev/null", "--wrap", "sleep 1")
    for _ in 0..<200
    where try own.ask("squeue", "-h", "-j", id, "-o", "%T").hasPrefix("RUNNING") {
      usleep(100_000)
    }
    #expect(
      try own.ask("squeue", "-h", "-j", id, "-o", "%T") != "RUNNING\n",
      "job \(urgent) was to take its place")
    try followsTheRestart(of: id, running, on: own)
  }

  @Test func interruptingCancelsTheJobs() throws {
    try engine.workflow(slow(seconds: 100))
    let running = try start()
    try wait(for: "seen")
    let name = try #require(Path.list(engine.work.at(".flow/jobs")).first)
    running.kill(SIGINT)
    #expect(try running.wait().status == 130)
    #expect(try engine.steps("cancelled") == ["slow"])
    let states = try cluster.ask("squeue", "-h", "-n", name, "-o", "%T")
    #expect(states == "" || states == "COMPLETING\n")
  }

  // MARK: Slurm's own troubles

  @Test func aControllerThatIsAwayStopsNothing() throws {
    let own = try SlurmCluster()
    try engine.workflow(slow())
    let running = try Built.start(
      ["run", "workflow.yaml", "--executor", "slurm"], in: engine.work.path,
      environment: engine.plugin.environment.merging(own.environment) { first, _ in first })
    try wait(for: "seen")
    try own.stopController()
    for _ in 0..<300 where !running.errorsSoFar.contains("does not answer") { usleep(50_000) }
    try own.startController()
    let result = try running.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try lines() == 1)
  }

  @Test func whatSlurmDoesNotTakeIsSaid() throws {
    try engine.workflow(slow(seconds: 0))
    let result = try run("--slurm-option", "partition=nowhere")
    #expect(result.status == 1)
    #expect(result.errors.contains("Slurm does not take its job: "))
    #expect(result.errors.contains("nvalid partition"))
    let own = try run("--slurm-option", "array=0-5")
    #expect(own.status == 2)
    #expect(own.errors.contains("flow itself sets sbatch's --array"))
  }
}
