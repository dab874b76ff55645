import Files
import FlowTesting
import Testing

/// `flow why` and `flow run --dry-run` beside the scenarios of reuse.
@Suite struct WhyTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.workflow(Self.workflow)
  }

  /// `dated` is not decided by its key.
  static let workflow = """
    flow: 1
    name: why
    params: {word: {type: string, default: one, help: A word.}}
    steps:
      first:
        shell: echo "$word" > "$text"
        with: {word: $params.word}
        outputs: {text: text.txt}
      middle: {shell: cat "$file" > "$text", inputs: {file: $steps.first.text}, outputs: {text: text.txt}}
      last: {shell: wc -c < "$file" > "$text", inputs: {file: $steps.middle.text}, outputs: {text: text.txt}}
      dated: {shell: date +%N > "$text", outputs: {text: text.txt}}
      after: {shell: cat "$file" > "$text", inputs: {file: $steps.dated.text}, outputs: {text: text.txt}}
    """

  @Test func aDryRunWritesNothingNotEvenAStateDirectory() throws {
    let result = try engine.run("--dry-run")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output == """
        first   run   never run before
        dated   run   never run before
        middle  wait  after first
        after   wait  after dated
        last    wait  after middle
        2 to run, 3 after those; nothing was run

        """)
    #expect(!engine.work.exists(".flow"))
    #expect(!engine.work.exists("results"))

    #expect(try engine.run().status == 0)
    let before = try Path.read(engine.work.at(".flow/flow.db"))
    #expect(try engine.run("--dry-run", "--set", "word=two").output.contains("one → two"))
    #expect(try Path.read(engine.work.at(".flow/flow.db")) == before)
    #expect(try engine.flow("log", "--json").output.contains("\"why\""), "one run, and no other")
    #expect(try JSON(parsing: engine.flow("log", "--json").output).array?.count == 1)
  }

  @Test func aChangeIsFollowedBackToItsCause() throws {
    #expect(try engine.run().status == 0)
    #expect(try engine.run("--set", "word=two").status == 0)
    let object = try JSON(parsing: engine.flow("why", "last", "--json").output)
    #expect(object["reason"]?.string == "changed")
    #expect(object["summary"]?.string == "first: parameter 'word' one → two")
    let changes = object["changes"]?.array ?? []
    #expect(changes.map { $0["step"]?.string } == ["last", "middle", "first"])
    let cause = changes.last?["differences"]?.array?.first
    #expect(cause?["part"]?.string == "parameter")
    #expect(cause?["old"]?.string == "one")
    #expect(cause?["new"]?.string == "two")

    // The run before it is still explained as it was.
    #expect(
      try engine.flow("why", "last", "--run", "latest~1").output.contains(
        "nothing of this name was run before"))
    #expect(
      try engine.flow("log", "latest").output.contains("first: parameter 'word' one → two"))
  }

  @Test func askedAboutNowItGoesBackThroughWhatWaits() throws {
    #expect(try engine.run().status == 0)
    let result = try engine.flow("why", "workflow.yaml", "last", "--set", "word=two")
    #expect(result.output.contains("last  shell  waits"), "\(result.errors)")
    #expect(result.output.contains("parameter 'word'  one → two"))
    #expect(
      try engine.flow("why", "workflow.yaml", "last").output.contains("last  shell  up to date"))
  }

  @Test func theMostSimilarOfEarlierRunsIsCompared() throws {
    #expect(try engine.run("--set", "word=one").status == 0)
    #expect(try engine.run("--set", "word=two").status == 0)
    try engine.workflow(Self.workflow.replacing("echo \"$word\"", with: "echo $word"))
    #expect(try engine.run("--set", "word=one").status == 0)
    let why = try engine.flow("why", "first").output
    #expect(why.contains("its key is not that of run \(try run(2)):"))
    #expect(!why.contains("parameter"))
  }

  @Test func aStepThatComesOutDifferentIsFoundOut() throws {
    #expect(try engine.run().status == 0)
    let steps = try engine.latestRun()["steps"]?.array ?? []
    let dated = try #require(steps.first { $0["name"]?.string == "dated" })
    let path = try #require(dated["outputs"]?.array?.first?["path"]?.string)
    try Path.remove(engine.work.at(".flow/\(path)"))
    #expect(try engine.run().status == 0)
    let why = try engine.flow("why", "after").output
    #expect(why.contains("of dated, which was made again"))
    #expect(why.contains("came out different, though nothing that decides it had changed"))
    let diff = try engine.flow("diff")
    #expect(diff.status == 1)
    #expect(diff.output.contains("dated  unstable"))
  }

  @Test func ofADirectoryTheFileThatChangedIsNamed() throws {
    try engine.workflow(
      """
      flow: 1
      name: tree
      inputs: {folder: folder}
      steps:
        it: {shell: cat "$folder"/*/* > "$text", inputs: {folder: $inputs.folder}, outputs: {text: text.txt}}
      """)
    try engine.work.write("folder/in/a.txt", "a\n")
    try engine.work.write("folder/in/b.txt", "b\n")
    #expect(try engine.run().status == 0)
    try engine.work.write("folder/in/b.txt", "B\n")
    try engine.work.write("folder/in/c.txt", "c\n")
    let expected = [
      "      in/b.txt  \(hash("b\n")) → \(hash("B\n"))", "      in/c.txt  (none) → \(hash("c\n"))",
    ].joined(separator: "\n")
    #expect(try engine.flow("why", "workflow.yaml", "it").output.contains(expected))
    #expect(try engine.run().status == 0)
    #expect(try engine.flow("why", "it").output.contains(expected))
  }

  private func hash(_ text: String) -> String {
    String(StreamingHash.sha256(of: text).prefix(12))
  }

  @Test func aStepWhoseNameIsNotKnownIsHelpedFor() throws {
    #expect(try engine.run().status == 0)
    #expect(try engine.flow("why", "lst").errors.contains("did you mean 'last'?"))
    #expect(try engine.flow("why", "workflow.yaml", "lst").errors.contains("did you mean 'last'?"))
    #expect(try engine.flow("why", "last", "--run", "latest~9").errors.contains("there is no run"))
    let both = try engine.flow("why", "workflow.yaml", "last", "--run", "latest")
    #expect(both.errors.contains("--run asks about the past"))
  }

  @Test func theLogIsFilteredByStatusAndTime() throws {
    #expect(try engine.run().status == 0)
    try engine.workflow(Self.workflow.replacing("date +%N", with: "false"))
    #expect(try engine.run().status == 1)
    #expect(try lines("log", "--status", "failed") == 1)
    #expect(try lines("log", "--since", "1h") == 2)
    #expect(try lines("log", "--since", "2100-01-01") == 0)
    #expect(
      try engine.flow("log", "latest", "--status", "failed,skipped").output.contains("skipped"))
    #expect(try engine.flow("log", "--status", "well").errors.contains("there is no status 'well'"))
    #expect(try engine.flow("log", "--since", "then").errors.contains("--since is 'then'"))
  }

  /// The number of runs that a list shows.
  private func lines(_ arguments: String...) throws -> Int {
    let result = try Built.flow(arguments, in: engine.work.path)
    return result.output.split(separator: "\n").count - 1
  }

  /// The id of a run, the newest being the first.
  private func run(_ number: Int) throws -> String {
    let runs = try JSON(parsing: engine.flow("log", "--json").output).array ?? []
    return try #require(runs[number]["id"]?.string)
  }
}
