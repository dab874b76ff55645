import Files

// What is copied to the results directory, and under which names.
extension Planner {
  /// The longest name of a file that Linux's file systems take, in bytes (NAME_MAX).
  static let nameLimit = 255

  mutating func plannedOutputs(_ output: Workflow.Output) -> [Plan.PlannedOutput] {
    let before = reports
    check(output.source, of: nil, axes: Axes(nil), in: 0)
    guard reports == before, !dependsOnBroken(output.source) else { return [] }
    let resolved = resolve(output.source, in: 0, axes: [:])
    let sources = resolved.sources
    // How many tasks there happen to be decides no name: one is called as two would be.
    let isMany = resolved.isGathered || sources.count > 1
    let planned = sources.map { source in
      Plan.PlannedOutput(path: isMany ? path(of: source, in: output) : output.name, source: source)
    }
    var paths: Set<String> = []
    for path in planned.map(\.path) {
      if !paths.insert(path).inserted {
        report(
          "two results would have the path '\(path)'", at: output.mark, in: 0,
          fix: "use 'foreach' values that differ in more than '/' and control characters")
      }
      if let name = path.split(separator: "/").first(where: { $0.utf8.count > Self.nameLimit }) {
        report(
          "the result's name '\(name.prefix(60))…' has more than \(Self.nameLimit) bytes",
          at: output.mark, in: 0,
          fix: name == output.name ? "use a shorter name" : "use shorter 'foreach' values")
      }
    }
    return planned
  }

  /// Whether a result comes from a step with mistakes, which are said already.
  private func dependsOnBroken(_ source: Source) -> Bool {
    needed(by: source, in: 0).contains { broken.contains($0) }
  }

  private func path(of source: Plan.PlannedSource, in output: Workflow.Output) -> String {
    guard case .output(let position, let name, let subpath) = source else { return output.name }
    let task = tasks[position]
    var path = "\(output.name)/\(fileName(label(of: task.axes)))"
    // A file keeps its own name, and with it its ending.
    if let subpath {
      path += "/\(Path.name(subpath))"
    } else if let file = task.operation.output(name), file.type == .file {
      path += "/\(file.path)"
    }
    return path
  }

  /// A value may hold anything; a file name may not, and one with control characters is a trap for scripts.
  private func fileName(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      let isUnfit = scalar == "/" || scalar.properties.generalCategory == .control
      name.unicodeScalars.append(isUnfit ? "_" : scalar)
    }
    return name
  }
}
