import Files
import FlowTesting

@testable import FlowCore

/// A directory with a plugin and some files, in which tests plan workflows; nothing is run.
struct PlanningDirectory {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    // The planner wants to see a library for this processor; nothing is loaded.
    let header = try FileHandle.openForReading("/proc/self/exe")
    var bytes = [UInt8](repeating: 0, count: 64)
    _ = try header.read(into: &bytes)
    try write("plugins/libtool.so", bytes)
    try write("plugins/tool.yaml", Self.manifest)
    try write("file.txt", "x\n")
    try write("folder/inner.txt", "x\n")
  }

  private static let manifest = """
    flow-plugin: 1
    id: tool
    version: 1.0.0
    abi: 1
    library: libtool.so
    summary: Operations for tests of the planner.
    operations:
      make:
        summary: Make a file.
        inputs:
          files: {type: file, list: true, optional: true, help: Files.}
          folder: {type: directory, optional: true, help: A directory.}
        outputs:
          text: {type: file, path: text.txt, help: Text.}
          extra: {type: file, path: extra.txt, optional: true, help: More text.}
        parameters:
          text: {type: string, default: "", help: Text.}
          names: {type: list, of: string, default: [], help: Names.}
          number: {type: number, default: 1, help: A number.}
          count: {type: integer, default: 0, min: 0, max: 9, help: A count.}
      take:
        summary: Take one file.
        inputs:
          file: {type: file, help: A file.}
        outputs:
          text: {type: file, path: text.txt, help: Text.}
      name:
        summary: Need a name.
        outputs:
          text: {type: file, path: text.txt, help: Text.}
        parameters:
          name: {type: string, required: true, help: A name.}
    """

  func write(_ path: String, _ text: String) throws { try directory.write(path, text) }
  func write(_ path: String, _ bytes: [UInt8]) throws { try directory.write(path, bytes) }

  /// The plan of a workflow with this text after its first two lines.
  func plan(
    _ text: String, settings: Planner.Settings = Planner.Settings()
  ) throws -> Plan {
    try directory.write("workflow.yaml", "flow: 1\nname: test\n" + text)
    return try Planner.plan(
      file: directory.at("workflow.yaml"),
      registry: Registry(directories: [directory.at("plugins")]),
      settings: settings)
  }

  /// What is wrong with it, without the directory's path; empty where nothing is.
  func problems(_ text: String, settings: Planner.Settings = Planner.Settings()) -> String {
    do {
      _ = try plan(text, settings: settings)
      return ""
    } catch { return "\(error)".replacing(directory.path + "/", with: "") }
  }
}

extension Plan {
  var ids: [String] { tasks.map(\.id) }

  func task(_ id: String) -> Task? { tasks.first { $0.id == id } }

  /// What feeds an input, files without the directory's path: `a[x=1].text`, `data/b.bed`.
  func sources(of input: String, _ id: String) -> [String] {
    let sources = task(id)?.inputs.first { $0.name == input }?.sources ?? []
    return sources.map { source in
      switch source {
      case .path(let path): path.replacing(Path.parent(workflow.file) + "/", with: "")
      case .output(let task, let name, let subpath):
        "\(tasks[task].id).\(name)" + (subpath.map { "/\($0)" } ?? "")
      }
    }
  }
}
