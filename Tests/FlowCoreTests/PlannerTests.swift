import Files
import FlowTesting
import Testing

@testable import FlowCore

/// What a plan is made of, and the mistakes that it must find before anything runs.
@Suite struct PlannerTests {
  let planning: PlanningDirectory

  init() throws { planning = try PlanningDirectory() }

  private func plan(_ text: String) throws -> Plan { try planning.plan(text) }

  private func problems(_ text: String) -> String { planning.problems(text) }

  // MARK: Size

  @Test func combinationsAreCountedBeforeTheyAreMade() {
    let values = (0..<40_000).map(String.init).joined(separator: ", ")
    let text = problems(
      "steps: {a: {use: tool/make, foreach: {x: [\(values)], y: [\(values)]}}}")
    #expect(text.contains("'foreach' makes more than 100,000 tasks"))
  }

  @Test func gatheringTooMuchIsRefused() {
    let values = (0..<2_000).map(String.init).joined(separator: ", ")
    let text = problems(
      """
      steps:
        a: {use: tool/make, foreach: {x: [\(values)]}}
        b: {use: tool/make, foreach: {y: [\(values)]}, inputs: {files: $steps.a.text}}
      """)
    #expect(text.contains("name more than 1,000,000 files"))
  }

  @Test func instancesOfTheSameValuesAreMatched() throws {
    let plan = try plan(
      """
      steps:
        a: {use: tool/make, foreach: {x: [1, 2], y: [p, q]}}
        b: {use: tool/make, foreach: {y: [q, p], z: [1]}, inputs: {files: $steps.a.text}}
      """)
    #expect(plan.tasks.map(\.id).suffix(2) == ["b[y=q,z=1]", "b[y=p,z=1]"])
    let needs = plan.tasks.suffix(2).map { $0.needs.map { plan.tasks[$0].id } }
    #expect(needs == [["a[x=1,y=q]", "a[x=2,y=q]"], ["a[x=1,y=p]", "a[x=2,y=p]"]])
  }

