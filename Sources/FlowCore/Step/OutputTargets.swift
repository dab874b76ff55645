import Files

/// Whether the outputs of a standalone step can take their places without harm to what stands there.
///
/// A file may take the place of a file, and a directory that of one with nothing else in it; that makes a
/// step repeatable in one place, and keeps it from replacing what someone else put there.
struct OutputTargets {
  private let request: StepRequest

  /// - Parameter request: with the user's directory as `outputDirectory`.
  init(_ request: StepRequest) { self.request = request }

  /// - Throws: `Diagnostic` where an output cannot take its place whatever the step writes.
  func checkBeforeRunning() throws {
    var inputs: Set<String> = []
    for path in request.inputs.flatMap(\.paths) { inputs.insert(try Path.real(path)) }
    for output in request.operation.outputs {
      let target = "\(request.outputDirectory)/\(output.path)"
      guard let kind = try Path.kind(target) else { continue }
      let fix = "move it, or choose another --output-dir"
      if let real = try? Path.real(target), inputs.contains(real) {
        throw Diagnostic("output '\(output.name)' would replace an input, \(target)", fix: fix)
      }
      switch (kind, output.type) {
      case (.file, .file), (.directory, .directory), (.link, _): break
      default:
        throw Diagnostic(
          "\(target) is in the way of output '\(output.name)', which is a \(output.type.rawValue)",
          fix: fix)
      }
    }
  }

  /// What is wrong with putting the outputs in `partial` in their places, in words; nil where nothing is.
  func problem(placing partial: String) throws(FileError) -> String? {
    for output in request.operation.outputs where output.type == .directory {
      let target = "\(request.outputDirectory)/\(output.path)"
      guard try Path.kind(target) == .directory else { continue }
      if let foreign = try foreignEntry(in: target, beside: "\(partial)/\(output.path)") {
        return "\(target) holds \(foreign), which output '\(output.name)' does not; "
          + "remove it or choose another --output-dir"
      }
    }
    return nil
  }

  /// The path in `old` of something that `new` has not.
  private func foreignEntry(
    in old: String, beside new: String
  ) throws(FileError) -> String? {
    for name in try Path.list(old) {
      let kind = try Path.kind("\(old)/\(name)")
      guard try Path.kind("\(new)/\(name)") == kind else { return name }
      if kind == .directory,
        let inner = try foreignEntry(in: "\(old)/\(name)", beside: "\(new)/\(name)")
      {
        return "\(name)/\(inner)"
      }
    }
    return nil
  }
}
