import Files
import Glibc

/// What can be freed when some runs are no longer kept: the directories of steps that no kept run refers to.
///
/// A directory is told by its key. Whatever a step of a kept run has the key of stays, done or not: its result, its
/// log, and the scratch directory from which its next attempt goes on. What the history does not know is no run's and
/// goes only if that is said: after a lost database it is everything that no run has asked for again.
public struct Cleaning: Sendable {
  /// The directory of a step that no kept run refers to.
  public struct Item: Sendable {
    /// Of the step.
    public var key: String
    /// The last step that had the key, and its run; nil for a directory that the history does not know.
    public var step: (name: String, run: String)?
    /// On the disk.
    public var bytes: Int
  }

  /// The runs that are no longer kept, the newest first. The history keeps what is known of them.
  public var runs: [RunRecord]
  /// By key.
  public var items: [Item]
  /// What `flow rerun` kept of runs that are no longer kept.
  public var reruns: [(path: String, bytes: Int)] = []
  /// The directories that the history does not know, and that therefore stay.
  public private(set) var unknown: (count: Int, bytes: Int) = (0, 0)
  /// Directories that could not be removed, and why.
  public var problems: [String] = []

  /// All that is, or would be, freed.
  public var bytes: Int {
    items.reduce(0) { $0 + $1.bytes } + reruns.reduce(0) { $0 + $1.bytes }
  }

  /// Only looks.
  ///
  /// - Parameter freesUnknown: whether what the history does not know goes too.
  /// - Throws: `Diagnostic` where there is no history.
  public static func forecast(
    _ selection: RunSelection, freesUnknown: Bool, in state: StateDirectory
  ) throws -> Cleaning {
    try Cleaning(selection, freesUnknown, in: state, Ledger(reading: state.path))
  }

  /// Removes what can be freed.
  ///
  /// The ledger forgets the results first, and only then their files go: killed in between, what is left over is
  /// referred to by nobody, and the next cleaning removes it. In no order is anything touched that is kept.
  ///
  /// - Parameter freesUnknown: whether what the history does not know goes too.
  /// - Throws: `Diagnostic` where there is no history, or a run is at work.
  public static func perform(
    _ selection: RunSelection, freesUnknown: Bool, in state: StateDirectory
  ) throws -> Cleaning {
    // Taking the lock would create the directory.
    _ = try Ledger(reading: state.path)
    let lock = try state.lock()
    defer { withExtendedLifetime(lock) {} }
    let ledger = try Ledger(writing: state.path)
    Leftovers.end(ofRuns: try ledger.closeInterrupted())
    var cleaning = try Cleaning(selection, freesUnknown, in: state, ledger)
    try ledger.forgetResults(exceptOf: cleaning.kept)
    cleaning.remove(in: state)
    return cleaning
  }

  /// The keys that kept runs refer to.
  private let kept: Set<String>

  private init(
    _ selection: RunSelection, _ freesUnknown: Bool, in state: StateDirectory, _ ledger: Ledger
  ) throws {
    let all = try ledger.runs()
    runs = selection.selected(of: all)
    let selected = Set(runs.map(\.id))
    // What a job is perhaps still writing stays too.
    kept = try ledger.keys(ofRuns: all.map(\.id).filter { !selected.contains($0) })
      .union(ledger.keysOfOpenJobs())
    items = []
    for path in runs.map({ state.rerun(of: $0.id) }) where Path.exists(path) {
      reruns.append((path, Self.bytes(of: path)))
    }
    let root = "\(state.path)/steps"
    guard Path.exists(root) else { return }
    for group in try Path.list(root) {
      for key in try Path.list("\(root)/\(group)") where Self.isKey(key) && !kept.contains(key) {
        let directory = "\(root)/\(group)/\(key)"
        let item = Item(
          key: key, step: try ledger.lastUse(ofKey: key), bytes: Self.bytes(of: directory))
        // A job that only a lost history knew may be writing there.
        if item.step == nil && (!freesUnknown || Path.exists(JobOrder.folder(in: directory))) {
          unknown.count += 1
          unknown.bytes += item.bytes
        } else {
          items.append(item)
        }
      }
    }
  }

  private mutating func remove(in state: StateDirectory) {
    var removed: [Item] = []
    for item in items {
      do throws(FileError) {
        try Path.remove(state.step(item.key))
        removed.append(item)
      } catch {
        problems.append("\(error)")
      }
      rmdir(Path.parent(state.step(item.key)))
    }
    items = removed
    var removedReruns: [(path: String, bytes: Int)] = []
    for rerun in reruns {
      do {
        // One that is at work holds its own lock.
        let lock = try StateDirectory(rerun.path).lock()
        defer { withExtendedLifetime(lock) {} }
        try Path.remove(rerun.path)
        removedReruns.append(rerun)
      } catch {
        problems.append("\(error)")
      }
    }
    reruns = removedReruns
    rmdir("\(state.path)/reruns")
  }

  /// Whatever else a user may have put there is not ours to remove.
  private static func isKey(_ name: String) -> Bool {
    name.utf8.count == 64
      && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// The space that a file or a directory takes on the disk; what cannot be read counts nothing.
  private static func bytes(of path: String) -> Int {
    var status = stat()
    guard lstat(path, &status) == 0 else { return 0 }
    // stat(2) counts in units of 512 bytes whatever the file system's block is.
    var bytes = Int(status.st_blocks) * 512
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in (try? Path.list(path)) ?? [] { bytes += self.bytes(of: "\(path)/\(name)") }
    }
    return bytes
  }
}

extension StateDirectory {
  /// Where `flow rerun` runs a run again.
  public func rerun(of run: String) -> String { "\(path)/reruns/\(run)" }
}
