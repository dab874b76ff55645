import Files
import FlowTesting
import Glibc
import Testing

/// `flow clean`: what it frees, and what it must not.
@Suite struct CleanTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.workflow(
      """
      flow: 1
      name: clean
      params:
        word: {type: string, default: one, help: A word.}
        seconds: {type: integer, default: 0, help: How long it takes.}
      steps:
        both: {shell: echo both > "$text", outputs: {text: text.txt}}
        own:
          shell: |
            sleep "$seconds"
            echo "$word" > "$text"
          inputs: {file: $steps.both.text}
          with: {word: $params.word, seconds: $params.seconds}
          outputs: {text: text.txt}
      outputs: {own.txt: $steps.own.text}
      """)
    for word in ["one", "two", "three"] {
      #expect(try engine.run("--set", "word=\(word)").status == 0)
    }
  }

  @Test func whatAKeptRunRefersToStays() throws {
    let dry = try engine.flow("clean", "--keep", "1", "--dry-run")
    #expect(dry.output.contains("of 2 steps that only 2 runs referred to"), "\(dry.errors)")
    #expect(try directories() == 4)
    let result = try engine.flow("clean", "--keep", "1")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("freed"))
    #expect(try directories() == 2)
    #expect(try engine.run("--set", "word=three").output.contains("nothing to do"))
    #expect(try engine.flow("clean", "--keep", "2").output.contains("nothing to free"))

    // What is gone is made again, and why is known; the history goes on telling of it.
    let dryRun = try engine.run("--dry-run", "--set", "word=one").output
    #expect(dryRun.contains("own   run    its result was removed by flow clean"))
    try engine.work.write("copy.txt", "two\n")
    #expect(try engine.flow("lineage", "copy.txt").status == 0)
  }

  @Test func runsAreChosenByNameAgeAndEnd() throws {
    #expect(try engine.flow("clean").errors.contains("say which runs to free"))
    #expect(try engine.flow("clean", "--older-than", "1d").output.contains("nothing to free"))
    #expect(try engine.flow("clean", "--failed").output.contains("nothing to free"))
    #expect(try engine.flow("clean", "--keep", "0", "--failed").output.contains("nothing to free"))
    let one = try engine.flow("clean", "--run", "latest~1", "--json")
    let object = try JSON(parsing: one.output)
    #expect(object["results"]?.array?.map { $0["step"]?.string } == ["own"])
    #expect((object["bytes"]?.integer ?? 0) > 0)
    #expect(try engine.run("--set", "word=three").output.contains("nothing to do"))
  }

  /// As after a damaged database: whole results that no run has asked for again.
  @Test func whatTheHistoryDoesNotKnowStaysUntilThatIsSaid() throws {
    try Path.remove(engine.work.at(".flow/flow.db"))
    #expect(try engine.run("--set", "word=three").status == 0)
    for options in [["--failed"], ["--keep", "100"], ["--older-than", "30d"]] {
      let result = try clean(options)
      #expect(
        result.output.contains("2 steps unknown to the history ("), "\(options): \(result.output)")
      #expect(result.output.contains("--unknown frees them too"))
    }
    #expect(try directories() == 4)
    // A result that is asked for is known again.
    #expect(try engine.run("--set", "word=one").output.contains("nothing to do"))
    let dry = try clean(["--unknown", "--dry-run"])
    #expect(dry.output.contains("(unknown to the history)"))
    #expect(dry.output.contains("of 1 step unknown to the history\n"))
    // A job that the lost history knew may be writing there.
    let key = try #require(
      JSON(parsing: clean(["--unknown", "--dry-run", "--json"]).output)["results"]?.array?.first?[
        "key"]?.string)
    let job = ".flow/steps/\(key.prefix(2))/\(key)/job"
    try Path.createDirectory(engine.work.at(job))
    #expect(try clean(["--unknown"]).output.contains("may be at work there"))
    try Path.remove(engine.work.at(job))
    #expect(
      try clean(["--unknown", "--keep", "0"]).output.contains(
        "of 3 steps that only 2 runs referred to and 1 step unknown to the history\n"))
    #expect(try directories() == 0)
  }

  @Test func aRunAtWorkIsNotDisturbed() throws {
    let running = try engine.start("--set", "seconds=60")
    for _ in 0..<400 where !running.errorsSoFar.contains("own   started") { usleep(25_000) }
    let result = try engine.flow("clean", "--keep", "0")
    #expect(result.status == 2)
    #expect(result.errors.contains("another run is at work"))
    #expect(try directories() == 5)
    running.kill(SIGINT)
    _ = try running.wait()
  }

  @Test func noHistoryIsMadeWhereThereIsNone() throws {
    let result = try engine.flow("clean", "--keep", "1", "--state-dir", "elsewhere")
    #expect(result.errors.contains("there is no history here"))
    #expect(!engine.work.exists("elsewhere"))
  }

  /// Killed at each removal of a file, at each of a directory, and at each write to the database: what is kept is
  /// whole, and the next cleaning finishes the work.
  @Test func killedAnywhereItLosesNothingThatIsKept() throws {
    for call in ["unlink", "rmdir", "pwrite64"] {
      for number in [1, 2, 5] {
        let state = engine.work.at("state-\(call)-\(number)")
        try copyState(to: state)
        let result = try RunningCommand(
          "/usr/bin/strace",
          [
            "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)",
            "-e", "inject=\(call):signal=SIGKILL:when=\(number)",
            "\(Built.directory)/flow", "clean", "--keep", "1", "--state-dir", state,
          ], in: engine.work.path
        ).wait()
        #expect(result.status == 137 || result.status == 0, "\(result.errors)")
        let again = try engine.run("--set", "word=three", "--state-dir", state)
        #expect(again.output.contains("nothing to do"), "\(call) \(number): \(again.errors)")
        #expect(try engine.flow("clean", "--keep", "1", "--state-dir", state).status == 0)
        #expect(try directories(in: state) == 2, "\(call) \(number)")
        try Path.remove(state)
      }
    }
  }

  private func clean(_ options: [String]) throws -> CommandResult {
    try Built.flow(["clean"] + options, in: engine.work.path)
  }

  /// The directories of steps.
  private func directories(in state: String? = nil) throws -> Int {
    let steps = "\(state ?? engine.work.at(".flow"))/steps"
    return try Path.list(steps).reduce(0) { $0 + (try Path.list("\(steps)/\($1)").count) }
  }

  private func copyState(to target: String) throws {
    let copy = try RunningCommand(
      "/bin/cp", ["-a", engine.work.at(".flow"), target], in: engine.work.path)
    try #require(copy.wait().status == 0)
  }
}
