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
  /// A result with a missing or changed output is forgotten and will be made again; the history keeps why.
  func result(_ key: String) throws -> [String: StoredOutput]? {
    switch try examine(key) {
    case .unknown: return nil
    case .whole(let outputs): return outputs
    case .spoiled(let loss):
      try ledger.removeResult(loss)
      return nil
    }
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

  /// The last line that a step printed, without what cannot be shown; nil where there is none.
  func lastLine(ofLog key: String) -> String? {
    guard let file = try? FileHandle.openForReading("\(state.step(key))/log"),
      let size = try? Path.size(file.path),
      let tail = try? file.read(upTo: 1 << 12, from: max(0, size - 1 << 12))
    else { return nil }
    let lines = tail.split(separator: 0x0A)
    return lines.last { $0.contains { $0 > 0x20 } }.map {
      String(Visible.cell(String(decoding: $0, as: UTF8.self)).prefix(300))
    }
  }

  /// Frees the space of an attempt that failed; its scratch directory stays for the next one.
  func discard(_ key: String) { try? Path.remove("\(state.step(key))/partial") }

  /// Checks what an attempt wrote, brings it to the disk, moves it to its place and enters it in the ledger.
  ///
  /// - Throws: `Diagnostic` where the maker, a plugin or a script, did not keep the promise.
  func commit(
    key: String, operation: Manifest.Operation, by maker: String, step: Int
  ) throws -> [String: StoredOutput] {
    let directory = state.step(key)
    let partial = "\(directory)/partial"
    let problems = try OutputCheck.problems(of: operation, in: partial)
    guard problems.isEmpty else {
      throw Diagnostic(
        "the \(maker) does not keep its promise: " + problems.joined(separator: "; "))
    }
    // Before the hashes are taken: a change of permissions is a change to the hasher too.
    try Self.makeReadOnly(partial)
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
    // The result is in its place; what is left of the work only takes room.
    try? Path.remove("\(directory)/scratch")
    return outputs
  }

  /// Takes the right to write away from the files in a directory, so that a step which writes to its input
  /// by mistake fails. Directories stay writable: removing them must need no special care.
  private static func makeReadOnly(_ path: String) throws(FileError) {
    if try Path.kind(path) == .directory {
      for name in try Path.list(path) { try makeReadOnly("\(path)/\(name)") }
      return
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
    // A link is refused when the content is hashed; what it points to is not ours to change.
    guard status.st_mode & S_IFMT == S_IFREG else { return }
    guard chmod(path, status.st_mode & 0o555) == 0 else {
      throw FileError("make read-only", path, errno: errno)
    }
  }
}
