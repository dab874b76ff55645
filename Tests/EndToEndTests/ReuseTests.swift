import Files
import FlowTesting
import Glibc
import Testing

/// What a second run does again, and what it leaves alone.
@Suite struct ReuseTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.work.write("input.txt", "from a file\n")
    try engine.workflow(
      """
      flow: 1
      name: reuse
      inputs: {file: input.txt}
      params:
        word: {type: string, default: one, help: A word.}
      steps:
        first: {use: probe/write, inputs: {files: $inputs.file}, with: {text: $params.word}}
        second: {use: probe/write, inputs: {files: $steps.first.text}, with: {text: two}}
        other: {use: probe/write, with: {text: other}}
      outputs: {second.txt: $steps.second.text}
      """)
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try engine.work.read("results/reuse/second.txt") == "from a file\none\ntwo\n")
  }

  @Test func anUnchangedWorkflowDoesNothingAndSaysSo() throws {
    let result = try engine.run()
    #expect(result.status == 0)
    #expect(result.output.contains("nothing to do: all 3 steps are up to date"))
    #expect(try engine.steps("reused") == ["first", "other", "second"])
  }

  @Test func aTouchedInputIsTheSameInput() throws {
    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, engine.work.at("input.txt"), &times, 0) == 0)
    #expect(try engine.run().output.contains("nothing to do"))
  }

  @Test func aSameSizeEditWithTheOldTimeIsSeen() throws {
    let path = engine.work.at("input.txt")
    var status = stat()
    #expect(stat(path, &status) == 0)
    let file = try FileHandle.append(path)
    ftruncate(file.descriptor, 0)
    try file.write("FROM a file\n")
    var times = [status.st_atim, status.st_mtim]
    #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("done") == ["first", "second"])
    #expect(try engine.work.read("results/reuse/second.txt").hasPrefix("FROM"))
  }

  @Test func anInputThatIsEditedWhileAStepReadsItMakesNoResult() throws {
    try engine.workflow(
      """
      flow: 1
      name: edited
      inputs: {file: input.txt}
      steps:
        slow:
          inputs: {file: $inputs.file}
          shell: |
            echo begun > "$mark"
            until [ -e "$go" ]; do sleep 0.02; done
            cat "$file" > "$out"
          with: {mark: \(engine.work.at("mark")), go: \(engine.work.at("go"))}
          outputs: {out: out.txt}
      outputs: {out: $steps.slow.out}
      """)
    let run = try engine.start()
    var patience = 1_000
    while !Path.exists(engine.work.at("mark")), patience > 0 {
      usleep(20_000)
      patience -= 1
    }
    try engine.work.write("input.txt", "edited\n")
    try engine.work.write("go", "")
    let result = try run.wait()
    #expect(result.status == 1)
    #expect(result.errors.contains("input.txt was changed while it ran"), "\(result.errors)")
    // Neither under the old content's key nor under the new one's is there a wrong result.
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/edited/out") == "edited\n")
    try engine.work.write("input.txt", "from a file\n")
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/edited/out") == "from a file\n")
  }

  @Test func equalFilesOfOtherNamesAreOtherInputsToAScript() throws {
    for name in ["s1.fastq", "s2.fastq"] { try engine.work.write(name, "same\n") }
    try engine.workflow(
      """
      flow: 1
      name: names
      steps:
        qc:
          foreach: {s: {files: "s*.fastq"}}
          inputs: {reads: $each.s}
          shell: echo "report of $(basename "$reads")" > "$out"
          outputs: {out: out.txt}
      outputs: {qc: $steps.qc.out}
      """)
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/names/qc/s=1/out.txt") == "report of s1.fastq\n")
    #expect(try engine.work.read("results/names/qc/s=2/out.txt") == "report of s2.fastq\n")
    // The same step over a file that was renamed.
    try engine.workflow(
      try engine.work.read("workflow.yaml").replacing("s*.fastq", with: "t*.fastq"))
    try engine.work.write("t1.fastq", "same\n")
    #expect(try engine.run().status == 0)
    let why = try engine.flow("why", "qc[s=1]").output
    #expect(why.contains("name of input 'reads'  s1.fastq → t1.fastq"), "\(why)")
  }

  @Test func emptyDirectoriesAndExecutableFilesAreContents() throws {
    try engine.work.write("tree/tool", "echo\n")
    try engine.workflow(
      """
      flow: 1
      name: tree
      inputs: {tree: tree}
      steps:
        list:
          inputs: {tree: $inputs.tree}
          shell: (cd "$tree"; find . | sort; find . -type f -perm -u+x) > "$out"
          outputs: {out: out.txt}
      outputs: {out: $steps.list.out}
      """)
    #expect(try engine.run().status == 0)
    try Path.createDirectory(engine.work.at("tree/empty"))
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/tree/out") == ".\n./empty\n./tool\n")
    #expect(chmod(engine.work.at("tree/tool"), 0o755) == 0)
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/tree/out").hasSuffix("./tool\n./tool\n"))
    #expect(try engine.run().output.contains("nothing to do"))
  }

  @Test func aChangedParameterRunsWhatDependsOnIt() throws {
    #expect(try engine.run("--set", "word=eins").status == 0)
    #expect(try engine.steps("done") == ["first", "second"])
    #expect(try engine.steps("reused") == ["other"])
    // And back again: the old results are still known.
    #expect(try engine.run().output.contains("nothing to do"))
    #expect(try engine.work.read("results/reuse/second.txt") == "from a file\none\ntwo\n")
  }

  @Test func aChangedPluginRunsEverythingAgain() throws {
    let library = engine.work.at("plugins/libprobe.so")
    let bytes = try Path.read(library)
    try WholeFile.write(bytes + [0], to: library)
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("done").count == 3)
  }

  @Test func aDeletedOutputIsMadeAgain() throws {
    try Path.remove(try storedOutput(of: "first"))
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("done") == ["first"])
    #expect(
      try engine.steps("reused") == ["other", "second"],
      "the same bytes came out, so what comes after is still good")
  }

  @Test func aFlippedBitInAnOutputIsNoticed() throws {
    let path = try storedOutput(of: "first")
    var bytes = try Path.read(path)
    bytes[0] ^= 1
    // Stored files are read-only.
    #expect(chmod(path, 0o644) == 0)
    try FileHandle.create(path).write(bytes)
    #expect(try engine.run().status == 0)
    #expect(try engine.steps("done") == ["first"])
    #expect(try engine.work.read("results/reuse/second.txt") == "from a file\none\ntwo\n")
  }

  @Test func aResultThatWasEditedAndRemovedComesFromTheStore() throws {
    try engine.work.write("results/reuse/second.txt", "scribbled")
    #expect(try engine.run().status == 2)
    #expect(try engine.work.read("results/reuse/second.txt") == "scribbled")
    try Path.remove(engine.work.at("results/reuse/second.txt"))
    #expect(try engine.run().output.contains("nothing to do"))
    #expect(try engine.work.read("results/reuse/second.txt") == "from a file\none\ntwo\n")
  }

  @Test func aDeletedHistoryDoesNotTurnResultsIntoObstacles() throws {
    try Path.remove(engine.work.at(".flow"))
    let result = try engine.run("--set", "word=eins")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try engine.work.read("results/reuse/second.txt") == "from a file\neins\ntwo\n")
  }

  @Test func aMovedDirectoryKeepsItsResults() throws {
    let moved = try TemporaryDirectory()
    #expect(rename(engine.work.path, moved.at("here")) == 0)
    let result = try Built.flow(
      ["run", "workflow.yaml"], in: moved.at("here"),
      environment: ["FLOW_PLUGIN_PATH": moved.at("here/plugins")])
    #expect(result.output.contains("nothing to do"), "\(result.errors)")
  }

  private func storedOutput(of step: String) throws -> String {
    let steps = try engine.latestRun()["steps"]?.array ?? []
    let found = try #require(steps.first { $0["name"]?.string == step })
    let path = try #require(found["outputs"]?.array?.first?["path"]?.string)
    return engine.work.at(".flow/\(path)")
  }
}
