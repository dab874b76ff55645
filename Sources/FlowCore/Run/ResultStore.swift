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

  /// The outputs under a key, if every one of them is there with the content it had when it was made.
  ///
  /// A result with a missing or changed output is forgotten and will be made again; the history keeps why. One that the
  /// ledger does not know, since an engine died before it could say so, is entered.
  ///
  /// - Parameter step: the row of the step that asks.
  func result(_ key: String, for step: Int) throws -> [String: StoredOutput]? {
    switch try examine(key) {
    case .unknown: return nil
    case .unlisted(let made):
      try ledger.addResult(key: key, step: try ledger.latestStep(ofKey: key) ?? step, outputs: made)
      return outputs(made)
    case .whole(let outputs):
      // What was doubtful has been read again, from the disk.
      if try ledger.durability(ofResult: key) == .unsure { try ledger.setOnDisk([key]) }
      return outputs
    case .spoiled(let loss):
      try ledger.removeResult(loss)
      return nil
    }
  }

  /// What `examine` found although the ledger does not know it, as the outputs that it is.
  func outputs(
    _ made: [(name: String, path: String, artifact: Artifact)]
  ) -> [String: StoredOutput] {
    Dictionary(
      made.map {
        ($0.name, StoredOutput(path: "\(state.path)/\($0.path)", sha256: $0.artifact.sha256))
      }
    ) { first, _ in first }
  }

  /// The directories for an attempt.
  ///
  /// - Parameters:
  ///   - attempt: unique in this state directory.
  ///   - directories: where a script gets its directory from; nil for a plugin.
  func prepare(
    _ key: String, attempt: String, scriptIn directories: WorkDirectories?
  ) throws(FileError) -> AttemptDirectories {
    let directory = state.step(key)
    if try !Path.isCreated(directory) {
      for name in try Path.list(directory) where name.hasPrefix(StateDirectory.partial) {
        try Path.remove("\(directory)/\(name)")
      }
    }
    let partial = "\(directory)/\(StateDirectory.partial)-\(attempt)"
    try Path.createDirectory(partial)
    let work = try directories?.take(for: attempt) ?? "\(directory)/scratch"
    if directories == nil { try Path.createDirectory(work) }
    return AttemptDirectories(
      partial: partial, work: work, isScript: directories != nil, log: "\(directory)/log",
      command: "\(directory)/command")
  }

  /// Appends a plugin's log line to the step's log; a full disk must not stop the run for it.
  func log(_ message: String, key: String) {
    try? FileHandle.append("\(state.step(key))/log").write(message + "\n")
  }

  /// The last line that a step printed, without what cannot be shown; nil where there is none.
  func lastLine(ofLog key: String) -> String? {
    let lines = tail(ofLog: key)?.split(separator: 0x0A) ?? []
    return lines.last { $0.contains { $0 > 0x20 } }.map {
      String(Visible.cell(String(decoding: $0, as: UTF8.self)).prefix(300))
    }
  }

  /// The last 4 KiB of what a step printed; nil where there is nothing to read.
  func tail(ofLog key: String) -> [UInt8]? {
    guard let file = try? FileHandle.openForReading("\(state.step(key))/log"),
      let size = try? file.size()
    else { return nil }
    return try? file.read(upTo: 1 << 12, from: max(0, size - 1 << 12))
  }

  /// Checks what an attempt wrote, moves it to its place and enters it in the ledger.
  ///
  /// It is brought to the disk later, with others: until then a crash of the machine, and nothing else, may take it
  /// away, and the ledger knows that.
  ///
  /// - Throws: `Diagnostic` where the maker, a plugin or a script, did not keep the promise.
  func commit(
    _ partial: String, key: String, operation: Manifest.Operation, by maker: String, step: Int
  ) throws -> [String: StoredOutput] {
    let directory = state.step(key)
    let problems = try OutputCheck.problems(of: operation, in: partial)
    guard problems.isEmpty else {
      throw Diagnostic(
        "the \(maker) does not keep its promise: " + problems.joined(separator: "; "))
    }
    // Before the hashes are taken: a change of permissions is a change to the hasher too.
    try Self.makeReadOnly(partial)
    var made: [(name: String, path: String, artifact: Artifact)] = []
    var outputs: [String: StoredOutput] = [:]
    var record = ResultRecord([])
    for output in operation.outputs {
      let path = "\(state.relativeStep(key))/outputs/\(output.path)"
      if output.isOptional && !Path.exists("\(partial)/\(output.path)") { continue }
      let artifact = try artifact(of: output, in: partial, by: maker)
      made.append((output.name, path, artifact))
      record.outputs.append(
        ResultRecord.Output(name: output.name, path: output.path, sha256: artifact.sha256))
      outputs[output.name] = StoredOutput(
        path: "\(state.path)/\(path)", sha256: artifact.sha256)
    }
    try Path.remove("\(directory)/outputs")
    try ResultRecord.remove(from: directory)
    try Path.move(partial, to: "\(directory)/outputs")
    try record.write(to: directory)
    try ledger.addResult(key: key, step: step, outputs: made)
    return outputs
  }

  private func artifact(
    of output: Manifest.Output, in partial: String, by maker: String
  ) throws -> Artifact {
    do {
      return try ledger.artifact(at: "\(partial)/\(output.path)", allowLinks: false)
    } catch let error as FileError where error.code == 0 && error.path.hasPrefix("\(partial)/") {
      let path = error.path.dropFirst(partial.count + 1)
      throw Diagnostic(
        "the \(maker) wrote '\(path)', which cannot be taken: \(error.reason)",
        fix: error.reason.contains("link") ? "copy what it points to: cp -L" : nil)
    }
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
