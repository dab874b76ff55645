import Files
import Glibc

/// A disk of some kibibytes in memory, mounted on a directory until `unmount` is called.
public struct SmallDisk {
  private let path: String

  /// Whether this process may mount disks.
  public static let canBeMade: Bool = {
    guard getuid() == 0, let work = try? TemporaryDirectory(),
      let disk = try? SmallDisk(work.path, kibibytes: 64)
    else { return false }
    disk.unmount()
    return true
  }()

  /// - Throws: `FileError` where it cannot be mounted.
  public init(_ path: String, kibibytes: Int) throws(FileError) {
    self.path = path
    guard mount("none", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
      throw FileError("mount a disk on", path, errno: errno)
    }
  }

  /// Leaves so many kibibytes, a multiple of 4, for others.
  public func fill(leaving kibibytes: Int) throws(FileError) {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
    let bytes = Int(status.f_bavail) * Int(status.f_frsize) - kibibytes << 10
    try FileHandle.create("\(path)/filler").write([UInt8](repeating: 0, count: bytes))
  }

  /// Takes the disk away, and all that was on it.
  public func unmount() { umount(path) }
}
