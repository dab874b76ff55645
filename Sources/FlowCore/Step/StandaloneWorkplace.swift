import Files
import Glibc

/// Where a standalone step works inside its output directory, hidden and apart from other steps there.
struct StandaloneWorkplace {
  /// Holds the outputs while they are written.
  let partial: String
  /// Where a step without a scratch directory of its user's keeps unfinished work.
  let scratch: String
  // Locked while this process lives: how another tells our directory from one left by a dead process.
  private let lock: FileHandle

  private static let prefix = ".flow-partial-"

  /// Removes what dead processes left in `directory`, and creates the directory for outputs.
  init(in directory: String) throws {
    var isShared = false
    for name in try Path.list(directory) where name.hasPrefix(Self.prefix) {
      let found = "\(directory)/\(name)"
      guard let file = try? FileHandle.openForReading(found) else { continue }
      if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 {
        try? Path.remove(found)
      } else {
        isShared = true
      }
    }
    partial = "\(directory)/\(Self.prefix)\(getpid())"
    try Path.createDirectory(partial)
    lock = try FileHandle.openForReading(partial)
    flock(lock.descriptor, LOCK_EX | LOCK_NB)
    // The work of an attempt that was cut off is taken up again by one process, not by two at once.
    scratch = "\(directory)/.flow-scratch" + (isShared ? "-\(getpid())" : "")
  }

  /// Removes the directories; a scratch directory stays only where it holds work for the next attempt.
  func remove() {
    try? Path.remove(partial)
    if scratch.hasSuffix("-\(getpid())") {
      try? Path.remove(scratch)
    } else {
      rmdir(scratch)
    }
  }
}
