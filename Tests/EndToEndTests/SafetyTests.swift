import Files
import FlowTesting
import Glibc
import Testing

/// What is the user's stays the user's, and what is stored stays as it was made.
@Suite struct SafetyTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  private func oneStep(_ output: String = "text.txt", _ with: String = "text: hello") throws {
    try engine.workflow(
      """
      flow: 1
      name: safe
      steps:
        first: {use: probe/write, with: {\(with)}}
      outputs: {\(output): $steps.first.text}
      """)
  }

  // MARK: The results directory

  @Test func aFileThatFlowDidNotPutThereStopsTheRunBeforeItBegins() throws {
    try oneStep()
    try engine.work.write("results/safe/text.txt", "mine")
    let result = try engine.run()
    #expect(result.status == 2)
    #expect(result.errors.contains("results/safe/text.txt is in the way of a result"))
    #expect(result.errors.contains("--results-dir"))
    #expect(!result.errors.contains("started"))
    #expect(try engine.work.read("results/safe/text.txt") == "mine")
  }

  @Test func aDirectoryThatFlowDidNotPutThereStops() throws {
    try oneStep()
    try engine.work.write("results/safe/text.txt/thesis.tex", "mine")
    #expect(try engine.run().status == 2)
    #expect(try engine.work.read("results/safe/text.txt/thesis.tex") == "mine")
  }

  @Test func aResultsDirectoryThatCannotBeMadeStopsTheRunBeforeItBegins() throws {
    try oneStep()
    try engine.work.write("occupied", "a file")
    let result = try engine.run("--results-dir", "occupied/here")
    #expect(result.status == 2)
    #expect(result.errors.contains("the results cannot be copied to occupied/here"))
    #expect(!result.errors.contains("started"))
  }

  @Test func aResultThatCannotBeCopiedFailsTheRunAndSpoilsNoOther() throws {
    try engine.workflow(
      """
      flow: 1
      name: safe
      steps:
        slow: {use: probe/write, with: {seconds: 1.5}}
      outputs: {a.txt: $steps.slow.text, b.txt: $steps.slow.text}
      """)
    let running = try engine.start()
    for _ in 0..<200 where !running.errorsSoFar.contains("slow  started") { usleep(20_000) }
    try engine.work.write("results/safe/a.txt/mine", "mine")
    let result = try running.wait()
    #expect(result.status == 1)
    #expect(result.errors.contains("the result 'a.txt' was not copied"), "\(result.errors)")
    #expect(result.output.contains("history: flow log"))
    #expect(try engine.work.read("results/safe/b.txt") == "nothing\n")
    #expect(try engine.work.read("results/safe/a.txt/mine") == "mine")
    #expect(try engine.latestRun()["status"]?.string == "failed", "the run is closed")
  }

  @Test func aResultThatWasRemovedIsSaidToBeCopiedAgain() throws {
    try oneStep()
    #expect(try engine.run().status == 0)
    try Path.remove(engine.work.at("results/safe/text.txt"))
    #expect(try engine.run().output.contains("1 result copied again"))
    #expect(try !engine.run().output.contains("copied again"))
  }

  @Test func aResultThatWasEditedIsNotReplaced() throws {
    try oneStep()
    #expect(try engine.run().status == 0)
    try engine.work.write("results/safe/text.txt", "edited")
    let result = try engine.run()
    #expect(result.status == 2)
    #expect(
      result.errors.contains("results/safe/text.txt was changed since flow put it there"),
      "\(result.errors)")
    #expect(result.errors.contains("fix: move it to keep it, or remove it"))
    #expect(try engine.work.read("results/safe/text.txt") == "edited")
    try Path.remove(engine.work.at("results/safe/text.txt"))
    #expect(try engine.run().status == 0)
  }

  private func directory(_ script: String) throws {
    try engine.workflow(
      """
      flow: 1
      name: safe
      steps:
        it: {shell: '\(script)', outputs: {d: {path: d, type: directory}}}
      outputs: {d: $steps.it.d}
      """)
  }

  @Test func directoriesAreCopiedWithWhatMayBeExecutedAndReplacedWhereNothingWasEdited() throws {
    try directory(#"mkdir -p "$d/empty"; echo one > "$d/file"; cp /bin/true "$d/tool""#)
    #expect(try engine.run().status == 0)
    #expect(access(engine.work.at("results/safe/d/tool"), X_OK) == 0)
    #expect(!(try engine.run().output.contains("copied again")), "it is what was made")
    try engine.work.write("results/safe/d/file", "edited")
    try directory(#"mkdir "$d"; echo two > "$d/file""#)
    let edited = try engine.run()
    #expect(edited.status == 2)
    #expect(edited.errors.contains("results/safe/d/file was changed since flow put it there"))
    try engine.work.write("results/safe/d/file", "one\n")
    try engine.work.write("results/safe/d/mine", "")
    #expect(
      try engine.run().errors.contains("d is to be replaced and holds mine, which flow did not"))
    try Path.remove(engine.work.at("results/safe/d/mine"))
    #expect(try engine.run().status == 0)
    #expect(try Path.list(engine.work.at("results/safe/d")) == ["file"])
  }

  /// Copied without hidden files, or kept by git: what flow made is known by its content.
  @Test(arguments: ["", "{"])
  func aLostOrDamagedRecordOfWhatWasPutThereIsNoHindrance(_ text: String) throws {
    let record = "results/safe/.flow-published.json"
    try oneStep()
    #expect(try engine.run().status == 0)
    try engine.work.write(record, text)
    let damaged = try engine.run()
    #expect(damaged.status == 0, "\(damaged.errors)")
    #expect(damaged.errors.contains("was damaged: it is now \(record).damaged-1"))
    try Path.remove(engine.work.at(record))
    try oneStep("text.txt", "text: other")
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/safe/text.txt") == "other\n")
  }

  @Test func whatEarlierRunsLeftIsSaid() throws {
    try engine.workflow(
      """
      flow: 1
      name: safe
      params: {seeds: {type: list, of: integer, default: [1, 2, 3]}}
      steps:
        it:
          foreach: {seed: $params.seeds}
          use: probe/write
          with: {text: $each.seed}
      outputs: {it: $steps.it.text}
      """)
    #expect(try !engine.run().output.contains("of earlier runs"))
    let fewer = try engine.run("--set", "seeds=2").output
    #expect(
      fewer.contains(
        "of earlier runs, still there: results/safe/it/seed=1/text.txt and 1 file more\n"),
      "\(fewer)")
    try Path.remove(engine.work.at("results/safe/it/seed=1"))
    try Path.remove(engine.work.at("results/safe/it/seed=3"))
    #expect(try !engine.run("--set", "seeds=2").output.contains("of earlier runs"))
  }

  @Test func placesThatCannotHoldTheHistoryAreNamedWithWhatToDo() throws {
    try oneStep()
    let same = try engine.run("--results-dir", ".flow")
    #expect(same.status == 2)
    #expect(same.errors.contains(".flow cannot hold the results and the history of runs too"))
    #expect(try engine.run("--state-dir", "").errors.contains("--state-dir needs the name of"))
    try engine.work.write("occupied", "a file")
    try Path.createDirectory(engine.work.at("other/flow.db"))
    for (place, reason) in [("occupied", "a file of that name"), ("other", "it is a directory")] {
      let result = try engine.run("--state-dir", place)
      #expect(result.status == 2)
      #expect(
        result.errors.contains("error: results and their history cannot be kept in \(place): "))
      #expect(result.errors.contains(reason))
      #expect(result.errors.contains("fix: put that right, or name another directory with"))
    }
  }

  // MARK: The store

  @Test func aStepThatWritesToItsInputFailsAndWhatItSpoiledIsMadeAgain() throws {
    try engine.workflow(
      """
      flow: 1
      name: safe
      steps:
        good: {use: probe/write, with: {text: good}}
        bad: {use: probe/write, inputs: {files: $steps.good.text}, with: {behave: scribble}}
      outputs: {good.txt: $steps.good.text}
      """)
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(try engine.steps("failed") == ["bad"])
    if getuid() == 0 {
      // Permissions do not hold root back; then the content tells.
      #expect(result.errors.contains("was changed after step 'good' made it"), "\(result.errors)")
      #expect(!engine.work.exists("results/safe/good.txt"), "spoiled bytes are never a result")
    } else {
      #expect(result.errors.contains("cannot write to the input"))
    }
    try oneStep("good.txt", "text: good")
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/safe/good.txt") == "good\n")
  }

  @Test func storedFilesAreReadOnlyAndCopiesAreNot() throws {
    try oneStep()
    #expect(try engine.run().status == 0)
    let output = try engine.latestRun()["steps"]?.array?.first?["outputs"]?.array?.first
    let stored = try #require(output?["path"]?.string)
    func mode(_ path: String) -> mode_t {
      var status = stat()
      return stat(engine.work.at(path), &status) == 0 ? status.st_mode & 0o222 : 0o777
    }
    #expect(mode(".flow/\(stored)") == 0)
    #expect(mode("results/safe/text.txt") != 0)
  }

  @Test func aFailedAttemptLeavesNoHalfOutput() throws {
    try oneStep("text.txt", "behave: extra")
    #expect(try engine.run().status == 1)
    let log = try engine.latestRun()
    let key = try #require(log["steps"]?.array?.first?["key"]?.string)
    let directory = ".flow/steps/\(key.prefix(2))/\(key)"
    #expect(engine.work.exists("\(directory)/log"))
    #expect(!engine.work.exists("\(directory)/partial"))
  }

  // MARK: A single step's output directory

  private func step(_ arguments: String...) throws -> CommandResult {
    try Built.flow(
      ["step", "run", "probe/write"] + arguments, in: engine.work.path,
      environment: engine.plugin.environment)
  }

  @Test func aSingleStepReplacesNoDirectoryByAFile() throws {
    try engine.work.write("out/text.txt/mine", "mine")
    let result = try step("--output-dir", "out")
    #expect(result.status == 2)
    #expect(result.errors.contains("out/text.txt is in the way of output 'text'"))
    #expect(try engine.work.read("out/text.txt/mine") == "mine")
  }

  @Test func aSingleStepReplacesNotItsInput() throws {
    try engine.work.write("text.txt", "mine\n")
    let result = try step("--input", "files=text.txt", "--output-dir", ".")
    #expect(result.status == 2)
    #expect(result.errors.contains("would replace an input"))
    #expect(try engine.work.read("text.txt") == "mine\n")
  }

  @Test func aSingleStepMayBeRepeatedInPlace() throws {
    #expect(try step("--param", "text=one", "--output-dir", "out").status == 0)
    #expect(try step("--param", "text=two", "--output-dir", "out").status == 0)
    #expect(try engine.work.read("out/text.txt") == "two\n")
  }

  @Test func twoSingleStepsInOneDirectoryDoNotMeet() throws {
    let work = engine.work.path
    func start(_ use: String, _ more: String...) throws -> RunningCommand {
      try Built.start(
        ["step", "run", use, "--output-dir", "out"] + more, in: work,
        environment: engine.plugin.environment)
    }
    try engine.work.write("out/.flow-partial-1/left", "by a process that is dead")
    let slow = try start("probe/write", "--param", "seconds=1.5")
    usleep(500_000)
    #expect(try start("probe/number").wait().status == 0)
    let result = try slow.wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Path.list(engine.work.at("out")) == ["number", "text.txt"])
  }
}
