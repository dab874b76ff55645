import Files
import FlowTesting
import Glibc
import Testing

/// `flow rerun`: the same run once more.
@Suite struct RerunTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.work.write("input.txt", "one\n")
    try engine.work.write("other.txt", "other\n")
    try engine.workflow(Self.workflow)
  }

  static let workflow = """
    flow: 1
    name: again
    inputs: {file: input.txt}
    params:
      words: {type: list, of: string, default: [a], help: Words.}
      rate: {type: number, default: 0.5, help: A number.}
    steps:
      first:
        shell: |
          cat "$file" > "$text"
          echo "${words[@]} $rate" >> "$text"
        inputs: {file: $inputs.file}
        with: {words: $params.words, rate: $params.rate}
        outputs: {text: text.txt}
      second: {use: probe/write, inputs: {files: $steps.first.text}, with: {text: end}}
    outputs: {second.txt: $steps.second.text}
    """

  @Test func theRecordedTextParametersAndInputsAreTakenNotThoseOfToday() throws {
    let run = try engine.run(
      "--set", #"words=["x, y","$(z)"]"#, "--set", "rate=1e-3", "--input", "file=other.txt")
    #expect(run.status == 0, "\(run.errors)")
    // Since then the workflow has changed, and its results are somebody's.
    try engine.workflow(Self.workflow.replacing("cat \"$file\"", with: "false"))
    try engine.work.write("results/again/second.txt", "mine")
    let result = try engine.flow("rerun")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("identical: all 2 steps have the results that run "))
    #expect(result.errors.contains("second  done"), "nothing was reused")
    #expect(try engine.work.read("results/again/second.txt") == "mine")
    #expect(!engine.work.exists(".flow/reruns/\(try latest())"))
    #expect(try JSON(parsing: engine.flow("log", "--json").output).array?.count == 1)
  }

  @Test func inputsThatChangedAreNamedBeforeAnythingRuns() throws {
    #expect(try engine.run().status == 0)
    try engine.work.write("input.txt", "two\n")
    let result = try engine.flow("rerun")
    #expect(result.status == 2)
    #expect(result.errors.contains("/input.txt is "))
    #expect(result.errors.contains("an input is not what run \(try latest()) had read"))
    #expect(!result.errors.contains("started"))

    let anyway = try engine.flow("rerun", "--changed-inputs")
    #expect(anyway.status == 1)
    #expect(anyway.output.contains("first  different\n    input 'file'  "))
    #expect(engine.work.exists(".flow/reruns/\(try latest())/flow.db"))

    #expect(try engine.flow("clean", "--keep", "0").status == 0)
    #expect(!engine.work.exists(".flow/reruns"))
    try Path.remove(engine.work.at("input.txt"))
    #expect(try engine.flow("rerun").errors.contains("/input.txt is not there; it was "))
  }

  @Test func theFirstStepThatDiffersIsShown() throws {
    let workflow = Self.workflow.replacing("cat \"$file\" >", with: "date +%N >")
    try engine.workflow(workflow)
    #expect(try engine.run().status == 0)
    let result = try engine.flow("rerun")
    #expect(result.status == 1)
    #expect(result.output.contains("first  unstable\n    output 'text'  "))
    #expect(result.output.hasSuffix("and 1 step more\n"))
    let object = try JSON(parsing: engine.flow("rerun", "--json").output)
    #expect(object["identical"] == false)
  }

  @Test func aChangedPluginIsNamedAndItsResultsAreCompared() throws {
    #expect(try engine.run().status == 0)
    let library = engine.work.at("plugins/libprobe.so")
    try WholeFile.write(try Path.read(library) + [0], to: library)
    let result = try engine.flow("rerun")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("the library of plugin 'probe' is "))
    #expect(result.output.hasPrefix("identical"))
  }

  @Test func aDirectoryOfOnesOwnIsKeptAndReused() throws {
    #expect(try engine.run().status == 0)
    #expect(try engine.flow("rerun", "--into", "mine").status == 0)
    #expect(engine.work.exists("mine/flow.db"))
    let again = try engine.flow("rerun", "--into", "mine")
    #expect(again.status == 0)
    #expect(!again.errors.contains("started"))
  }

  /// A result is not compared with itself.
  @Test func whatWasNotRunAgainIsSaid() throws {
    #expect(try engine.run().status == 0)
    let own = try engine.flow("rerun", "--into", "./.flow")
    #expect(own.status == 2)
    #expect(own.errors.contains("they would be compared with themselves"))
    #expect(try !engine.flow("rerun", "--into", "own").errors.contains("not run again"))
    #expect(
      try engine.flow("rerun", "--into", "own").errors.contains(
        "2 of 2 steps were not run again: own had their results"))
  }

  @Test func aRunThatHasNotEndedIsNotCompared() throws {
    try engine.workflow(
      """
      flow: 1
      name: unended
      steps: {slow: {shell: 'sleep 60; echo > "$out"', outputs: {out: out.txt}}}
      """)
    for (signal, state) in [(SIGINT, "was stopped"), (SIGKILL, "was killed")] {
      let running = try engine.start()
      for _ in 0..<400 where !running.errorsSoFar.contains("slow  started") { usleep(25_000) }
      let early = try engine.flow("rerun")
      #expect(early.status == 2)
      #expect(early.errors.contains("is still going on: there is nothing yet to compare with"))
      running.kill(signal)
      _ = try running.wait()
      let late = try engine.flow("rerun")
      #expect(late.status == 2)
      #expect(late.errors.contains("\(state) before it had ended"), "\(late.errors)")
    }
    #expect(!engine.work.exists(".flow/reruns"))
  }

  @Test func whatTheWorkflowUsedNeedNotBeThereHoweverItsPathWasWritten() throws {
    try engine.work.write("samples.csv", "name\na\nb\n")
    try engine.work.write(
      "lib/inner.yaml",
      """
      flow: 1
      name: inner
      steps: {it: {foreach: {s: {table: ../samples.csv}}, shell: echo x > "$text", outputs: {text: t.txt}}}
      """)
    try Path.createDirectory(engine.work.at("sub"))
    try engine.workflow(
      """
      flow: 1
      name: outer
      steps: {in: {use: ./sub/../lib/inner.yaml}}
      """)
    #expect(try engine.run().status == 0)
    for name in ["lib", "sub", "samples.csv"] { try Path.remove(engine.work.at(name)) }
    let result = try engine.flow("rerun")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("identical: all 2 steps"))
    #expect(!result.errors.contains("were not run again"), "two of one content are run once")
  }

  private func latest() throws -> String { try #require(engine.latestRun()["id"]?.string) }
}
