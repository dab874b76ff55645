import Testing

@testable import FlowCore

/// Steps that run over what other steps make: placeholders first, tasks when it is made.
@Suite struct AwaitedTasksTests {
  let planning: PlanningDirectory

  init() throws {
    planning = try PlanningDirectory()
    for name in ["b.bed", "a.bed", "c.txt", "sub/d.bed"] { try planning.write("made/\(name)", "x") }
    try planning.write("table/table.csv", "name,count\none,1\ntwo,2\n")
  }

  private let split = """
      split:
        shell: mkdir "$parts"
        outputs: {parts: {path: parts, type: directory}, table: table.csv}

    """

  private var made: [String: [String: String]] {
    [
      "split": [
        "parts": planning.directory.at("made"), "table": planning.directory.at("table/table.csv"),
      ]
    ]
  }

  @Test func aPlaceholderStandsForTasksUntilTheirFilesAreMade() throws {
    let plan = try planning.plan(
      """
      steps:
      \(split)  count:
          foreach: {part: {files: $steps.split.parts/*.bed}}
          use: tool/take
          inputs: {file: $each.part}
        stats:
          foreach: {part: {files: $steps.split.parts/*.bed}}
          use: tool/make
          inputs: {files: [$steps.count.text, "${each.part}.idx"]}
          with: {text: $each.part.name}
        all: {use: tool/make, inputs: {files: $steps.stats.text}}
      outputs: {texts: $steps.stats.text}
      """)
    #expect(plan.ids == ["split", "count[part=*]", "stats[part=*]", "all"])
    #expect(plan.tasks.map(\.isAwaiting) == [false, true, true, false])
    #expect(plan.tasks.map(\.isSettled) == [true, false, false, false])
    #expect(plan.tasks.map(\.needs) == [[], [0], [0], [2]])

    let longer = try plan.unrolled(over: made)
    #expect(
      longer.ids == [
        "split", "count[part=a]", "count[part=b]", "stats[part=a]", "stats[part=b]", "all",
      ])
    #expect(longer.tasks.allSatisfy { $0.isSettled && !$0.isAwaiting })
    #expect(longer.sources(of: "file", "count[part=b]") == ["split.parts/b.bed"])
    #expect(
      longer.sources(of: "files", "stats[part=a]")
        == ["count[part=a].text", "split.parts/a.bed.idx"])
    #expect(longer.task("stats[part=b]")?.parameters["text"] == "b")
    #expect(longer.sources(of: "files", "all") == ["stats[part=a].text", "stats[part=b].text"])
    #expect(longer.outputs.map(\.path) == ["texts/part=a/text.txt", "texts/part=b/text.txt"])
  }

  @Test func aTableThatIsMadeGivesRows() throws {
    let plan = try planning.plan(
      """
      steps:
      \(split)  row:
          foreach: {row: {table: $steps.split.table}}
          use: tool/make
          with: {text: $each.row.name, count: $each.row.count}
      """)
    let longer = try plan.unrolled(over: made)
    #expect(longer.ids == ["split", "row[row=one]", "row[row=two]"])
    #expect(longer.task("row[row=two]")?.parameters["count"] == 2)
    #expect(longer.task("row[row=two]")?.needs == [0], "it is there because of the table")
  }

  @Test func eachTaskOfASplitIsFollowedByItself() throws {
    let plan = try planning.plan(
      """
      steps:
        split:
          foreach: {sample: [s, t]}
          with: {sample: $each.sample}
          shell: mkdir "$parts"
          outputs: {parts: {path: parts, type: directory}}
        count:
          foreach: {sample: [s, t], part: {files: $steps.split.parts/*.bed}}
          use: tool/take
          inputs: {file: $each.part}
        join:
          foreach: {sample: [s, t]}
          use: tool/make
          inputs: {files: $steps.count.text}
      """)
    let one = try plan.unrolled(
      over: ["split[sample=t]": ["parts": planning.directory.at("made")]])
    #expect(
      one.ids == [
        "split[sample=s]", "split[sample=t]", "count[sample=s,part=*]", "count[sample=t,part=a]",
        "count[sample=t,part=b]", "join[sample=s]", "join[sample=t]",
      ])
    #expect(one.task("join[sample=s]")?.isSettled == false)
    #expect(one.task("join[sample=t]")?.isSettled == true)
    let both = try one.unrolled(
      over: ["split[sample=s]": ["parts": planning.directory.at("made/sub")]])
    #expect(
      both.task("join[sample=s]")?.needs.map { both.tasks[$0].id } == ["count[sample=s,part=d]"])
    #expect(both.isAwaiting == false)
  }

  @Test func aNestedWorkflowRunsOverWhatItIsGiven() throws {
    try planning.write(
      "inner.yaml",
      """
      flow: 1
      name: inner
      inputs: {parts: {help: Parts.}}
      steps:
        take:
          foreach: {part: {files: $inputs.parts/*.bed}}
          use: tool/take
          inputs: {file: $each.part}
      outputs: {texts: $steps.take.text}
      """)
    let plan = try planning.plan(
      """
      steps:
      \(split)  qc: {use: ./inner.yaml, inputs: {parts: $steps.split.parts}}
        all: {use: tool/make, inputs: {files: $steps.qc.texts}}
      """)
    #expect(plan.ids == ["split", "qc/take[part=*]", "all"])
    let longer = try plan.unrolled(over: made)
    #expect(longer.ids == ["split", "qc/take[part=a]", "qc/take[part=b]", "all"])
    #expect(longer.sources(of: "file", "qc/take[part=a]") == ["split.parts/a.bed"])
  }

  @Test func nothingToRunOverIsNoMistake() throws {
    let plan = try planning.plan(
      """
      steps:
      \(split)  count:
          foreach: {part: {files: $steps.split.parts/*.gz}}
          use: tool/take
          inputs: {file: $each.part}
      """)
    let longer = try plan.unrolled(over: made)
    #expect(longer.ids == ["split", "count[part=*]"])
    #expect(
      longer.task("count[part=*]")?.unwanted
        == "nothing to run over: no file matches '*.gz' in 'parts' of 'split'")
  }

  @Test func mistakesAreFoundBeforeAnythingRuns() throws {
    func problems(_ axis: String, _ more: String = "") -> String {
      planning.problems(
        """
        steps:
        \(split)  count:
            foreach: {part: \(axis)}
            use: tool/take
            inputs: {file: $each.part}
        \(more)
        """)
    }
    #expect(
      problems("{files: $steps.split.parts}").contains(
        "workflow.yaml:8:29: 'foreach' over 'part' needs a pattern with '*' or '?' inside what a step makes"
      ))
    #expect(problems("{files: $steps.splitt.parts/*}").contains("did you mean 'split'?"))
    #expect(problems("{files: $steps.split.table/*}").contains("is a file, nothing is inside it"))
    #expect(problems("{files: $steps.count.text/*}").contains("needs its own output"))
    #expect(
      planning.problems(
        """
        steps:
          split:
            foreach: {sample: [s, t]}
            shell: mkdir "$parts"
            outputs: {parts: {path: parts, type: directory}}
          count:
            foreach: {part: {files: $steps.split.parts/*}}
            use: tool/take
            inputs: {file: $each.part}
        """
      ).contains("takes what one task makes, and here 2 do"))
  }

  @Test func mistakesInWhatIsMadeNameTheFile() throws {
    let plan = try planning.plan(
      """
      steps:
      \(split)  row:
          foreach: {row: {table: $steps.split.table}}
          use: tool/make
          with: {count: $each.row.count}
      """)
    try planning.write("table/table.csv", "name,count\none,many\n")
    #expect {
      _ = try plan.unrolled(over: made)
    } throws: { error in
      "\(error)".contains("parameter 'count' of tool/make is an integer, not \"many\"")
    }
  }
}