  /// There may be 100,000 of them: what is the same for all is there once, and the rest is small.
  @Test func theTasksOfAStepShareWhatTheyHaveInCommon() throws {
    let plan = try plan(
      """
      steps:
        a: {use: tool/make, foreach: {x: [1, 2, 3]}, resources: {memory: 1 GB}}
        b: {use: tool/make}
        c: {use: tool/make}
      """)
    let tasks = plan.tasks.map(\.shared)
    #expect(tasks[0] === tasks[1] && tasks[0] === tasks[2])
    #expect(tasks[0] !== tasks[3] && tasks[3] !== tasks[4])
    #expect(tasks[0].declaration === tasks[3].declaration)
    #expect(tasks[3].policy === tasks[4].policy)
    #expect(
      plan.tasks.map(\.resources.memory)
        == [1, 1, 1, nil, nil].map { $0.map { $0 * 1_000_000_000 } })
    #expect(MemoryLayout<Plan.Task>.size <= 128)
    #expect(MemoryLayout<Workflow.Step>.size <= 256)
  }

  @Test func aLongChainBackwardsInTheFileIsOrdered() throws {
    let count = 2_000
    let steps = (0..<count).map { step in
      let inputs = step == count - 1 ? "" : ", inputs: {files: $steps.s\(step + 1).text}"
      return "  s\(step): {use: tool/make\(inputs)}\n"
    }
    let plan = try plan("steps:\n" + steps.joined())
    #expect(plan.tasks.map(\.step) == (0..<count).reversed().map { "s\($0)" })
  }

  @Test func onlyTheCircleIsNamedAndNotWhatFollowsIt() {
    let text = problems(
      """
      steps:
        after: {use: tool/make, inputs: {files: $steps.a.text}}
        a: {use: tool/make, inputs: {files: $steps.b.text}}
        b: {use: tool/make, inputs: {files: $steps.a.text}}
      """)
    #expect(text.contains("5:3: steps need each other in a circle: 'a', 'b'"), "\(text)")
  }

  // MARK: Results

  @Test(arguments: [
    ("foreach: {x: [a/b, a_b]}", "two results would have the path 'r/x=a_b/text.txt'"),
    ("foreach: {x: [1, 1.0]}", "'foreach' gives 'x' the value 1 twice"),
    ("foreach: {x: [1, \"1\"]}", "'foreach' gives 'x' the value 1 twice"),
    (
      "foreach: {x: [a, \(String(repeating: "b", count: 254))]}",
      "has more than 255 bytes"
    ),
  ])
  func everyResultHasAPathOfItsOwn(_ axes: String, _ message: String) {
    let text = problems("steps: {a: {use: tool/make, \(axes)}}\noutputs: {r: $steps.a.text}")
    #expect(text.contains(message), "\(text)")
    #expect(text.contains("fix: "))
  }

  @Test func controlCharactersStayOutOfFileNames() throws {
    let plan = try plan(
      "steps: {a: {use: tool/make, foreach: {x: [\"a\\e[2J\\n\", b]}}}\noutputs: {r: $steps.a.text}"
    )
    #expect(plan.outputs.map(\.path) == ["r/x=a_[2J_/text.txt", "r/x=b/text.txt"])
  }

  @Test func theReportKeepsItsName() {
    let text = problems("steps: {a: {use: tool/make}}\noutputs: {report.html: $steps.a.text}")
    #expect(text.contains("4:11: the result's name 'report.html' is that of the run's report"))
  }

  // MARK: Values and files

  @Test(arguments: [
    ("{files: folder}", "a file is wanted here, and"),
    ("{folder: file.txt}", "a directory is wanted here, and"),
    ("{files: $inputs.folder}", "a file is wanted here, and"),
    ("{folder: $inputs.file}", "a directory is wanted here, and"),
    ("{files: $inputs.folder/none.txt}", "there is no file"),
    ("{files: \"${params.path}\"}", "a file is wanted here, and"),
  ])
  func filesAndDirectoriesAreNotMistakenForEachOther(_ inputs: String, _ message: String) {
    let text = problems(
      """
      inputs: {file: file.txt, folder: folder}
      params: {path: {type: string, default: folder, help: A path.}}
      steps: {a: {use: tool/make, inputs: \(inputs)}}
      """)
    #expect(text.contains("workflow.yaml:5:"), "\(text)")
    #expect(text.contains(message), "\(text)")
    #expect(text.split(separator: "\n").count { $0.contains("workflow.yaml:") } == 1, "said once")
  }

  @Test func aFileInsideAnInputIsFound() throws {
    let plan = try plan(
      """
      inputs: {folder: folder}
      steps: {a: {use: tool/make, inputs: {files: $inputs.folder/inner.txt, folder: folder}}}
      """)
    #expect(plan.tasks[0].inputs.flatMap(\.sources).count == 2)
  }

  @Test(arguments: ["null", "~", "$params.unset"])
  func aRequiredParameterNeedsAValue(_ value: String) {
    let text = problems(
      """
      params: {unset: {type: string, optional: true, help: A name.}}
      steps: {a: {use: tool/name, with: {name: \(value)}}}
      """)
    #expect(text.contains("'name' of tool/name needs a value, and gets none here"), "\(text)")
  }

  @Test(arguments: ["007", "+5", "True", "1.50", "1e400", "0x10"])
  func textKeepsItsForm(_ value: String) throws {
    let plan = try plan(
      """
      params: {p: {type: string, default: \(value), help: Text.}}
      steps: {a: {use: tool/make, with: {text: \(value), names: [\(value), $params.p]}}}
      """)
    #expect(plan.tasks[0].parameters["text"] == .string(value))
    #expect(plan.tasks[0].parameters["names"] == [.string(value), .string(value)])
  }

  @Test func aNumberTooLargeIsShownAsWritten() {
    let text = problems("steps: {a: {use: tool/make, with: {number: 1e400}}}")
    #expect(text.contains("parameter 'number' of tool/make is a number, not \"1e400\""), "\(text)")
  }

  @Test func nothingHoldsANUL() {
    #expect(
      problems("steps: {a: {use: tool/make, with: {text: \"a\\0b\"}}}")
        .contains("3:42: NUL characters are not allowed"))
    let type = ParameterType.list(of: .string)
    let parameter = Manifest.Parameter(
      name: "names", type: type, defaultValue: nil, isRequired: false, minimum: nil, maximum: nil,
      choices: [], unit: nil, help: "")
    let value = type.value(fromText: "[\"a\\u0000\"]")
    #expect(value.flatMap { parameter.objection(to: $0) } == "must not hold NUL characters")
  }
}
