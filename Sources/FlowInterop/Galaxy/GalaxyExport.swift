import Files
import FlowCore

/// Operations as Galaxy tools: one XML file each.
public enum GalaxyExport {
  /// The file that the tools' tests give to a tool that must refuse it.
  static let invalidFile = "invalid.txt"

  /// Writes a tool for each operation, and the data of their tests under `test-data`.
  ///
  /// - Parameters:
  ///   - operations: `PLUGIN/OPERATION`, or `PLUGIN` for all of its operations; none for all of all plugins.
  ///   - directory: made where it is not there; files of the same names are replaced.
  /// - Returns: the paths of the files written.
  /// - Throws: `Diagnostic` where there is no such plugin or operation; `FileError` where a file cannot be written.
  public static func write(
    _ operations: [String], of registry: Registry, to directory: String
  ) throws -> [String] {
    let tools = try tools(operations, of: registry)
    try Path.createDirectory("\(directory)/test-data")
    var written: [String] = []
    for tool in tools {
      let path = "\(directory)/\(tool.fileName)"
      try WholeFile.write(tool.xml, to: path)
      written.append(path)
    }
    let data = "\(directory)/test-data/\(invalidFile)"
    try WholeFile.write("This is no input of any tool.\n", to: data)
    return written + [data]
  }

  private static func tools(
    _ operations: [String], of registry: Registry
  ) throws(Diagnostic) -> [GalaxyTool] {
    var tools: [GalaxyTool] = []
    for name in operations.isEmpty ? registry.plugins.keys.sorted() : operations {
      if name.contains("/") {
        let (plugin, operation) = try registry.operation(name)
        tools.append(GalaxyTool(plugin: plugin.manifest, operation: operation))
        continue
      }
      guard let plugin = registry.plugins[name] else {
        throw Diagnostic(
          "there is no plugin '\(name)'",
          fix: Suggestion.nearest(to: name, among: registry.plugins.keys)
            .map { "did you mean '\($0)'?" } ?? "`flow plugin list` shows what there is")
      }
      tools += plugin.manifest.operations.map {
        GalaxyTool(plugin: plugin.manifest, operation: $0)
      }
    }
    guard !tools.isEmpty else {
      throw Diagnostic("there are no plugins to export", fix: "name a directory with --plugin-dir")
    }
    return tools
  }
}
