import Files
import FlowTesting
import Glibc
import Testing

/// What the ledger tells of the past.
@Suite struct HistoryTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.work.write("input.txt", "source\n")
    try engine.workflow(
      """
      flow: 1
      name: history
      inputs: {file: input.txt}
      steps:
        first: {use: probe/write, inputs: {files: $inputs.file}, with: {text: one}}
        second: {use: probe/write, inputs: {files: $steps.first.text}, with: {text: two}}
      outputs: {second.txt: $steps.second.text}
      """)
    #expect(try engine.run().status == 0)
  }

  @Test func lineageGoesBackToTheSources() throws {
    // A copy under another name: files are known by content.
    try engine.work.write("copy.txt", try engine.work.read("results/history/second.txt"))
    let result = try engine.flow("lineage", "copy.txt")
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines[1].contains("made by second (probe/write, probe 1.0.0), run "))
    #expect(lines[2].contains("text=two"))
    #expect(lines.contains { $0.contains("made by first (probe/write") })
    #expect(lines.last?.hasSuffix("source: \(try Path.real(engine.work.at("input.txt")))") == true)
  }

  @Test func lineageTellsStepsWithEqualOutputsApart() throws {
    try engine.workflow(
      """
      flow: 1
      name: twins
      steps:
        one: {use: probe/write, with: {text: same}}
        two: {use: probe/write, with: {text: same, seconds: 0.01}}
        after: {use: probe/write, inputs: {files: $steps.one.text}, with: {text: after}}
      outputs: {after.txt: $steps.after.text, two.txt: $steps.two.text}
      """)
    #expect(try engine.run().status == 0)
    let after = try engine.flow("lineage", "results/twins/after.txt").output
    #expect(after.contains("made by one (probe/write"))
    #expect(!after.contains("made by two"))
    let two = try engine.flow("lineage", "results/twins/two.txt").output
    #expect(two.contains("the same content was also made by"))
  }

  @Test func lineageOfACopyIsThatOfTheStepItComesFrom() throws {
    try engine.workflow(
      """
      flow: 1
      name: same
      steps:
        a: {shell: echo x > "$text", outputs: {text: t.txt}}
        b: {shell: 'echo x  > "$text"', outputs: {text: t.txt}}
        d: {shell: 'mkdir "$dir"; echo x > "$dir/f"', outputs: {dir: {path: dir, type: directory}}}
      outputs: {a.txt: $steps.a.text, b.txt: $steps.b.text, d: $steps.d.dir}
      """)
    #expect(try engine.run().status == 0)
    for (path, step) in [("a.txt", "a"), ("b.txt", "b"), ("d/f", "d"), ("a.txt", "a")] {
      let result = try engine.flow("lineage", "results/same/\(path)")
      #expect(result.output.contains("\n  made by \(step) (shell)"), "\(path): \(result.output)")
    }
  }

  @Test func lineageSurvivesAResultThatWasMadeAgain() throws {
    let steps = try engine.latestRun()["steps"]?.array ?? []
    let first = try #require(steps.first { $0["name"]?.string == "first" })
    let path = try #require(first["outputs"]?.array?.first?["path"]?.string)
    try Path.remove(engine.work.at(".flow/\(path)"))
    #expect(try engine.run().status == 0)
    let result = try engine.flow("lineage", "results/history/second.txt").output
    #expect(result.contains("made by first (probe/write"))
    #expect(result.hasSuffix("source: \(try Path.real(engine.work.at("input.txt")))\n"))
  }

  @Test func aHistoryCanBeReadWithoutTheRightToWrite() throws {
    try #require(getuid() == 0, "only root can become somebody else")
    for name in ["", ".flow", ".flow/flow.db", ".flow/lock"] {
      let path = name.isEmpty ? engine.work.path : engine.work.at(name)
      #expect(chmod(path, Path.exists("\(path)/.") ? 0o755 : 0o644) == 0)
    }
    let result = try RunningCommand(
      "/usr/sbin/runuser",
      [
        "-u", "nobody", "--", "\(Built.directory)/flow", "log", "--state-dir",
        engine.work.at(".flow"),
      ],
      in: "/tmp"
    ).wait()
    // A build in a directory that nobody else may enter cannot be tried this way.
    if result.errors.contains("ermission denied") { return }
    #expect(result.output.contains("history   done"), "\(result.errors)")
  }

  @Test func aLogThatIsNotTextIsShown() throws {
    let steps = try engine.latestRun()["steps"]?.array ?? []
    let key = try #require(steps.first?["key"]?.string)
    let log = engine.work.at(".flow/steps/\(key.prefix(2))/\(key)/log")
    try FileHandle.append(log).write([0x41, 0xFF, 0x42, 0x0A])
    #expect(try engine.flow("log", "latest", "--step", "first").output.contains("A\u{FFFD}B"))
  }

  @Test func lineageOfAStrangerIsAnError() throws {
    try engine.work.write("stranger.txt", "nobody made me")
    let result = try engine.flow("lineage", "stranger.txt")
    #expect(result.status == 2)
    #expect(result.errors.contains("no step of this history made stranger.txt"))
  }

  @Test func logShowsRunsStepsAndAStepInFull() throws {
    #expect(try engine.flow("log").output.contains("history   done"))
    let run = try engine.flow("log", "latest").output
    #expect(run.contains("second  probe/write  done"))
    let step = try engine.flow("log", "latest", "--step", "second").output
    #expect(step.contains("text = two"))
    #expect(step.contains("plugin  probe 1.0.0"))
    #expect(
      try engine.flow("log", "latest", "--step", "secnd").errors.contains("did you mean 'second'?"))
    #expect(try engine.flow("log", "nothing").errors.contains("there is no run 'nothing'"))
  }

  @Test func theCommandFileRunsTheStepAgainByHand() throws {
    let steps = try engine.latestRun()["steps"]?.array ?? []
    let key = try #require(steps.first { $0["name"]?.string == "second" }?["key"]?.string)
    let command = try engine.work.read(".flow/steps/\(key.prefix(2))/\(key)/command")
    #expect(command.hasPrefix("flow step run probe/write --input files="))
    // As a person would: in a shell, to another directory.
    let again = command.replacing(#//partial-[0-9a-f-]+/#, with: "/again")
    let result = try RunningCommand(
      "/bin/sh", ["-c", "PATH=\(Built.directory):$PATH; \(again)"], in: engine.work.path,
      environment: engine.plugin.environment
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try engine.work.read(".flow/steps/\(key.prefix(2))/\(key)/again/text.txt")
        == "source\none\ntwo\n")
  }

  @Test func aPluginDirectoryOfTheCommandLineReachesTheSteps() throws {
    let result = try Built.flow(
      [
        "run", "workflow.yaml", "--plugin-dir", "plugins", "--state-dir", "other",
        "--results-dir", "elsewhere",
      ],
      in: engine.work.path)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func metricsAndTablesAreKept() throws {
    #expect(try engine.run().output.contains("file  lines"), "a shown table comes back on reuse")
  }

  /// A file system that forgot the lock, or somebody who deleted it: the run that comes second is the one that counts.
  @Test func aRunWhoseLockIsLostSaysSoAndNotThatItsStepCrashed() throws {
    let engine = try Engine()
    try engine.workflow(
      """
      flow: 1
      name: lost
      steps: {slow: {shell: 'sleep 2; echo x > "$text"', outputs: {text: text.txt}}}
      """)
    let first = try engine.start()
    for _ in 0..<400 where !first.errorsSoFar.contains("slow  started") { usleep(25_000) }
    usleep(500_000)
    try Path.remove(engine.work.at(".flow/lock"))
    #expect(try engine.run().status == 0)
    let ended = try first.wait()
    #expect(ended.status == 1)
    #expect(ended.errors.contains("another run writes to it now"), "\(ended.errors)")
    #expect(!ended.errors.contains("crashed"))
    let runs = try JSON(parsing: engine.flow("log", "--json").output).array ?? []
    #expect(runs.map { $0["status"]?.string } == ["done", "interrupted"])
  }
}
