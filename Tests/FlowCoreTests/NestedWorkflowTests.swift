import Files
import Testing

@testable import FlowCore

/// Steps that use other workflows.
@Suite struct NestedWorkflowTests {
  let planning: PlanningDirectory

  init() throws {
    planning = try PlanningDirectory()
    try planning.write("data/a.bed", "x")
    try planning.write("data/b.bed", "x")
    try planning.write(
      "parts/qc.yaml",
      """
      flow: 1
      name: qc
      inputs:
        reads: {help: The reads.}
        adapters: adapters.txt
        extra: {optional: true}
      params:
        least: {type: integer, default: 1, min: 0, max: 9, help: Least.}
        lanes: {type: list, of: integer, default: [1, 2], help: Lanes.}
      defaults: {resources: {cpus: 2}}
      steps:
        trim:
          foreach: {lane: $params.lanes}
          use: tool/make
          inputs: {files: [$inputs.reads, $inputs.adapters, $inputs.extra]}
          with: {count: $params.least, text: "lane ${each.lane}"}
        sum:
          use: tool/make
          inputs: {files: $steps.trim.text}
      outputs:
        total: $steps.sum.text
        trimmed: $steps.trim.text
        reads: $inputs.reads
      """)
    try planning.write("parts/adapters.txt", "x")
  }

