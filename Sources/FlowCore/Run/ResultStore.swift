import Files
import Glibc

/// An output in the store.
struct StoredOutput: Equatable {
  /// Absolute.
  let path: String
  let sha256: String
}

/// The results of steps by their keys, on disk and in the ledger.
struct ResultStore {
  let state: StateDirectory
  let ledger: Ledger

  struct Prepared {
    let partial: String
    let scratch: String
    let log: String
    let command: String
  }

  /// The outputs under a key, if every one of them is there with the content it had when it was made.
  ///
  /// A result with a missing or changed output is forgotten and will be made again.
  func result(_ key: String) throws -> [String: StoredOutput]? {
    let known = try ledger.database.run(
      "SELECT 1 AS found FROM results WHERE key = ?", [.text(key)])
    guard !known.isEmpty else { return nil }
    var outputs: [String: StoredOutput] = [:]
    for output in try ledger.outputs(ofKey: key) {
      let path = "\(state.path)/\(output.path)"
      let artifact = try? ledger.artifact(at: path, allowLinks: false)
      guard artifact?.sha256 == output.sha256 else {
        try ledger.removeResult(key: key)
        return nil
      }
      outputs[output.name] = StoredOutput(path: path, sha256: output.sha256)
    }
    return outputs
  }

  /// The directories for an attempt: an empty one for outputs, and the scratch directory as it was left.
  func prepare(_ key: String) throws -> Prepared {
    let directory = state.step(key)
    try Path.createDirectory(directory)
    let absolute = try Path.real(directory)
    try Path.remove("\(absolute)/partial")
    try Path.createDirectory("\(absolute)/partial")
    try Path.createDirectory("\(absolute)/scratch")
    return Prepared(
      partial: "\(absolute)/partial", scratch: "\(absolute)/scratch", log: "\(absolute)/log",
      command: "\(absolute)/command")
  }

  /// Appends a plugin's log line to the step's log; a full disk must not stop the run for it.
  func log(_ message: String, key: String) {
    try? FileHandle.append("\(state.step(key))/log").write(message + "\n")
  }

  /// Checks what an attempt wrote, brings it to the disk, moves it to its place and enters it in the ledger.
  ///
  /// - Throws: `Diagnostic` where the plugin did not keep its manifest's promise.
  func commit(
    key: String, operation: Manifest.Operation, step: Int
  ) throws -> [String: StoredOutput] {
    let directory = state.step(key)
    let partial = "\(directory)/partial"
    let problems = try OutputCheck.problems(of: operation, in: partial)
    guard problems.isEmpty else {
      throw Diagnostic(
        "the plugin does not keep its promise: " + problems.joined(separator: "; "))
    }
    try WholeFile.synchronizeTree(partial)
    try Path.remove("\(directory)/outputs")
    try WholeFile.publish(partial, as: "\(directory)/outputs")
    var made: [(name: String, path: String, artifact: Artifact)] = []
    var outputs: [String: StoredOutput] = [:]
    for output in operation.outputs {
      let path = "\(state.relativeStep(key))/outputs/\(output.path)"
      let absolute = "\(state.path)/\(path)"
      if output.isOptional && !Path.exists(absolute) { continue }
      let artifact = try ledger.artifact(at: absolute, allowLinks: false)
      made.append((output.name, path, artifact))
      outputs[output.name] = StoredOutput(path: absolute, sha256: artifact.sha256)
    }
    try ledger.addResult(key: key, step: step, outputs: made)
    try Path.remove("\(directory)/scratch")
    return outputs
  }
}
