import Files
import Glibc

/// Where scripts work: an empty directory for each attempt, under a name that no other attempt ever had.
///
/// An emptied directory is renamed rather than removed and made anew: ext4 takes no inode that was freed a moment ago
/// and looks at all of those first, which costs a run of many small steps more than starting them.
final class WorkDirectories {
  private let root: String
  private var empty: [String] = []

  /// Clears what earlier runs left.
  init(_ root: String) throws(FileError) {
    self.root = root
    try Path.remove(root)
  }

  func take(for attempt: String) throws(FileError) -> String {
    let path = "\(root)/\(attempt)"
    if let other = empty.popLast() {
      try Path.move(other, to: path)
    } else {
      try Path.createDirectory(path)
    }
    return path
  }

  /// The attempt has ended; what it left here is removed.
  func giveBack(_ path: String) {
    do throws(FileError) {
      for name in try Path.list(path) { try Path.remove("\(path)/\(name)") }
      empty.append(path)
    } catch {
      // Whatever cannot be removed now is the next run's to remove.
    }
  }

  /// At the end of a run nothing stays but what a failed script left, for whoever looks for the cause.
  func removeEmpty() {
    for path in empty { try? Path.remove(path) }
    empty = []
    rmdir(root)
  }
}
