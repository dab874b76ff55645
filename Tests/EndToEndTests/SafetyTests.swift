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
