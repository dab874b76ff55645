import Files

/// Whether a step's outputs are what its manifest, or its workflow, promises.
enum OutputCheck {
  /// Looks at the directory in which a worker created its outputs.
  ///
  /// - Returns: what is wrong, in words for the user; empty where all is well.
  static func problems(
    of operation: Manifest.Operation, in directory: String
  ) throws(FileError) -> [String] {
    var problems: [String] = []
    var expected: Set<String> = []
    for output in operation.outputs {
      expected.insert(output.path)
      let kind = try Path.kind("\(directory)/\(output.path)")
      switch (kind, output.type) {
      case (.file, .file), (.directory, .directory): break
      case (nil, _):
        if !output.isOptional {
          problems.append("it said it was done but did not write its output '\(output.name)'")
        }
      case (.link, _):
        problems.append("its output '\(output.name)' is a link, which may point anywhere")
      default:
        problems.append(
          "its output '\(output.name)' is not the \(output.type.rawValue) that is declared"
        )
      }
    }
    for name in try Path.list(directory) where !expected.contains(name) {
      problems.append("it wrote '\(name)', which is not declared")
    }
    return problems
  }
}
