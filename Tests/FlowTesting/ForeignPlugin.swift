import Files

/// A plugin that is compiled by the system's C compiler, with nothing of the package but its header.
public struct ForeignPlugin {
  /// The directory with manifest and library, for FLOW_PLUGIN_PATH.
  public let directory: String

  /// Compiles Tests/Fixtures/Plugins/NAME.c into `directory` and puts its manifest beside it.
  ///
  /// - Parameter defines: preprocessor definitions, for instance `PLUGIN_ABI=2`.
  public init(_ name: String, into directory: String, defines: [String] = []) throws {
    self.directory = directory
    let tree = Built.sourceTree()
    let fixtures = "\(tree)/Tests/Fixtures/Plugins"
    let compiler = "/usr/bin/cc"
    let result = try RunningCommand(
      compiler,
      ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-D_DEFAULT_SOURCE"]
        + defines.map { "-D\($0)" }
        + [
          "-I\(tree)/Sources/CFlowPlugin/include", "-shared", "-fPIC", "\(fixtures)/\(name).c",
          "-o", "\(directory)/lib\(name).so",
        ], in: directory
    ).wait()
    guard result.status == 0 else {
      throw FileError("compile", "\(name).c", reason: result.errors)
    }
    let manifest = try Path.readText("\(fixtures)/\(name).yaml")
    try WholeFile.write(manifest, to: "\(directory)/\(name).yaml")
  }

  /// The environment in which `flow` finds it.
  public var environment: [String: String] { ["FLOW_PLUGIN_PATH": directory] }
}
