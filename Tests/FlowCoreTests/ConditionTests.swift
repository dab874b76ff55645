import Testing

@testable import FlowCore

/// `when:` as far as the plan knows it.
@Suite struct ConditionTests {
  let planning: PlanningDirectory

  init() throws { planning = try PlanningDirectory() }

  private static let parameters = """
    params:
      call: {type: boolean, default: false, help: Whether to call.}
      mode: {type: string, default: fast, choices: [fast, exact], help: How.}
      count: {type: integer, default: 2, help: How many.}
      list: {type: list, of: string, default: [], help: A list.}

    """

  @Test(arguments: [
    ("$params.call", "not wanted: params.call is false, not true"),
    ("{$params.call: false}", nil),
    ("{$params.mode: exact}", "not wanted: params.mode is fast, not exact"),
    ("{$params.mode: [fast, exact]}", nil),
    ("{$params.count: [1, 2]}", nil),
    ("{$params.mode: fast, $params.call: true}", "not wanted: params.call is false, not true"),
    ("[$params.call, {$params.mode: fast}]", "not wanted: params.call is false, not true"),
  ])
  func aStepIsWantedIfAllHolds(_ condition: String, _ reason: String?) throws {
    let plan = try planning.plan(
      Self.parameters + "steps: {a: {use: tool/make, when: \(condition)}}")
    #expect(plan.tasks[0].unwanted == reason)
  }

  @Test func instancesAreWantedOneByOne() throws {
    let plan = try planning.plan(
      "steps: {a: {use: tool/make, foreach: {k: [1, 2, 3]}, when: {$each.k: [1, 3]}}}")
    #expect(plan.tasks.map { $0.unwanted == nil } == [true, false, true])
  }

  @Test func whatIsNotWantedWaitsForNothing() throws {
    let plan = try planning.plan(
      Self.parameters + """
        steps:
          a: {use: tool/make}
          b: {use: tool/make, when: $params.call, inputs: {files: $steps.a.text}}
        """)
    #expect(plan.tasks[1].needs == [])
  }

  @Test func anOptionalOutputIsAskedForWhenItsStepHasRun() throws {
    let plan = try planning.plan(
      """
      steps:
        b: {use: tool/make, when: $steps.a.extra}
        a: {use: tool/make}
      """)
    #expect(plan.ids == ["a", "b"], "the condition is an edge")
    #expect(plan.tasks[1].needs == [0])
    #expect(plan.tasks[1].conditions == [[.output(task: 0, name: "extra", subpath: nil)]])
  }

  @Test(arguments: [
    ("$params.mod", "did you mean 'mode'?"),
    ("$params.count", "'count' is an integer, and is neither true nor false"),
    ("$params.list", "'when' compares single values, and 'list' is a list"),
    ("{$params.mode: exat}", "'mode' is never exat\n  fix: did you mean 'exact'?"),
    ("{$params.mode: $params.call}", "'when' compares with values, not with references"),
    ("{$steps.a.text: true}", "an output is there or not; it has no value"),
    ("$steps.none.text", "there is no step 'none'"),
    ("$steps.b.text", "step 'b' needs its own output"),
    ("$inputs.x", "'when' cannot ask for '$inputs.x'"),
    ("yes", "'when' needs a reference here"),
  ])
  func mistakesAreExplained(_ condition: String, _ message: String) {
    let text = planning.problems(
      Self.parameters + "steps: {a: {use: tool/make}, b: {use: tool/make, when: \(condition)}}")
    #expect(text.contains("workflow.yaml:8:"), "\(text)")
    #expect(text.contains(message), "\(text)")
  }
}
