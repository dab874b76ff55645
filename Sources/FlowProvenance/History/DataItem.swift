import FlowCore

/// One file or directory that a run read or made, by where it comes from: equal bytes may have several origins, and
/// only the origin tells which of them a step was given.
enum DataItem: Hashable {
  /// What no step of the run made.
  case source(path: String, sha256: String)
  /// An output of the step with this key, or with `subpath` what lies there in an output that is a directory.
  case result(key: String, output: String, subpath: String)
}

/// Finds the items behind the inputs of steps.
struct DataItems {
  /// The outputs of the run's steps by key, each with its path from the state directory on.
  private var outputs: [String: [(name: String, path: String)]] = [:]

  init(_ history: RunHistory) throws {
    for step in history.steps {
      guard let key = step.key, outputs[key] == nil else { continue }
      let made = try history.outputs(of: step)
      if !made.isEmpty { outputs[key] = made.map { ($0.name, $0.path) } }
    }
  }

  func item(_ input: ArtifactRecord) -> DataItem {
    if let key = input.key {
      for output in outputs[key] ?? [] {
        if input.path.hasSuffix("/\(output.path)") {
          return .result(key: key, output: output.name, subpath: "")
        }
        if let found = input.path.firstRange(of: "/\(output.path)/") {
          return .result(
            key: key, output: output.name, subpath: String(input.path[found.upperBound...]))
        }
      }
    }
    return .source(path: input.path, sha256: input.sha256)
  }
}
