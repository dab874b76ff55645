import Files
import FlowTesting
import Glibc
import Testing

/// What is loaded is what was looked at.
@Suite struct PluginTrustTests {
  let work: TemporaryDirectory
  let plugin: ForeignPlugin

  init() throws {
    work = try TemporaryDirectory()
    try Path.createDirectory(work.at("plugins"))
    plugin = try ForeignPlugin("probe", into: work.at("plugins"))
  }

  private func flow(_ arguments: String..., environment: [String: String] = [:]) throws
    -> CommandResult
  {
    try Built.flow(
      arguments, in: work.path, environment: plugin.environment.merging(environment) { $1 })
  }

  private func write(environment: [String: String] = [:]) throws -> CommandResult {
    try flow("probe", "write", "-o", "out", environment: environment)
  }

  private func flip(_ name: String) throws {
    var bytes = try Path.read(work.at("plugins/\(name)"))
    bytes[bytes.count - 1] ^= 1
    try WholeFile.write(bytes, to: work.at("plugins/\(name)"))
  }

  @Test(arguments: ["libprobe.so", "probe.yaml"])
  func aLockedPluginWithAFlippedBitIsRefused(_ file: String) throws {
    #expect(try flow("plugin", "lock", "probe", "-o", "plugins/plugins.lock").status == 0)
    #expect(try write().status == 0)
    if file == "probe.yaml" {
      let text = try work.read("plugins/probe.yaml")
      try work.write("plugins/probe.yaml", text.replacing("What to write.", with: "What to writ."))
    } else {
      try flip(file)
    }
    let result = try write()
    #expect(result.status == 2)
    let what = file == "probe.yaml" ? "manifest" : "library"
    #expect(
      result.errors.contains("the \(what) of plugin 'probe' is not the one of"), "\(result.errors)")
    #expect(result.errors.contains("fix: install what was locked"))
    let again = try flow("plugin", "lock", "probe", "-o", "plugins/plugins.lock")
    #expect(again.output.contains("probe 1.0.0  changed, was 1.0.0"), "\(again.output)")
    #expect(try write().status == 0)
  }

  @Test func aLockBesideAWorkflowHoldsForItsRunsAndOneThatIsNamedForAll() throws {
    #expect(try flow("plugin", "lock", "probe").output.contains("locked in plugins.lock"))
    try flip("libprobe.so")
    try work.write("workflow.yaml", "flow: 1\nname: locked\nsteps: {it: {use: probe/write}}\n")
    #expect(try flow("check", "workflow.yaml").errors.contains("is not the one of"))
    #expect(try flow("run", "workflow.yaml").status == 2)
    #expect(try write().status == 0, "by hand the lock of a project does not count")
    #expect(try write(environment: ["FLOW_PLUGIN_LOCK": work.at("plugins.lock")]).status == 2)
    #expect(try write(environment: ["FLOW_PLUGIN_LOCK": "/nowhere"]).status == 2)
  }

  @Test func whatIsNotLockedIsNotLoadedWhereALockStands() throws {
    try work.write("plugins/plugins.lock", #"{"flow-plugins-lock": 1, "plugins": {}}"#)
    #expect(try write().errors.contains("plugin 'probe' is not in"))
  }

  @Test(arguments: [
    "", "{}", "[1]", #"{"flow-plugins-lock": 2, "plugins": {}}"#,
    #"{"flow-plugins-lock": 1, "plugins": {"probe": {}}}"#,
  ])
  func aDamagedLockLetsNothingPass(_ text: String) throws {
    try work.write("plugins/plugins.lock", text)
    let result = try write()
    #expect(result.status == 2)
    #expect(result.errors.contains("plugins.lock"), "\(result.errors)")
    #expect(!work.exists("out"))
  }

  /// Between the check by the engine and the load by the worker.
  @Test func aLibraryThatIsReplacedDuringARunIsRefused() throws {
    try work.write(
      "workflow.yaml",
      """
      flow: 1
      name: replaced
      steps:
        first: {use: probe/write, with: {seconds: 1.5}}
        second: {use: probe/write, inputs: {files: $steps.first.text}}
      """)
    let running = try Built.start(
      ["run", "workflow.yaml"], in: work.path, environment: plugin.environment)
    for _ in 0..<400 where (try? Path.list(work.at(".flow/steps")))?.isEmpty ?? true {
      usleep(10_000)
    }
    usleep(300_000)
    try flip("libprobe.so")
    let result = try running.wait()
    #expect(result.status == 1)
    #expect(
      result.errors.contains("the library was replaced since the run began"), "\(result.errors)")
  }

  @Test func whatEveryoneMayWriteIsNotLoaded() throws {
    for name in ["plugins", "plugins/libprobe.so", "plugins/probe.yaml"] {
      var status = stat()
      stat(work.at(name), &status)
      chmod(work.at(name), 0o777)
      let result = try write()
      #expect(result.status == 2)
      #expect(result.errors.contains("everyone may write to"), "\(result.errors)")
      #expect(result.errors.contains("fix: chmod o-w"))
      chmod(work.at(name), status.st_mode & 0o777)
    }
    #expect(try write().status == 0)
  }

  @Test(.enabled(if: getuid() == 0, "only root can give a file away"))
  func whatBelongsToSomeoneElseIsNotLoaded() throws {
    chown(work.at("plugins/libprobe.so"), 12345, 12345)
    #expect(try write().errors.contains("belongs to user 12345, who could put other code there"))
  }
}
