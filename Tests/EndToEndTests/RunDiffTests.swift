import Files
import FlowTesting
import Testing

/// `flow diff`: two runs beside each other.
@Suite struct RunDiffTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.work.write("input.txt", "one\n")
    try engine.workflow(Self.workflow)
    #expect(try engine.run().status == 0)
  }

  static let workflow = """
    flow: 1
    name: diff
    inputs: {file: input.txt}
    params: {word: {type: string, default: one, help: A word.}}
    steps:
      count: {shell: wc -l < "$file" > "$text", inputs: {file: $inputs.file}, outputs: {text: text.txt}}
      word: {shell: echo "$word" > "$text", with: {word: $params.word}, outputs: {text: text.txt}}
      after: {shell: cat "$file" > "$text", inputs: {file: $steps.count.text}, outputs: {text: text.txt}}
    """

  @Test func twoEqualRunsAreTheSame() throws {
    #expect(try engine.run().status == 0)
    let result = try engine.flow("diff")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasSuffix("3 same\n"))
  }

  @Test func whatDiffersIsNamedAndWhatCameOutTheSameToo() throws {
    // Another file, and yet as many lines.
    try engine.work.write("input.txt", "two\n")
    #expect(try engine.run("--set", "word=two").status == 0)
    let result = try engine.flow("diff", "latest~1", "latest")
    #expect(result.status == 1)
    #expect(result.output.contains("\nparameter 'word'  one → two\n"))
    #expect(result.output.contains("count  same result\n  input 'file'  "))
    #expect(
      result.output.contains("word  different\n  parameter 'word'  one → two\n  output 'text'  "))
    #expect(result.output.hasSuffix("1 same, 1 same result, 1 different\n"))
  }

  @Test func stepsOfOneRunOnlyAndOtherEndsAreTold() throws {
    try engine.workflow(
      Self.workflow.replacing("word: {shell: echo", with: "said: {shell: echo")
        .replacing("cat \"$file\"", with: "false; cat \"$file\""))
    #expect(try engine.run().status == 1)
    let object = try JSON(parsing: engine.flow("diff", "--json").output)
    let outcomes = Dictionary(
      (object["steps"]?.array ?? []).map { ($0["name"]?.string ?? "", $0["outcome"]?.string ?? "") }
    ) { first, _ in first }
    #expect(
      outcomes == [
        "count": "same", "said": "only after", "word": "only before", "after": "one result",
      ])
    #expect(object["identical"] == false)
    #expect(try engine.flow("diff").output.contains("+     word: ") == false)
    #expect(try engine.flow("diff").output.contains("after  done → failed"))
  }
}
