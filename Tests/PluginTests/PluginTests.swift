import Files
import FlowTesting
import Glibc
import Testing

/// Plugins that were compiled outside the package, good and bad, under `flow step run`.
@Suite struct PluginTests {
  let work: TemporaryDirectory
  let plugin: ForeignPlugin

  init() throws {
    work = try TemporaryDirectory()
    plugin = try ForeignPlugin("probe", into: work.path)
  }

  private func step(_ arguments: String..., output: String = "out") throws -> CommandResult {
    try Built.flow(
      ["step", "run"] + arguments + ["--output-dir", work.at(output)], in: work.path,
      environment: plugin.environment)
  }

  @Test func aPluginInCThatKnowsOnlyTheHeaderRuns() throws {
    let result = try step("probe/write", "--param", "text=hello")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("out/text.txt") == "hello\n")
    #expect(try Path.list(work.at("out")) == ["text.txt"], "nothing is left beside the output")
  }

  @Test func pluginAndOperationAloneAreShorthand() throws {
    let result = try Built.flow(
      ["probe", "write", "--param", "text=short", "--output-dir", work.at("out")], in: work.path,
      environment: plugin.environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("out/text.txt") == "short\n")
  }

  @Test func shorthandKnowsThePluginDirectoryOfTheCommandLine() throws {
    let result = try Built.flow(
      ["probe", "write", "--plugin-dir", work.path, "--output-dir", work.at("out")], in: "/tmp")
    #expect(result.status == 0, "\(result.errors)")
    let missing = try Built.flow(["plugin", "list", "--plugin-dir", "/nowhere"], in: "/tmp")
    #expect(missing.errors.contains("there is no plugin directory /nowhere"))
  }

  @Test func valuesReachThePluginUnchanged() throws {
    let hostile = "$(touch canary) `touch canary`; 'quote' \"double\" \\ \n newline ü"
    let result = try step("probe/write", "--param", "text=\(hostile)")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("out/text.txt") == hostile + "\n")
    #expect(!work.exists("canary"))
  }

  @Test func listsAreGivenWithCommasOrAsJSON() throws {
    #expect(try step("probe/write", "--param", "names=a,b", output: "one").status == 0)
    #expect(try work.read("one/text.txt") == "nothing\n[\"a\",\"b\"]\n")
    #expect(try step("probe/write", "--param", "names=[\"a,b\"]", output: "two").status == 0)
    #expect(try work.read("two/text.txt") == "nothing\n[\"a,b\"]\n")
  }

  @Test(arguments: [
    ("crash", 139, "the plugin crashed: it read or wrote memory that is not its own (SIGSEGV)"),
    ("abort", 134, "the plugin crashed: it aborted (SIGABRT)"),
    ("exit", 1, "the plugin ended its process (exit code 0) without returning"),
    ("lie", 1, "it said it was done but did not write its output 'text'"),
    ("extra", 1, "it wrote 'text.txt.extra', which is not declared"),
    ("link", 1, "its output 'text' is a link"),
    ("folder", 1, "its output 'text' is not the file that is declared"),
    ("fail", 1, "the text is not to its liking"),
    ("silent", 1, "did not say why"),
    ("unavailable", 75, "nobody answers"),
  ])
  func badBehaviourFailsTheStepWithItsReason(
    _ behaviour: String, _ status: Int, _ message: String
  ) throws {
    let result = try step("probe/write", "--param", "behave=\(behaviour)")
    #expect(result.status == status)
    #expect(result.errors.contains("error: probe/write: "))
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!work.exists("out/text.txt"))
  }

  @Test func aPluginThatHangsIsStoppedAtItsTimeLimit() throws {
    let result = try step("probe/write", "--param", "behave=hang", "--time-limit", "1s")
    #expect(result.status == 1)
    #expect(result.errors.contains("did not end within its time limit of 1.0 s"))
  }

  @Test func terminatingTheStepLetsThePluginStop() throws {
    let running = try Built.start(
      ["probe", "write", "--param", "seconds=60", "--output-dir", work.at("out")], in: work.path,
      environment: plugin.environment)
    usleep(500_000)
    running.kill(SIGTERM)
    let result = try running.wait()
    #expect(result.status == 130)
    #expect(result.errors.contains("asked to stop"))
  }

  @Test func theWorkerDoesNotOutliveItsSupervisor() throws {
    let running = try Built.start(
      ["probe", "write", "--param", "seconds=60", "--output-dir", work.at("out")], in: work.path,
      environment: plugin.environment)
    usleep(500_000)
    running.kill(SIGKILL)
    _ = try running.wait()
    usleep(500_000)
    for entry in try Path.list("/proc") where Int(entry) != nil {
      let bytes = (try? Path.read("/proc/\(entry)/cmdline")) ?? []
      #expect(!String(decoding: bytes, as: UTF8.self).contains("\(work.path)/out"))
    }
  }

  @Test func unknownNamesGetASuggestion() throws {
    let result = try step(
      "probe/write", "--param", "txet=a", "--input", "file=x", "--param", "lines=0", "--param",
      "seconds=soon", "--input", "text=x")
    #expect(result.status == 2)
    for line in [
      "probe/write has no parameter 'txet'\n  fix: did you mean 'text'?",
      "probe/write has no input 'file'\n  fix: did you mean 'files'?",
      "parameter 'lines' of probe/write must be at least 1, not 0",
      "parameter 'seconds' of probe/write is a number, not 'soon'",
      "'text' is a parameter: write --param text=…",
    ] {
      #expect(result.errors.contains(line), "\(result.errors)")
    }
    let operation = try step("probe/wirte")
    #expect(operation.errors.contains("did you mean 'write'?"))
    let other = try step("porbe/write")
    #expect(other.errors.contains("there is no plugin 'porbe'\n  fix: did you mean 'probe'?"))
  }

  @Test func aLibraryOfAnotherABIIsRefusedNamingBoth() throws {
    _ = try ForeignPlugin("probe", into: work.path, defines: ["PLUGIN_ABI=7"])
    let result = try step("probe/write")
    #expect(result.status == 1)
    #expect(
      result.errors.contains(
        "the library of plugin 'probe' speaks ABI 7, this flow speaks ABI 1"), "\(result.errors)")
  }

  @Test func aManifestOfAnotherABIIsRefusedBeforeAnythingIsLoaded() throws {
    let manifest = try work.read("probe.yaml").replacing("abi: 1", with: "abi: 2")
    try work.write("probe.yaml", manifest)
    let result = try step("probe/write")
    #expect(result.status == 2)
    #expect(result.errors.contains("was built for ABI 2, this flow speaks ABI 1"))
  }

  @Test func aManifestAndLibraryOfDifferentVersionsAreRefused() throws {
    let manifest = try work.read("probe.yaml").replacing("version: 1.0.0", with: "version: 2.0.0")
    try work.write("probe.yaml", manifest)
    let result = try step("probe/write")
    #expect(
      result.errors.contains("the manifest says 'probe' 2.0.0, the library says 'probe' 1.0.0"))
  }

  @Test func damagedLibrariesAreExplained() throws {
    let library = work.at("libprobe.so")
    let whole = try Path.read(library)

    try WholeFile.write("no library", to: library)
    #expect(try step("probe/write").errors.contains("this is no shared library (no ELF header)"))

    var foreign = whole
    foreign[18] = 40  // EM_ARM
    try WholeFile.write(foreign, to: library)
    #expect(try step("probe/write").errors.contains("built for another processor"))

    // A cut library kills whatever loads it, inside the dynamic loader: the step, not flow.
    try WholeFile.write(Array(whole[..<(whole.count / 3)]), to: library)
    let cut = try step("probe/write")
    #expect(cut.status != 0)
    #expect(
      cut.errors.contains("the plugin crashed") || cut.errors.contains("cannot be loaded"),
      "\(cut.errors)")

    try Path.remove(library)
    #expect(try step("probe/write").errors.contains("libprobe.so of plugin 'probe' was not found"))
  }

  @Test func aManifestWithMistakesIsReportedWithEachOfThem() throws {
    try work.write(
      "probe.yaml",
      """
      flow-plugin: 1
      id: probe
      version: 1.0.0
      abi: 1
      library: libprobe.so
      summary: Mistakes.
      operations:
        write:
          summary: Write.
          parametres:
            text: {type: string, default: a, help: A text.}
          outputs:
            text: {type: fil, help: A text.}
      """)
    let result = try step("probe/write")
    #expect(result.status == 2)
    #expect(
      result.errors.contains("probe.yaml:10:5: operation 'write' has no field 'parametres'"),
      "\(result.errors)")
    #expect(
      result.errors.contains("probe.yaml:13:13: the type 'fil' must be 'file' or 'directory'"))
  }

  @Test func pluginListAndInfoShowWhatTheManifestSays() throws {
    let list = try Built.flow(["plugin", "list"], in: work.path, environment: plugin.environment)
    #expect(list.output.contains("probe/write   Write a text"), "\(list.output)")
    let info = try Built.flow(
      ["plugin", "info", "probe/write"], in: work.path, environment: plugin.environment)
    #expect(info.output.contains("seconds  0        number, s [≥ 0, ≤ 100]"), "\(info.output)")
  }

  @Test func theExampleOfTheDocumentationWorks() throws {
    let page = try Path.readText("\(Built.sourceTree())/docs/plugins.md")
    func block(_ language: String) throws -> String {
      let start = try #require(page.firstRange(of: "```\(language)\n")?.upperBound)
      let end = try #require(page[start...].firstRange(of: "```")?.lowerBound)
      return String(page[start..<end])
    }
    try work.write("greet.yaml", block("yaml"))
    try work.write("greet.c", block("c"))
    let compiled = try RunningCommand(
      "/usr/bin/cc",
      [
        "-shared", "-fPIC", "-I", "\(Built.sourceTree())/Sources/CFlowPlugin/include", "greet.c",
        "-o", "libgreet.so",
      ], in: work.path
    ).wait()
    #expect(compiled.status == 0, "\(compiled.errors)")
    let result = try Built.flow(
      ["greet", "hello", "--param", "name=genome", "--output-dir", "out"], in: work.path,
      environment: plugin.environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try work.read("out/greeting.txt") == "Hello, genome!\n")
  }
}
