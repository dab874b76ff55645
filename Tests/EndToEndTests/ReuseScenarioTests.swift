import Files
import FlowTesting
import Glibc
import Testing

/// The table of docs/provenance.md: what happens to a workflow, what the next run does about it, and what
/// `flow why` says.
@Suite struct ReuseScenarioTests {
  let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.work.write("input.txt", "from a file\n")
    try engine.work.write("a.txt", "a\n")
    try engine.work.write("b.txt", "b\n")
    try engine.workflow(Self.workflow)
    let result = try engine.run()
    #expect(result.status == 0, "\(result.errors)")
  }

  /// `second` needs `first`; `other` is the plugin's.
  static let workflow = """
    flow: 1
    name: scenario
    inputs: {file: input.txt}
    params:
      word: {type: string, default: one, help: A word.}
      least: {type: integer, default: 1, help: A number.}
    steps:
      first:
        shell: |
          cat "$file" > "$text"
          echo "$word $least" >> "$text"
        inputs: {file: $inputs.file}
        with: {word: $params.word, least: $params.least}
        outputs: {text: text.txt}
      second:
        shell: cat "$file" > "$text"
        inputs: {file: $steps.first.text}
        outputs: {text: text.txt}
      other: {use: probe/write, inputs: {files: [a.txt, b.txt]}, with: {text: other}}
    outputs: {second.txt: $steps.second.text}
    """

  // MARK: Nothing that decides a result

  @Test func aTouchedInputIsTheSameInput() throws {
    try setTime(of: "input.txt", to: time(of: "input.txt") + 60)
    try expectNothingToDo()
  }

  @Test(arguments: [86_400, 4_102_444_800])
  func clocksThatGoWrongDecideNothing(_ seconds: Int) throws {
    // 1970 and 2100: of inputs, of results, and of the history.
    for name in ["input.txt", "a.txt", try output(of: "first"), ".flow/flow.db"] {
      try setTime(of: name, to: seconds)
    }
    try expectNothingToDo()
    // And an edit is an edit, whatever its date.
    try engine.work.write("input.txt", "another file\n")
    try setTime(of: "input.txt", to: seconds)
    try expect(run: ["first", "second"])
  }

  @Test func aMovedDirectoryKeepsItsResults() throws {
    let moved = try TemporaryDirectory()
    #expect(rename(engine.work.path, moved.at("here")) == 0)
    let environment = ["FLOW_PLUGIN_PATH": moved.at("here/plugins")]
    let result = try Built.flow(
      ["run", "workflow.yaml"], in: moved.at("here"), environment: environment)
    #expect(result.output.contains("nothing to do"), "\(result.errors)")
    let why = try Built.flow(["why", "second"], in: moved.at("here"), environment: environment)
    #expect(why.output.contains("its key is that of second in run "))
  }

  @Test func theOrderOfWhatHasNoneDecidesNothing() throws {
    try engine.workflow(
      """
      flow: 1
      name: scenario
      params:
        least: {help: A number., default: 1, type: integer}
        word: {type: string, default: one, help: A word.}
      inputs: {file: input.txt}
      steps:
        other: {with: {text: other}, inputs: {files: [a.txt, b.txt]}, use: probe/write}
        second:
          outputs: {text: text.txt}
          inputs: {file: $steps.first.text}
          shell: cat "$file" > "$text"
        first:
          with: {least: $params.least, word: $params.word}
          outputs: {text: text.txt}
          inputs: {file: $inputs.file}
          shell: |
            cat "$file" > "$text"
            echo "$word $least" >> "$text"
      outputs: {second.txt: $steps.second.text}
      """)
    try expectNothingToDo()
  }

  @Test func theOrderOfAListIsAPartOfIt() throws {
    try engine.workflow(Self.workflow.replacing("[a.txt, b.txt]", with: "[b.txt, a.txt]"))
    try expect(run: ["other"])
    #expect(try why("other").contains("order of input 'files'  changed"))
  }

  @Test func theOrderOfAxesIsThatOfWhatIsGathered() throws {
    try engine.workflow(
      """
      flow: 1
      name: axes
      steps:
        each:
          foreach: {w: [1, 2], m: [x, y]}
          with: {w: $each.w, m: $each.m}
          shell: echo "$w$m" > "$text"
          outputs: {text: text.txt}
        all: {shell: 'cat "${texts[@]}" > "$text"', inputs: {texts: $steps.each.text}, outputs: {text: text.txt}}
      outputs: {all.txt: $steps.all.text}
      """)
    #expect(try engine.run().status == 0)
    #expect(try engine.work.read("results/axes/all.txt") == "1x\n1y\n2x\n2y\n")
    try engine.workflow(
      try engine.work.read("workflow.yaml")
        .replacing("w: [1, 2], m: [x, y]", with: "m: [x, y], w: [1, 2]"))
    try expect(run: ["all"])
    #expect(try engine.work.read("results/axes/all.txt") == "1x\n2x\n1y\n2y\n")
    #expect(try why("all").contains("order of input 'texts'  changed"))
  }

  @Test func aStepThatSucceedsWhenTriedAgainIsDone() throws {
    let mark = engine.work.at("mark")
    try engine.workflow(
      """
      flow: 1
      name: retrying
      steps:
        it:
          shell: |
            test -e '\(mark)' || { touch '\(mark)'; exit 75; }
            echo ok > "$text"
          retries: 1
          outputs: {text: text.txt}
      """)
    let result = try engine.run()
    #expect(result.errors.contains("started again (attempt 2)"), "\(result.errors)")
    try expectNothingToDo()
    #expect(try why("it").contains("its key is that of it in run "))
  }

  // MARK: What decides a result

  @Test func anEditOfTheSameSizeWithTheOldTimeIsSeen() throws {
    let before = try time(of: "input.txt")
    let file = try FileHandle.append(engine.work.at("input.txt"))
    ftruncate(file.descriptor, 0)
    try file.write("FROM a file\n")
    try setTime(of: "input.txt", to: before)
    try expect(run: ["first", "second"])
    // Back from the step that was asked about to the file that was edited.
    let lines = try why("second").split(separator: "\n").map(String.init)
    #expect(lines[2].contains("input 'file'") && lines[2].contains("of first, which changed too"))
    #expect(lines[3].contains("first"))
    #expect(lines[4].contains("input 'file'  ") && lines[4].hasSuffix("/input.txt"))
  }

  @Test func aChangedParameterIsNamedWithBothValues() throws {
    try expect(run: ["first", "second"], "--set", "word=two")
    #expect(try why("first").contains("parameter 'word'  one → two"))
    #expect(try why("second").contains("first\n    parameter 'word'  one → two"))
  }

  @Test func aChangedScriptIsShownLineByLine() throws {
    try engine.workflow(Self.workflow.replacing("$word $least", with: "$least $word"))
    try expect(run: ["first", "second"])
    #expect(
      try why("first").hasSuffix(
        """
            script
                cat "$file" > "$text"
              - echo "$word $least" >> "$text"
              + echo "$least $word" >> "$text"

        """))
  }

  @Test func aChangedLibraryOfAPluginIsNamed() throws {
    let library = engine.work.at("plugins/libprobe.so")
    try WholeFile.write(try Path.read(library) + [0], to: library)
    try expect(run: ["other"])
    #expect(try why("other").contains("library of the plugin  "))
    #expect(!(try why("other").contains("version of the plugin")))
  }

  @Test func aChangedVersionOfAPluginIsNamed() throws {
    // A new version of manifest and library; the library tells its own.
    for name in ["plugins/probe.yaml", "plugins/libprobe.so"] {
      let path = engine.work.at(name)
      let bytes = try Path.read(path).replacing(Array("1.0.0".utf8), with: Array("1.0.1".utf8))
      try WholeFile.write(bytes, to: path)
    }
    try expect(run: ["other"])
    #expect(try why("other").contains("version of the plugin  1.0.0 → 1.0.1"))
  }

  // MARK: Results that are no longer what was made

  @Test func aDeletedOutputIsMadeAgainAndNothingElse() throws {
    let path = try output(of: "first")
    try Path.remove(engine.work.at(path))
    try expect(run: ["first"])
    let why = try why("first")
    #expect(why.contains("its output 'text' was deleted"))
    #expect(why.contains(path.replacing(".flow/", with: "")))
  }

  @Test func aFlippedBitInAnOutputIsNoticed() throws {
    let path = try output(of: "first")
    let before = try time(of: path)
    var bytes = try Path.read(engine.work.at(path))
    bytes[0] ^= 1
    // Stored files are read-only.
    #expect(chmod(engine.work.at(path), 0o644) == 0)
    try FileHandle.create(engine.work.at(path)).write(bytes)
    try setTime(of: path, to: before)
    #expect(chmod(engine.work.at(path), 0o444) == 0)
    try expect(run: ["first"])
    let why = try why("first")
    #expect(why.contains("its output 'text' was changed after it was made"))
    #expect(
      why.contains("    found \(StreamingHash.sha256(of: String(decoding: bytes, as: UTF8.self)))"))
    #expect(try engine.work.read("results/scenario/second.txt") == "from a file\none 1\n")
  }

  // MARK: Ends without a word

  @Test func aKilledEngineKeepsWhatWasDoneAndSaysWhatWasNot() throws {
    try engine.workflow(
      """
      flow: 1
      name: killed
      steps:
        quick: {shell: echo quick > "$text", outputs: {text: text.txt}}
        slow:
          shell: |
            sleep 3
            cat "$file" > "$text"
          inputs: {file: $steps.quick.text}
          outputs: {text: text.txt}
      """)
    let running = try engine.start()
    for _ in 0..<400 where !running.errorsSoFar.contains("slow   started") { usleep(25_000) }
    // Small steps are entered in groups, a fraction of a second later.
    usleep(500_000)
    running.kill(SIGKILL)
    #expect(try running.wait().status == 137)
    try expect(run: ["slow"])
    #expect(try engine.steps("reused") == ["quick"])
    #expect(try why("slow").contains("it was killed before it was done, in run "))
  }

  /// A power cut as the engine meets it: the engine died with results that nobody had synced, the machine's boot id
  /// is another, and what a result's file holds never reached the disk, though its size and times did.
  @Test func aKilledMachineIsNotTrustedWithWhatItHadNotSynced() throws {
    try #require(getuid() == 0, "only root can give a command another boot id")
    try engine.workflow(
      """
      flow: 1
      name: power
      steps:
        lost: {shell: echo lost > "$text", outputs: {text: text.txt}}
        kept: {shell: echo kept > "$text", outputs: {text: text.txt}}
        slow: {shell: sleep 60, inputs: {a: $steps.lost.text, b: $steps.kept.text}, outputs: {}}
      """.replacing("outputs: {}", with: "outputs: {text: {path: text.txt, optional: true}}"))
    let running = try engine.start()
    for _ in 0..<400 where !running.errorsSoFar.contains("slow  started") { usleep(25_000) }
    usleep(500_000)
    running.kill(SIGKILL)
    #expect(try running.wait().status == 137)

    let path = try output(of: "lost")
    let before = try time(of: path)
    #expect(chmod(engine.work.at(path), 0o644) == 0)
    try FileHandle.create(engine.work.at(path)).write([UInt8](repeating: 0, count: 5))
    try setTime(of: path, to: before)
    try engine.workflow(try engine.work.read("workflow.yaml").replacing("sleep 60", with: "true"))
    try engine.work.write("boot", "11111111-2222-3333-4444-555555555555\n")
    let command = """
      mount --bind boot /proc/sys/kernel/random/boot_id
      exec '\(Built.directory)/flow' run workflow.yaml
      """
    let result = try RunningCommand(
      "/usr/bin/unshare", ["-m", "sh", "-c", command], in: engine.work.path,
      environment: engine.plugin.environment
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try engine.steps("done") == ["lost", "slow"])
    #expect(try engine.steps("reused") == ["kept"], "it was read again, and found whole")
    #expect(
      try why("lost").contains(
        "its output 'text' had not reached the disk when the machine went down"))
  }

  @Test func aFailedStepIsTriedAgainAndSaysSo() throws {
    let workflow = """
      flow: 1
      name: failing
      steps:
        it: {shell: test -e /nowhere/at/all, outputs: {}}
      """
    try engine.workflow(
      workflow.replacing("outputs: {}", with: "outputs: {text: {path: text.txt, optional: true}}"))
    #expect(try engine.run().status == 1)
    #expect(try engine.run().status == 1)
    #expect(try why("it").contains("it failed before, in run "))
  }

  // MARK: What the tests ask

  private func expectNothingToDo(_ location: SourceLocation = #_sourceLocation) throws {
    let dry = try engine.run("--dry-run")
    #expect(dry.output.contains("up to date; nothing was run"), sourceLocation: location)
    #expect(!dry.output.contains(" to run"), "\(dry.output)", sourceLocation: location)
    let result = try engine.run()
    #expect(result.output.contains("nothing to do"), "\(result.errors)", sourceLocation: location)
  }

  /// A run does these steps and no others, and a dry run had foreseen it.
  private func expect(
    run steps: [String], _ settings: String..., at location: SourceLocation = #_sourceLocation
  ) throws {
    let dry = try Built.flow(
      ["run", "workflow.yaml", "--dry-run", "--json"] + settings, in: engine.work.path,
      environment: engine.plugin.environment)
    let forecast = try JSON(parsing: dry.output)["steps"]?.array ?? []
    let foreseen = Dictionary(
      forecast.map { ($0["name"]?.string ?? "", $0["decision"]?.string ?? "") }
    ) { first, _ in first }
    let result = try Built.flow(
      ["run", "workflow.yaml"] + settings, in: engine.work.path,
      environment: engine.plugin.environment)
    #expect(result.status == 0, "\(result.errors)", sourceLocation: location)
    #expect(try engine.steps("done") == steps, sourceLocation: location)
    for (name, decision) in foreseen {
      let expected = steps.contains(name) ? ["run", "wait"] : ["reuse", "wait"]
      #expect(expected.contains(decision), "\(name): \(decision)", sourceLocation: location)
    }
    #expect(foreseen[steps[0]] == "run", sourceLocation: location)
  }

  private func why(_ step: String) throws -> String {
    let result = try engine.flow("why", step)
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  /// The stored output of a step, from the working directory on.
  private func output(of step: String) throws -> String {
    let steps = try engine.latestRun()["steps"]?.array ?? []
    let found = try #require(steps.first { $0["name"]?.string == step })
    return ".flow/\(try #require(found["outputs"]?.array?.first?["path"]?.string))"
  }

  private func time(of name: String) throws -> Int {
    var status = stat()
    try #require(stat(engine.work.at(name), &status) == 0)
    return status.st_mtim.tv_sec
  }

  private func setTime(of name: String, to seconds: Int) throws {
    var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
    try #require(utimensat(AT_FDCWD, engine.work.at(name), &times, 0) == 0)
  }
}
