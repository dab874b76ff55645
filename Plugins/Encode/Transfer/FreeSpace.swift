import Files
import FlowPlugin
import Glibc

/// Whether a directory's disk has room for what is to come, asked before the first byte.
enum FreeSpace {
  /// - Throws: `StepFailure` where the sizes that the list tells do not fit; `FileError`.
  static func check(_ downloads: [Download], in directory: String) throws {
    let free = try bytes(in: directory)
    var needed = 0
    for download in downloads {
      needed = needed.addingReportingOverflow(download.bytes ?? 0).partialValue
      if needed < 0 { needed = .max }
    }
    guard needed > free else { return }
    // Only now the many questions what is there already.
    for download in downloads {
      let path = "\(directory)/\(download.name)"
      let there = (try? Path.size(path)) ?? (try? Path.size(path + PartialFile.suffix)) ?? 0
      needed -= min(there, download.bytes ?? 0)
    }
    guard needed > free else { return }
    throw StepFailure(
      .failed,
      "the files need \(megabytes(needed)) more on the disk of \(directory), and \(megabytes(free)) are "
        + "free; make room, or choose another place")
  }

  /// Words where the rest of a file, of which the list tells no size, does not fit; nil where it does.
  static func fault(of bytes: Int, in directory: String) throws(FileError) -> String? {
    let free = try self.bytes(in: directory)
    guard bytes > free else { return nil }
    return
      "it needs \(megabytes(bytes)) more on the disk of \(directory), and \(megabytes(free)) are free"
  }

  private static func bytes(in directory: String) throws(FileError) -> Int {
    var status = statvfs()
    guard statvfs(directory, &status) == 0 else {
      throw FileError("inspect the disk of", directory, errno: errno)
    }
    return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  private static func megabytes(_ bytes: Int) -> String {
    "\(bytes / 1_000_000 + (bytes % 1_000_000 == 0 ? 0 : 1)) MB"
  }
}