  @Test func itsStepsBecomeTasksOfThePlan() throws {
    let plan = try planning.plan(
      """
      params: {n: {type: integer, default: 5, help: N.}}
      steps:
        raw: {use: tool/make, foreach: {sample: [a, b]}}
        qc:
          use: ./parts/qc.yaml
          foreach: {sample: [a, b]}
          inputs: {reads: $steps.raw.text}
          with: {least: $params.n}
        one: {use: tool/make, foreach: {sample: [b]}, inputs: {files: $steps.qc.total}}
        all: {use: tool/make, inputs: {files: $steps.qc.trimmed}}
      outputs: {total: $steps.qc.total}
      """)
    #expect(
      Set(plan.ids) == [
        "raw[sample=a]", "raw[sample=b]",
        "qc/trim[sample=a,lane=1]", "qc/trim[sample=a,lane=2]",
        "qc/trim[sample=b,lane=1]", "qc/trim[sample=b,lane=2]",
        "qc/sum[sample=a]", "qc/sum[sample=b]", "all", "one[sample=b]",
      ])
    #expect(
      plan.sources(of: "files", "qc/trim[sample=b,lane=1]")
        == ["raw[sample=b].text", "parts/adapters.txt"])
    #expect(plan.task("qc/trim[sample=b,lane=2]")?.parameters["count"] == 5)
    #expect(plan.task("qc/trim[sample=b,lane=2]")?.parameters["text"] == "lane 2")
    #expect(plan.task("qc/trim[sample=b,lane=2]")?.resources.cpus == 2)
    #expect(
      plan.sources(of: "files", "qc/sum[sample=a]")
        == ["qc/trim[sample=a,lane=1].text", "qc/trim[sample=a,lane=2].text"])
    #expect(plan.sources(of: "files", "one[sample=b]") == ["qc/sum[sample=b].text"])
    #expect(plan.sources(of: "files", "all").count == 4, "what is not matched is gathered")
    #expect(plan.outputs.map(\.path) == ["total/sample=a/text.txt", "total/sample=b/text.txt"])
    #expect(plan.files.map(\.path).map(Path.name) == ["qc.yaml"])
  }

  @Test func anAxisInsideIsNotThatOfTheSameNameOutside() throws {
    let plan = try planning.plan(
      """
      steps:
        qc: {use: ./parts/qc.yaml, inputs: {reads: file.txt}}
        out: {use: tool/make, foreach: {lane: [1, 2]}, inputs: {files: $steps.qc.trimmed}}
      """)
    #expect(plan.sources(of: "files", "out[lane=1]").count == 2, "both lanes, not that of its name")
  }

  @Test func valuesOfTheUserMayDifferFromTaskToTask() throws {
    let plan = try planning.plan(
      """
      steps:
        qc:
          use: ./parts/qc.yaml
          foreach: {run: [{n: 1, file: data/a.bed}, {n: 2, file: data/b.bed}]}
          inputs: {reads: $each.run.file}
          with: {least: $each.run.n, lanes: [$each.run.n]}
      """)
    #expect(plan.ids.first == "qc/trim[run=1,lane=1]")
    #expect(
      plan.ids.contains("qc/trim[run=2,lane=2]") && !plan.ids.contains("qc/trim[run=1,lane=2]"))
    #expect(plan.task("qc/trim[run=2,lane=2]")?.parameters["count"] == 2)
    #expect(plan.sources(of: "files", "qc/trim[run=2,lane=2]").first == "data/b.bed")
  }

  @Test func aWorkflowThatIsNotWantedIsLeftOutWhole() throws {
    let plan = try planning.plan(
      """
      params: {go: {type: boolean, default: false, help: Go.}}
      steps: {qc: {use: ./parts/qc.yaml, when: $params.go, inputs: {reads: file.txt}}}
      """)
    #expect(plan.tasks.allSatisfy { $0.unwanted == "not wanted: params.go is false, not true" })
  }

  @Test func workflowsNestInEachOther() throws {
    try planning.write(
      "outer.yaml",
      """
      flow: 1
      name: outer
      inputs: {file: {help: A file.}}
      steps: {inner: {use: parts/qc.yaml, inputs: {reads: $inputs.file}}}
      outputs: {total: $steps.inner.total}
      """)
    let plan = try planning.plan(
      """
      steps:
        o: {use: ./outer.yaml, inputs: {file: file.txt}}
        end: {use: tool/make, inputs: {files: $steps.o.total}}
      """)
    #expect(plan.ids.contains("o/inner/trim[lane=2]"))
    #expect(plan.sources(of: "files", "o/inner/trim[lane=2]").first == "file.txt")
    #expect(plan.sources(of: "files", "end") == ["o/inner/sum.text"])
  }

  @Test(arguments: [
    ("{use: ./none.yaml}", "there is no workflow none.yaml"),
    ("{use: ./workflow.yaml}", "workflow.yaml uses itself"),
    ("{use: ./parts/qc.yaml}", "step 'q' does not give the input 'reads'"),
    (
      "{use: ./parts/qc.yaml, inputs: {reads: file.txt, read: file.txt}}",
      "./parts/qc.yaml has no input 'read'"
    ),
    (
      "{use: ./parts/qc.yaml, inputs: {reads: file.txt}, with: {leest: 1}}",
      "has no parameter 'leest'\n  fix: did you mean 'least'?"
    ),
    (
      "{use: ./parts/qc.yaml, inputs: {reads: file.txt}, with: {least: 10}}",
      "parameter 'least' of ./parts/qc.yaml must be at most 9, not 10"
    ),
    (
      "{use: ./parts/qc.yaml, inputs: {reads: file.txt}, retries: 1}",
      "a step that uses a workflow has no 'retries'"
    ),
  ])
  func mistakesAreExplained(_ step: String, _ message: String) {
    let text = planning.problems("steps: {q: \(step)}")
    #expect(text.contains(message), "\(text)")
    #expect(text.contains("workflow.yaml:3:"), "\(text)")
  }

  @Test func tooManyUsesAreRefusedOnce() throws {
    for level in 0..<8 {
      let steps = (0..<10).map { "  s\($0): {use: ./l\(level + 1).yaml}\n" }.joined()
      try planning.write("l\(level).yaml", "flow: 1\nname: l\nsteps:\n\(steps)")
    }
    try planning.write("l8.yaml", "flow: 1\nname: l\nsteps: {a: {use: tool/make}}\n")
    let text = planning.problems("steps: {a: {use: ./l0.yaml}}")
    #expect(text.split(separator: "\n").count == 1, "\(text.prefix(500))")
    #expect(text.contains("workflows use each other more than 8 deep or 1000 times in all"))
  }

  @Test func mistakesInsideAreFoundWhereTheyStand() throws {
    try planning.write(
      "bad.yaml",
      "flow: 1\nname: bad\nsteps: {a: {use: tool/make, with: {txt: 1}}}\noutputs: {x: $steps.a.nothing}\n"
    )
    let text = planning.problems(
      "steps: {q: {use: ./bad.yaml}, r: {use: tool/make, inputs: {files: $steps.q.y}}}")
    #expect(text.contains("bad.yaml:3:36: tool/make has no parameter 'txt'"), "\(text)")
    #expect(text.contains("bad.yaml:4:14: step 'a' has no output 'nothing'"), "\(text)")
    #expect(text.contains("workflow.yaml:3:67: step 'q' has no output 'y'"), "\(text)")
  }

  @Test func anOutputThatNoStepMakesIsNone() {
    let text = planning.problems(
      """
      steps:
        q: {use: ./parts/qc.yaml, inputs: {reads: file.txt}}
        r: {use: tool/make, inputs: {files: $steps.q.reads}}
      """)
    #expect(text.contains("the output 'reads' of step 'q' is made by none of its steps"), "\(text)")
  }
}
