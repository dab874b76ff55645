import Files
import Testing

@testable import FlowCore

/// The published schema, and that a check finds all mistakes in one go.
@Suite struct WorkflowSchemaTests {
  private static let published = "docs/workflow.schema.json"

  @Test func thePublishedSchemaIsThatOfTheParser() throws {
    let root = Path.parent(Path.parent(Path.parent(#filePath)))
    let text = try Path.readText("\(root)/\(Self.published)")
    #expect(
      text == WorkflowSchema.json.prettyText,
      "write it anew: flow schema > \(Self.published)")
  }

  @Test func everyReferenceOfTheSchemaIsDefined() {
    let schema = WorkflowSchema.json
    var open: [JSON] = [schema]
    var count = 0
    while let next = open.popLast() {
      switch next {
      case .object(let object):
        if case .string(let reference)? = object["$ref"] {
          count += 1
          let name = String(reference.dropFirst("#/$defs/".count))
          #expect(schema["$defs"]?[name] != nil, "\(reference)")
        }
        open += object.values
      case .array(let list): open += list
      default: break
      }
    }
    #expect(count > 10)
  }

  @Test func mistakesOfFormAndOfMeaningAreFoundInOneGo() throws {
    let planning = try PlanningDirectory()
    let text = planning.problems(
      """
      outptus: {}
      params: {n: {type: intger, default: 1, help: N.}}
      steps:
        a: {use: tool/mke, with: {text: $params.m}}
        b: {use: tool/make, retries: 99, with: {number: many, tex: 1}, retries: 1}
        c: {use: tool/make, inputs: {files: [$steps.a.text, none.txt, $steps.d.text]}}
        d: {use: tool/make, foreach: {k: [1, 2]}, with: {count: $each.k, number: "${each.k}x"}}
      outputs: {x: $steps.b.txt, y: $steps.c.text}
      """)
    for message in [
      "3:1: the workflow has no field 'outptus'\n  fix: did you mean 'outputs'?",
      "4:13: unknown type 'intger'", "6:12: ", "6:35: the workflow has no parameter 'm'",
      "7:32: 'retries' must be 0 to 10", "7:51: parameter 'number' of tool/make is a number",
      "7:66: 'retries' stands here twice, first in line 7",
      "7:57: tool/make has no parameter 'tex'", "8:55: there is no file none.txt",
      "9:76: parameter 'number' of tool/make is a number", "10:14: step 'b' has no output 'txt'",
    ] {
      #expect(text.contains(message), "\(message) is not in:\n\(text)")
    }
  }

  @Test func aMistakeIsSaidOnceAndNoneFollowsFromAnother() throws {
    let planning = try PlanningDirectory()
    let text = planning.problems(
      """
      steps:
        a: {use: tool/make, foreach: {k: [1, 2, 3]}, with: {number: x}}
        b: {use: tool/take, foreach: {k: [1, 2, 3]}, inputs: {file: $steps.a.text}}
        c: {use: tool/take, inputs: {file: $steps.d.text}}
        d: {use: tool/take, inputs: {file: $steps.c.text}}
      outputs: {b: $steps.b.text, c: $steps.c.text}
      """)
    #expect(text.split(separator: "\n").count == 2, "\(text)")
    #expect(text.contains("steps need each other in a circle: 'c', 'd'"))
  }
}
