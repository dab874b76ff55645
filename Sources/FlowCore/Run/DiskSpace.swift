import CSQLite
import Files
import Glibc

/// What to do when the disk is full: give back what failed attempts hold, try once more, then say so.
enum DiskSpace {
  struct Exhausted: Error, CustomStringConvertible {
    let path: String

    var description: String {
      "no space is left on the disk of \(path)\n"
        + "  fix: free some and run again; the results of the steps that are done are kept"
    }
  }

  /// Whether nothing more can be written to the disk of a path: what a program makes of that, it need not say.
  static func isFull(_ path: String) -> Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return false }
    // Some blocks are kept for root.
    let blocks = geteuid() == 0 ? status.f_bfree : status.f_bavail
    let hasFiles = status.f_files == 0 || status.f_ffree > 0
    return UInt64(blocks) * UInt64(status.f_frsize) < leastBytes || !hasFiles
  }

  /// A program that was refused a large write may leave less than it.
  private static let leastBytes: UInt64 = 32 << 10

  /// Whether an error says that a disk or a quota is full.
  static func isExhausted(_ error: any Error) -> Bool {
    switch error {
    case let error as SQLiteError: error.code & 0xFF == SQLITE_FULL
    case let error as FileError: error.code == ENOSPC || error.code == EDQUOT
    default: error is Exhausted
    }
  }

  /// Runs `body`, and once more after `free` where the disk was full.
  static func retrying<Result>(
    after free: () -> Void, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch  where isExhausted(error) {
      free()
      return try body()
    }
  }
}
