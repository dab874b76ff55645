import Glibc

/// Files and directories that are there whole, or not at all.
///
/// Everything is written beside its final place, brought to the disk with `fsync`, and renamed; the
/// directory is synced after, so that neither a crash nor a power cut leaves half a file under a final name.
public enum WholeFile {
  /// Replaces or creates `path` with `bytes`.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let aside = partial(of: path)
    do throws(FileError) {
      let file = try FileHandle.create(aside)
      try file.write(bytes)
      try file.synchronize()
      try publish(aside, as: path)
    } catch {
      unlink(aside)
      throw error
    }
  }

  /// Where the bytes of `path` are written first: a hidden file beside it, named after it and this process.
  static func partial(of path: String) -> String {
    "\(Path.parent(path))/.\(Path.name(path)).partial-\(getpid())"
  }

  /// The process that was writing a file, if `name` is that of such a hidden file.
  public static func writer(ofPartial name: String) -> Int32? {
    guard name.hasPrefix("."), let mark = name.ranges(of: ".partial-").last else { return nil }
    return Int32(name[mark.upperBound...])
  }

  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }

  /// Renames `aside`, already synced, to `path` and syncs the directory.
  public static func publish(_ aside: String, as path: String) throws(FileError) {
    guard rename(aside, path) == 0 else {
      throw FileError("rename \(aside) to", path, errno: errno)
    }
    try synchronizeDirectory(Path.parent(path))
  }

  /// Brings a directory's entries to the disk.
  public static func synchronizeDirectory(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open directory", path, errno: errno) }
    defer { close(descriptor) }
    // Some network file systems cannot sync a directory and say EINVAL: nothing more can be done there.
    if fsync(descriptor) != 0 && errno != EINVAL {
      throw FileError("sync directory", path, errno: errno)
    }
  }

  /// Brings a file, or a directory with everything in it, to the disk.
  public static func synchronizeTree(_ path: String) throws(FileError) {
    if try Path.kind(path) == .directory {
      for name in try Path.list(path) { try synchronizeTree("\(path)/\(name)") }
      try synchronizeDirectory(path)
    } else {
      try FileHandle.openForReading(path).synchronize()
    }
  }
}
