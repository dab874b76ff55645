import Files
import FlowCore
import FlowTesting

/// The workflow and the plugin of Tests/Fixtures/interop, in a directory of their own.
struct Example {
  let directory: TemporaryDirectory
  let registry: Registry

  static var fixtures: String { "\(Built.sourceTree())/Tests/Fixtures/interop" }

  init() throws {
    directory = try TemporaryDirectory()
    // The planner wants to see a library for this processor; nothing is loaded when exporting.
    try Path.createDirectory(directory.at("lib"))
    let header = try FileHandle.openForReading("/proc/self/exe")
    var bytes = [UInt8](repeating: 0, count: 64)
    _ = try header.read(into: &bytes)
    try WholeFile.write(bytes, to: directory.at("lib/libexample.so"))
    for file in ["workflow.yaml", "data/genome.fa", "data/a.bed", "data/b.bed"] {
      let text = try Path.readText("\(Self.fixtures)/workflow/\(file)")
      try directory.write("workflow/\(file)", text)
    }
    registry = Registry(directories: ["\(Self.fixtures)/Registry", directory.at("lib")])
  }

  /// The plan of the fixture's workflow, or of the text of another.
  func plan(_ text: String? = nil) throws -> Plan {
    if let text { try directory.write("workflow/workflow.yaml", text) }
    let workflow = try WorkflowParser.parse(file: directory.at("workflow/workflow.yaml"))
    return try Planner.plan(workflow, registry: registry)
  }

  /// All files below a directory, their paths from there, with the version of flow made neutral.
  static func files(in directory: String) throws -> [String: String] {
    var files: [String: String] = [:]
    func visit(_ path: String) throws {
      for name in try Path.list(path.isEmpty ? directory : "\(directory)/\(path)") {
        let inner = path.isEmpty ? name : "\(path)/\(name)"
        if try Path.kind("\(directory)/\(inner)") == .directory {
          try visit(inner)
        } else {
          files[inner] = try Path.readText("\(directory)/\(inner)")
            .replacing("flow \(flowVersion)", with: "flow VERSION")
            .replacing("version=\"\(flowVersion)\">flow", with: "version=\"VERSION\">flow")
        }
      }
    }
    try visit("")
    return files
  }

  /// Compares what was written with Tests/Fixtures/interop/`name`.
  ///
  /// With FLOW_RECORD_FIXTURES set, the fixture is written instead: look at the difference before you commit it.
  /// - Returns: the paths of files that differ, are missing or are too many.
  static func differences(_ directory: String, from name: String) throws -> [String] {
    let written = try files(in: directory)
    let fixture = "\(fixtures)/\(name)"
    if environment("FLOW_RECORD_FIXTURES") != nil {
      try Path.remove(fixture)
      for (path, text) in written {
        try Path.createDirectory(Path.parent("\(fixture)/\(path)"))
        try WholeFile.write(text, to: "\(fixture)/\(path)")
      }
    }
    let expected = try files(in: fixture)
    return Set(written.keys).union(expected.keys).filter { written[$0] != expected[$0] }.sorted()
  }
}
