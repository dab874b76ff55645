import Files

/// The bounds of one step: it reads its inputs and the system, and writes where its outputs are made.
///
/// The kernel holds a step and all that it starts to them. What a step could reach without being told, it could
/// depend on without anyone knowing: the bounds are as much for the truth of its key as for safety.
public struct Sandbox: Sendable {
  /// What the step, its operation and the user ask for beyond inputs and outputs.
  public var confinement: Confinement
  private let reads: [String]
  private let writes: [String]

  /// - Parameters:
  ///   - reads: files and directories to read: inputs, the plugin.
  ///   - writes: directories for outputs and unfinished work; the log.
  init(_ confinement: Confinement, reads: [String], writes: [String]) {
    self.confinement = confinement
    self.reads = reads
    self.writes = writes
  }

  /// The rules for the kernel.
  ///
  /// - Parameter log: the descriptor of the step's standard output, which a script may open as /dev/stdout.
  func rules(log: Int32) throws(FileError) -> FileHandle {
    let landlock = Landlock.here
    let rules = try landlock.rules(network: confinement.network)
    for (place, rights) in SystemPlaces.ofProcess.rules {
      try landlock.allow(rights, on: place, in: rules)
    }
    for path in reads + confinement.reads {
      guard let place = SandboxPlace(path) else { continue }
      try landlock.allow(.read, on: place, in: rules)
      if place.isDirectory { try allowTargets(of: path, landlock, rules) }
    }
    for path in writes + confinement.writes + ["/proc/self/fd/\(log)"] {
      guard let place = SandboxPlace(path) else { continue }
      try landlock.allow(.all, on: place, in: rules)
    }
    return rules
  }

  /// An input may be a directory of links, as collections of data often are: what they name is its content.
  private func allowTargets(
    of directory: String, _ landlock: Landlock, _ rules: FileHandle
  ) throws(FileError) {
    var links = DirectoryLinks(in: directory)
    while let target = links.next() {
      guard let place = SandboxPlace(target) else { continue }
      try landlock.allow(.read, on: place, in: rules)
    }
  }
}
