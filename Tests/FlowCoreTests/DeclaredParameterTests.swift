import Files
import Testing

@testable import FlowCore

/// How the parameters of a workflow are declared.
@Suite struct DeclaredParameterTests {
  @Test(arguments: [
    ("integers", "write {type: list, of: integer}"),
    ("list of str", "write {type: list, of: string}"),
    ("list[float]", "write {type: list, of: number}"),
    ("bool[]", "write {type: list, of: boolean}"),
    ("array", "write {type: list, of: string}"), ("Int", "did you mean 'integer'?"),
    ("double", "did you mean 'number'?"), ("strng", "did you mean 'string'?"),
    ("path", "files and directories are declared under 'inputs:'"),
    ("quux", "known are: boolean, integer, list, number, string"),
  ])
  func aTypeOfOtherLanguagesIsTranslated(_ name: String, _ fix: String) {
    #expect(ParameterType.fix(for: name) == fix)
  }

  private func problems(_ parameter: String) throws -> [String] {
    let text = """
      flow: 1
      name: types
      params:
        p: \(parameter)
      steps:
        s: {foreach: {x: $params.p}, shell: x, outputs: {o: o}}
      """
    return try WorkflowParser.read(text: text, file: "w.yaml").1.map { "\($0)" }
  }

  @Test func aWorkflowNeedNotSayWhatAParameterIs() throws {
    #expect(try problems("{type: list, of: integer, default: [1, 2]}").isEmpty)
    let workflow = try WorkflowParser.parse(
      text:
        "flow: 1\nname: w\nparams: {n: {type: integer, required: true}}\nsteps: {s: {shell: x}}",
      file: "w.yaml")
    #expect(workflow.parameters[0].described == "integer")
  }

  /// One mistake is one message: what follows from it is not told.
  @Test(arguments: [
    "{type: integers, default: [1]}", "{type: list, of: int, default: [1]}", "[1, 2]",
  ])
  func aWrongTypeIsOneMistake(_ parameter: String) throws {
    #expect(try problems(parameter).count == 1)
  }
}
