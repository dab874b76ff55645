import FlowTesting
import Testing

/// Workflows whose tasks are not known before some of them are done.
@Suite struct MadeScatterTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.work.write("genome.txt", "chr1 AC\nchr2 GT\nchr3 TT\n")
    try engine.workflow(
      """
      flow: 1
      name: scatter
      inputs: {genome: genome.txt}
      steps:
        split:
          inputs: {genome: $inputs.genome}
          shell: |
            mkdir "$parts"
            while read -r name bases; do echo "$bases" > "$parts/$name.txt"; done < "$genome"
          outputs: {parts: {path: parts, type: directory}}
        count:
          foreach: {part: {files: $steps.split.parts/chr*.txt}}
          inputs: {part: $each.part}
          with: {name: $each.part.name}
          shell: |
            grep -v X "$part" > "$number"
            echo "$name" >> "$number"
          outputs: {number: number.txt}
        join:
          inputs: {numbers: $steps.count.number}
          shell: cat "${numbers[@]}" > "$all"
          outputs: {all: all.txt}
      outputs: {all.txt: $steps.join.all, numbers: $steps.count.number}
      """)
  }

  @Test func aFileThatChangedIsAloneInBeingRunAgain() throws {
    let first = try engine.run()
    #expect(first.status == 0, "\(first.errors)")
    #expect(try engine.work.read("results/scatter/all.txt") == "AC\n1\nGT\n2\nTT\n3\n")
    #expect(try engine.work.read("results/scatter/numbers/part=2/number.txt") == "GT\n2\n")
    #expect(try engine.run().output.contains("nothing to do: all 5 steps are up to date"))

    try engine.work.write("genome.txt", "chr1 AC\nchr2 GG\nchr4 A\n")
    let dry = try engine.run("--dry-run")
    #expect(dry.output.contains("count[part=*]  wait"), "the files are not known yet")
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("reused") == ["count[part=1]"])
    #expect(try engine.work.read("results/scatter/all.txt") == "AC\n1\nGG\n2\nA\n4\n")
    let known = try engine.run("--dry-run")
    #expect(known.output.contains("count[part=4]  reuse"), "\(known.output)")
    #expect(known.output.contains("5 up to date; nothing was run"))
  }

  @Test func oneFailureLeavesTheOthersTheirResults() throws {
    try engine.work.write("genome.txt", "chr1 AC\nchr2 X\n")
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(try engine.steps("done") == ["count[part=1]", "split"])
    #expect(try engine.steps("failed") == ["count[part=2]"])
    #expect(try engine.steps("skipped") == ["join"])
  }

  @Test func withoutFilesTheStepIsLeftOut() throws {
    try engine.work.write("genome.txt", "other AC\n")
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try engine.steps("skipped") == ["count[part=*]", "join"])
  }

  @Test func aSplitThatFailsLeavesNothingToDo() throws {
    try engine.work.write("genome.txt", "")
    let text = try engine.work.read("workflow.yaml")
    try engine.work.write(
      "workflow.yaml", text.replacing("mkdir \"$parts\"", with: "exit 3"))
    #expect(try engine.run().status == 1)
    #expect(try engine.steps("failed") == ["split"])
    #expect(try engine.steps("skipped") == ["count[part=*]", "join"])
  }

  @Test func aStubTriesTheWires() throws {
    let result = try engine.run("--stub")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("3 of 3 steps run"))
  }
}
