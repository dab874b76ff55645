import Files
import FlowTesting
import Testing

/// Steps that are scripts of the workflow's own.
@Suite struct ShellStepTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  /// One step `it` with this script and what else it has.
  private func step(_ script: String, _ more: String = "outputs: {out: out.txt}") throws {
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "      \($0)" }.joined(separator: "\n")
    try engine.workflow(
      "flow: 1\nname: shell\nsteps:\n  it:\n    \(more.replacing("\n", with: "\n    "))\n"
        + "    shell: |\n\(lines)\noutputs: {out: $steps.it.out}\n")
  }

  private var out: String { get throws { try engine.work.read("results/shell/out") } }

  @Test func valuesAreVariablesAndNeverCode() throws {
    let values = ["a b", "$(touch canary)", "`touch canary`", "'; touch canary; '", "-n", "*", ""]
    let list = JSON.array(values.map(JSON.string)).text
    try step(
      #"printf '%s\n' "$word" "${words[@]}" "$number" "$yes" > "$out""#,
      "with: {word: \"\\\"$$HOME\\\"\", words: \(list.replacing("$", with: "$$")), number: 1.5, yes: true}\n"
        + "outputs: {out: out.txt}")
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try out == (["\"$HOME\""] + values + ["1.5", "true"]).joined(separator: "\n") + "\n")
    #expect(!engine.work.exists("canary"))
  }

  @Test func filesWithHostileNamesAreInputs() throws {
    let name = "a $(touch canary) 'b'.txt"
    try engine.work.write(name, "content\n")
    try step(
      #"cat "$one" "${list[@]}" > "$out""#,
      "inputs: {one: $params.f, list: [$params.f]}\noutputs: {out: o}")
    let text = try engine.work.read("workflow.yaml")
    try engine.workflow(
      text.replacing(
        "steps:", with: "params: {f: {type: string, required: true, help: A file.}}\nsteps:"))
    let result = try engine.run("--set", "f=\(name)")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try out == "content\ncontent\n")
    #expect(!engine.work.exists("canary"))
  }

  @Test func instancesAreGatheredIntoAnArrayInOrder() throws {
    try engine.workflow(
      """
      flow: 1
      name: shell
      steps:
        part:
          foreach: {n: [3, 1, 2]}
          shell: echo "$n" > "$text"
          with: {n: $each.n}
          outputs: {text: text.txt}
        whole:
          shell: cat "${texts[@]}" > "$all"
          inputs: {texts: $steps.part.text}
          outputs: {all: all.txt}
      outputs: {out: $steps.whole.all}
      """)
    #expect(try engine.run().status == 0)
    #expect(try out == "3\n1\n2\n")
  }

  @Test func aChangedScriptRunsAgainAndAnUnchangedDoesNot() throws {
    try step(#"echo one > "$out""#)
    #expect(try engine.run().status == 0)
    #expect(try engine.run().output.contains("nothing to do"))
    try step(#"echo two > "$out""#)
    #expect(try engine.run().status == 0)
    #expect(try out == "two\n")
    try step(#"echo one > "$out""#)
    #expect(try engine.run().output.contains("nothing to do"), "the earlier result is still there")
    #expect(try out == "one\n")
  }

  @Test(arguments: [
    ("echo reason >&2\nexit 3", "the script ended with exit code 3: reason"),
    ("false | true", "the script ended with exit code 1"),
    (#"echo "$nothing""#, "nothing: unbound variable"),
    ("kill -SEGV $$", "the script crashed: it read or wrote memory that is not its own (SIGSEGV)"),
    (
      "true",
      "the script does not keep its promise: it said it was done but did not write its output 'out'"
    ),
    (
      #"echo x > "$out"; echo y > "$(dirname "$out")/more""#,
      "it wrote 'more', which is not declared"
    ),
    (#"ln -s /etc/passwd "$out""#, "its output 'out' is a link"),
    (#"mkdir "$out""#, "its output 'out' is not the file that is declared"),
  ])
  func failuresAreExplained(_ script: String, _ message: String) throws {
    try step(script)
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!engine.work.exists("results/shell/out"))
  }

  @Test func exitCode75IsTriedAgainInAnEmptyDirectory() throws {
    let mark = engine.work.at("mark")
    try step(
      "test ! -e left || exit 9\ntouch left\ntest -e '\(mark)' || { touch '\(mark)'; exit 75; }\necho ok > \"$out\"",
      "retries: 1\noutputs: {out: out.txt}")
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try out == "ok\n")
  }

  @Test func pastItsTimeItIsStoppedWithAllThatItStarted() throws {
    try step(
      "sleep 600 & sleep 600; echo > \"$out\"", "resources: {time: 1s}\noutputs: {out: out.txt}")
    let result = try engine.run()
    #expect(result.status == 1)
    #expect(result.errors.contains("it did not end within its time limit of"), "\(result.errors)")
  }

  @Test func itRunsInADirectoryOfItsOwnWithNothingToRead() throws {
    try step(
      #"{ ls -A; cat; echo "$threads"; } > "$out""#, "resources: {cpus: 1}\noutputs: {out: out.txt}"
    )
    #expect(try engine.run().status == 0)
    #expect(try out == "1\n")
  }

  @Test(arguments: [
    ("outputs: {out: a/b}", "the output's path 'a/b' must be a bare, visible file name"),
    ("outputs: {out: o, o2: o}", "two outputs have the path 'o'"),
    ("outputs: {out: {path: o, typ: file}}", "did you mean 'type'?"),
    ("with: {out: 1}\noutputs: {out: o}", "'out' would be two variables of the script"),
    ("with: {PATH: 1}\noutputs: {out: o}", "'PATH' becomes a variable of the script"),
    ("with: {threads: 1}\noutputs: {out: o}", "'threads' is the number of cores"),
    ("with: {fi: 1}\noutputs: {out: o}", "'fi' is a word of the shell"),
    ("use: probe/write\noutputs: {out: o}", "a step has 'use:' or 'shell:', not both"),
  ])
  func mistakesAreFoundBeforeAnythingRuns(_ more: String, _ message: String) throws {
    try step("true", more)
    let result = try engine.run()
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!engine.work.exists(".flow"))
  }
}
