import Glibc

/// Removes a directory with all below it by what the kernel calls its entries, not by text: names need not be UTF-8,
/// trees may be of any depth, and nobody can put a link in the place of a directory while it is emptied.
struct TreeRemoval {
  private let path: String
  private let top: Int32
  /// How many directories were too deep to reach from here, and were moved up to the top.
  private var moved = 0

  /// Each level holds a descriptor while what is below it is removed.
  private static let deepest = 64

  private typealias Name = [CChar]

  static func remove(_ path: String) throws(FileError) {
    let top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard top >= 0 else { throw FileError("open directory", path, errno: errno) }
    defer { close(top) }
    var removal = TreeRemoval(path: path, top: top)
    var before: Int
    repeat {
      before = removal.moved
      try removal.empty(top, depth: 0)
    } while removal.moved > before
    guard rmdir(path) == 0 || errno == ENOENT else { throw FileError("remove", path, errno: errno) }
  }

  private init(path: String, top: Int32) {
    self.path = path
    self.top = top
  }

  private mutating func empty(_ directory: Int32, depth: Int) throws(FileError) {
    for name in try names(in: directory) {
      if unlinkat(directory, name, 0) == 0 || errno == ENOENT { continue }
      // Linux says EISDIR of a directory, POSIX EPERM.
      guard errno == EISDIR || errno == EPERM else { throw failure("remove", name) }
      if depth >= Self.deepest {
        moved += 1
        guard renameat(directory, name, top, ".removed-\(getpid())-\(moved)") == 0 else {
          throw failure("move", name)
        }
        continue
      }
      let inner = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard inner >= 0 else { throw failure("remove", name) }
      defer { close(inner) }
      try empty(inner, depth: depth + 1)
      guard unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
        throw failure("remove", name)
      }
    }
  }

  /// Read to their end before any is removed: what is removed meanwhile may shift what is still to come.
  private func names(in directory: Int32) throws(FileError) -> [Name] {
    // Of its own, from the first entry on: a second sweep reads the top again.
    let descriptor = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0, let stream = fdopendir(descriptor) else {
      if descriptor >= 0 { close(descriptor) }
      throw FileError("list directory", path, errno: errno)
    }
    defer { closedir(stream) }
    var names: [Name] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          Name(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
        }
      }
      if name != [0x2E, 0] && name != [0x2E, 0x2E, 0] { names.append(name) }
    }
    return names
  }

  private func failure(_ action: String, _ name: Name) -> FileError {
    let code = errno
    let text = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return FileError("\(action) \(text) in", path, errno: code)
  }
}
