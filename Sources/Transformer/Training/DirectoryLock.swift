import Files
import Glibc

/// The exclusive use of a directory, held until this object goes or its process ends, however it
/// ends.
///
/// An flock(2) on the file `lock` in the directory. Where the file system has no such locks (some
/// mounts of Lustre and NFS), the directory is used without.
final class DirectoryLock {
  private let descriptor: Int32

  /// Waits a while for a process that is just ending.
  ///
  /// - Parameter patience: in milliseconds.
  /// - Throws: `FileError` that names the process that has the directory, or why no lock can be made.
  init(_ directory: String, patience: Int = 5_000) throws(FileError) {
    let path = "\(directory)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw FileError("create", path, errno: errno) }
    var waited = 0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == ENOSYS || code == ENOLCK || code == EOPNOTSUPP || code == EINVAL { return }
      if code == EINTR { continue }
      // An object that fails to be made closes its descriptor too, once all of it is set.
      guard code == EWOULDBLOCK else { throw FileError("lock", path, errno: code) }
      guard waited < patience else {
        let holder = (try? Path.readRegularText(path, limit: 1 << 10)) ?? ""
        throw FileError(
          "use", directory,
          reason: "\(holder.isEmpty ? "another process" : holder) has it; two trainings cannot "
            + "share a scratch directory")
      }
      usleep(20_000)
      waited += 20
    }
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let holder = "process \(getpid()) on \(String(decoding: host, as: UTF8.self))"
    // Only for the message above; the lock holds without.
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, holder, holder.utf8.count, 0)
  }

  deinit { close(descriptor) }
}
