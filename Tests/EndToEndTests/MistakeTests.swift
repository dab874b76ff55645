import Files
import FlowTesting
import Glibc
import Testing

/// A mistake in every kind of place of a workflow file: what is said, and that nothing runs.
@Suite struct MistakeTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  private static let good = """
    flow: 1
    name: mistakes
    inputs:
      file: input.txt
    params:
      count: {type: integer, default: 1, min: 1, max: 5, help: A count.}
    steps:
      one:
        use: probe/write
        inputs: {files: $inputs.file}
        with: {lines: $params.count, text: "n ${params.count}"}
        resources: {cpus: 1, memory: 1 GB, time: 1m}
      two:
        foreach: {n: [1, 2]}
        use: probe/write
        inputs: {files: $steps.one.text}
        with: {text: $each.n}
    outputs:
      two: $steps.two.text
    """

  @Test func theWorkflowWithoutMistakesRuns() throws {
    try engine.work.write("input.txt", "x\n")
    try engine.workflow(Self.good)
    let check = try engine.flow("check", "workflow.yaml")
    #expect(check.output == "workflow.yaml: no mistakes found (3 steps)\n", "\(check.errors)")
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/mistakes/two/n=2/text.txt") == "x\nn 1\n2\n")
  }

  @Test(arguments: [
    ("flow: 1", "flow: 2", "1:1: the workflow's format is 2; this flow reads 1"),
    ("name: mistakes", "nmae: mistakes", "2:1: the workflow has no field 'nmae'"),
    ("name: mistakes", "nmae: mistakes", "fix: did you mean 'name'?"),
    (
      "inputs:\n  file: input.txt", "inputs:\n  file: nowhere.txt", "4:9: input 'file' is not there"
    ),
    ("type: integer", "type: intger", "did you mean 'integer'?"),
    ("type: integer", "type: int", "unknown type 'int'\n  fix: did you mean 'integer'?"),
    ("type: integer", "type: file", "fix: files and directories are declared under 'inputs:'"),
    (
      "{type: integer, default: 1, min: 1, max: 5, help: A count.}", "3",
      "6:10: parameter 'count' must be a mapping, not '3'\n  fix: write {type: integer, default: …}"
    ),
    ("default: 1", "default: 9", "the default must be at most 5"),
    (
      "use: probe/write\n    inputs: {files: $inputs",
      "use: prob/write\n    inputs: {files: $inputs",
      "9:10: there is no plugin 'prob'\n  fix: did you mean 'probe'?"
    ),
    (
      "use: probe/write\n    inputs: {files: $inputs",
      "use: probe/writ\n    inputs: {files: $inputs",
      "plugin 'probe' has no operation 'writ'\n  fix: did you mean 'write'?"
    ),
    (
      "{files: $inputs.file}", "{file: $inputs.file}",
      "10:14: probe/write has no input 'file'\n  fix: did you mean 'files'?"
    ),
    (
      "$inputs.file", "$inputs.flie",
      "10:21: the workflow has no input 'flie'\n  fix: did you mean 'file'?"
    ),
    (
      "$inputs.file", "$input.file",
      "'$input.file' is no reference\n  fix: did you mean '$inputs.…'?"
    ),
    (
      "{lines:", "{line:",
      "11:12: probe/write has no parameter 'line'\n  fix: did you mean 'lines'?"
    ),
    ("lines: $params.count", "lines: $params.cuont", "the workflow has no parameter 'cuont'"),
    (
      "lines: $params.count", "lines: many",
      "parameter 'lines' of probe/write is an integer, not \"many\""
    ),
    ("lines: $params.count", "lines: 5000", "must be at most 1000, not 5000"),
    ("n ${params.count}", "n ${param.count}", "did you mean '$params.…'?"),
    ("n ${params.count}", "n $count", "a '$' in 'n $count' starts no reference"),
    (
      "cpus: 1", "cpu: 1",
      "12:17: the resources of step 'one' has no field 'cpu'\n  fix: did you mean 'cpus'?"
    ),
    ("memory: 1 GB", "memory: lots", "'memory' is 'lots'\n  fix: write for instance '4 GB'"),
    ("time: 1m", "time: 1 minute", "'time' is '1 minute'"),
    ("foreach: {n: [1, 2]}", "foreach: {n: []}", "'foreach' needs at least one value for 'n'"),
    (
      "foreach: {n: [1, 2]}", "forech: {n: [1, 2]}",
      "step 'two' has no field 'forech'\n  fix: did you mean 'foreach'?"
    ),
    (
      "$steps.one.text", "$steps.oen.text",
      "16:21: there is no step 'oen'\n  fix: did you mean 'one'?"
    ),
    (
      "$steps.one.text", "$steps.one.txt",
      "step 'one' has no output 'txt'\n  fix: did you mean 'text'?"
    ),
    ("$steps.one.text", "$steps.two.text", "step 'two' needs its own output"),
    ("$each.n", "$each.m", "there is no 'm' to run over here\n  fix: did you mean 'n'?"),
    (
      "two: $steps.two.text", "two: $steps.tow.text",
      "there is no step 'tow'\n  fix: did you mean 'two'?"
    ),
    ("two: $steps.two.text", "../two: $steps.two.text", "must be a bare, visible file name"),
    (
      "  two:\n    foreach", "  one:\n    foreach", "13:3: 'one' stands here twice, first in line 8"
    ),
    ("two: $steps.two.text", "report.html: $steps.two.text", "is that of the run's report"),
    ("{n: [1, 2]}", "{n: [1, \"1\"]}", "'foreach' gives 'n' the value 1 twice"),
    ("{files: $inputs.file}", "{files: [.]}", "10:22: a file is wanted here, and"),
    ("time: 1m", "time: 20000d", "'time' is '20000d'"),
    ("lines: $params.count", "lines: 1e400", "is an integer, not \"1e400\""),
    ("steps:", "steps: [", "not valid YAML"),
    ("name: mistakes", "name: &a mistakes", "anchors are not allowed here"),
    ("name: mistakes", "name: !!str mistakes", "tags are not allowed here"),
  ])
  func isExplained(_ right: String, _ wrong: String, _ message: String) throws {
    try engine.work.write("input.txt", "x\n")
    #expect(Self.good.contains(right))
    try engine.workflow(Self.good.replacing(right, with: wrong, maxReplacements: 1))
    let result = try engine.run()
    #expect(result.status == 2)
    #expect(result.errors.contains("workflow.yaml:"), "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!engine.work.exists(".flow"), "nothing was run")
  }

  @Test func allMistakesAreFoundAtOnce() throws {
    try engine.workflow(
      Self.good.replacing("{lines:", with: "{line:").replacing("$each.n", with: "$each.m"))
    let errors = try engine.run().errors
    #expect(errors.contains("input 'file' is not there"))
    #expect(errors.contains("has no parameter 'line'"))
    #expect(errors.contains("there is no 'm' to run over here"))
  }

  @Test func mistakesOfTheCommandLineReadAsAllOthers() throws {
    let result = try engine.flow("clean", "--keep", "-1")
    #expect(result.status == 64)
    #expect(result.errors.hasPrefix("error: --keep must be at least 0\n"), "\(result.errors)")
    #expect(try engine.flow("log", "--nothing").errors.hasPrefix("error: Unknown option"))
    let help = try engine.flow("clean", "--help")
    #expect(help.status == 0)
    #expect(help.output.hasPrefix("OVERVIEW: "))
  }

  @Test func aPasswordInAnotherFileIsFoundThere() throws {
    try engine.work.write(
      "inner.yaml",
      """
      flow: 1
      name: inner
      steps:
        it: {shell: curl https://me:pass@host/ > "$o", outputs: {o: o}}
      """)
    try engine.workflow(
      """
      flow: 1
      name: outer
      steps: {in: {use: ./inner.yaml}}
      """)
    let result = try engine.flow("check", "workflow.yaml")
    #expect(result.status == 2)
    #expect(result.errors.contains("/inner.yaml:4:28: an address with a password stands here"))
  }

  @Test func anInputThatHoldsTheStateDirectoryIsRefused() throws {
    try engine.workflow(
      """
      flow: 1
      name: around
      steps: {it: {shell: 'ls "$d" > "$o"', inputs: {d: .}, outputs: {o: o}}}
      """)
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(result.output.contains("which holds the state directory of this run"), "\(result)")
    let elsewhere = try TemporaryDirectory()
    #expect(try engine.run("--state-dir", elsewhere.at("state")).status == 0)
  }

  @Test func namesThatNoFileCanHaveAreFound() throws {
    let long = String(repeating: "x", count: 256)
    try engine.workflow(
      """
      flow: 1
      name: long
      steps: {it: {shell: x, outputs: {a: \(long), b: b}}}
      outputs: {\(long): $steps.it.b}
      """)
    let errors = try engine.flow("check", "workflow.yaml").errors
    #expect(errors.contains("the output's path 'xxx"))
    #expect(errors.contains("the result's name 'xxx"))
    #expect(errors.contains("has more than 255 bytes\n  fix: use a shorter name"))
  }

  @Test func whatARunRefusesToRecordIsFoundByACheck() throws {
    try engine.work.write("input.txt", "x\n")
    try engine.workflow(Self.good.replacing("text: \"n", with: "text: \"https://me:pass@host/ n"))
    let result = try engine.flow("check", "workflow.yaml")
    #expect(result.status == 2)
    #expect(
      result.errors.contains("workflow.yaml:11:49: an address with a password stands here"),
      "\(result.errors)")
  }

  @Test func aPipeIsNoWorkflow() throws {
    #expect(mkfifo(engine.work.at("workflow.yaml"), 0o600) == 0)
    let check = try engine.flow("check", "workflow.yaml")
    #expect(check.status != 0)
    #expect(check.errors.contains("it is not a regular file"), "\(check.errors)")
  }

  @Test func controlCharactersOfTheFileAreShownAndNotObeyed() throws {
    try engine.work.write("input.txt", "x\n")
    try engine.workflow(Self.good.replacing("lines: $params.count", with: "\"\\e[2J\": 1"))
    let errors = try engine.run().errors
    #expect(errors.contains("probe/write has no parameter '␛[2J'"), "\(errors)")
    #expect(!errors.contains("\u{1B}[2J"))
  }

  @Test func exportTakesTheSettingsOfARun() throws {
    try engine.work.write("other.txt", "x\n")
    try engine.workflow(Self.good)
    let missing = try engine.flow("export", "nextflow", "workflow.yaml", "-o", "pipeline")
    #expect(missing.status == 2)
    let arguments = ["--set", "count=4", "--input", "file=other.txt"]
    let result = try Built.flow(
      ["export", "nextflow", "workflow.yaml", "-o", "pipeline"] + arguments,
      in: engine.work.path, environment: engine.plugin.environment)
    #expect(result.status == 0, "\(result.errors)")
    let wrong = try engine.flow(
      "export", "nextflow", "workflow.yaml", "-o", "pipeline", "--input", "file=other.txt",
      "--set", "count=9")
    #expect(wrong.errors.contains("must be at most 5, not '9'"))
  }

  @Test func aCircleIsNamed() throws {
    try engine.workflow(
      """
      flow: 1
      name: circle
      steps:
        a: {use: probe/write, inputs: {files: $steps.b.text}}
        b: {use: probe/write, inputs: {files: $steps.a.text}}
      """)
    #expect(try engine.run().errors.contains("steps need each other in a circle: 'a', 'b'"))
  }

  @Test func formatsOfAnEdgeMustAgree() throws {
    let manifest = try engine.work.read("plugins/probe.yaml").replacing(
      "files: {type: file, list", with: "files: {type: file, format: text, list")
    try engine.work.write("plugins/probe.yaml", manifest)
    try engine.workflow(
      """
      flow: 1
      name: formats
      steps:
        a: {use: probe/number}
        b: {use: probe/write, inputs: {files: $steps.a.number}}
      """)
    let errors = try engine.run().errors
    #expect(
      errors.contains(
        "workflow.yaml:5:41: input 'files' of probe/write is of format text; 'number' of step 'a' is number"
      ), "\(errors)")
  }

  @Test func settingsOfTheCommandLineAreCheckedToo() throws {
    try engine.work.write("input.txt", "x\n")
    try engine.workflow(Self.good)
    #expect(try engine.run("--set", "cuont=2").errors.contains("did you mean 'count'?"))
    #expect(try engine.run("--set", "count=two").errors.contains("is an integer, not 'two'"))
    #expect(try engine.run("--set", "count=7").errors.contains("must be at most 5, not '7'"))
    #expect(try engine.run("--input", "flie=x").errors.contains("did you mean 'file'?"))
  }
}
