import Glibc

/// Questions about paths and the small operations on them.
public enum Path {
  public enum Kind: Equatable, Sendable { case file, directory, link, other }

  /// The last component.
  public static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// All but the last component; "." for a bare name.
  public static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `path`, taken from `base` unless it is absolute.
  public static func resolve(_ path: String, from base: String) -> String {
    path.hasPrefix("/") ? path : "\(base)/\(path)"
  }

  /// The absolute path with all links followed.
  public static func real(_ path: String) throws(FileError) -> String {
    guard let resolved = realpath(path, nil) else { throw FileError("find", path, errno: errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The real path of what is there; of what is not, the path without `.` and `..`, by its names alone.
  public static func place(_ path: String) -> String {
    if let real = try? real(path) { return real }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." || parts.last.map({ $0 == ".." }) ?? !path.hasPrefix("/") {
        parts.append(part)
      } else {
        _ = parts.popLast()
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// What stands at `path` itself, a link not followed; nil where nothing does.
  public static func kind(_ path: String) throws(FileError) -> Kind? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError("inspect", path, errno: errno)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    case S_IFLNK: return .link
    default: return .other
    }
  }

  /// Whether something is there, links followed.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The names in a directory, sorted by their bytes.
  ///
  /// - Throws: `FileError`, also for a name that is not UTF-8: as text it would name another file.
  public static func list(_ path: String) throws(FileError) -> [String] {
    let entries = try entries(path)
    guard entries.foreign.isEmpty else {
      throw FileError(
        "list directory", path, reason: "the name of a file in it is not UTF-8; rename it")
    }
    return entries.names
  }

  /// The names in a directory, sorted by their bytes, and with a mark for each unreadable byte those that are not UTF-8:
  /// as text they would name other files.
  public static func entries(
    _ path: String
  ) throws(FileError) -> (names: [String], foreign: [String]) {
    guard let directory = opendir(path) else {
      throw FileError("list directory", path, errno: errno)
    }
    defer { closedir(directory) }
    var names: [String] = []
    var foreign: [String] = []
    while let entry = readdir(directory) {
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { bytes in
          if let name = String(validatingCString: bytes) {
            if name != "." && name != ".." { names.append(name) }
          } else {
            foreign.append(String(cString: bytes))
          }
        }
      }
    }
    return (
      names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }, foreign
    )
  }

  /// Creates a directory and those above it; it may be there already.
  public static func createDirectory(_ path: String) throws(FileError) {
    if mkdir(path, 0o755) == 0 { return }
    switch errno {
    case EEXIST:
      var status = stat()
      if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR { return }
      throw FileError("create directory", path, reason: "a file of that name is in the way")
    case ENOENT where parent(path) != path:
      try createDirectory(parent(path))
      if mkdir(path, 0o755) != 0 && errno != EEXIST {
        throw FileError("create directory", path, errno: errno)
      }
    default: throw FileError("create directory", path, errno: errno)
    }
  }

  /// Creates a directory and those above it.
  ///
  /// - Returns: whether it was not there before.
  public static func isCreated(_ path: String) throws(FileError) -> Bool {
    if mkdir(path, 0o755) == 0 { return true }
    let isNew = errno == ENOENT
    try createDirectory(path)
    return isNew
  }

  /// Renames a file or directory, on the same file system; an empty directory may be in its place.
  public static func move(_ path: String, to new: String) throws(FileError) {
    guard rename(path, new) == 0 else { throw FileError("rename \(path) to", new, errno: errno) }
  }

  /// Where temporary files go: TMPDIR, or /tmp.
  public static var temporary: String {
    let chosen = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    return chosen.isEmpty ? "/tmp" : chosen
  }

  /// A new directory of its own for this process, where temporary files go.
  public static func createTemporaryDirectory() throws(FileError) -> String {
    let root = temporary
    var template = Array("\(root)/flow-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError("create a directory in", root, errno: errno)
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes a file, a link, or a directory with everything in it; nothing there is fine. Links are not followed.
  public static func remove(_ path: String) throws(FileError) {
    switch try kind(path) {
    case nil: return
    case .directory: try TreeRemoval.remove(path)
    default:
      guard unlink(path) == 0 || errno == ENOENT else {
        throw FileError("remove", path, errno: errno)
      }
    }
  }

  /// The size in bytes of a file, links followed.
  public static func size(_ path: String) throws(FileError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("inspect", path, errno: errno) }
    return Int(status.st_size)
  }

  /// The whole of a file of at most `limit` bytes.
  public static func read(_ path: String, limit: Int = 1 << 30) throws(FileError) -> [UInt8] {
    try read(FileHandle.openForReading(path), limit: limit)
  }

  private static func read(_ file: FileHandle, limit: Int) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
      if bytes.count > limit {
        throw FileError(
          "read", file.path, reason: "it is larger than the \(limit) bytes allowed here")
      }
    }
  }

  /// The whole of a UTF-8 text file of at most `limit` bytes.
  public static func readText(_ path: String, limit: Int = 1 << 26) throws(FileError) -> String {
    try text(of: FileHandle.openForReading(path), limit: limit)
  }

  /// As `readText`, of a regular file only: a pipe that nobody writes to is refused, not waited for.
  public static func readRegularText(_ path: String, limit: Int) throws(FileError) -> String {
    try text(of: FileHandle.openRegular(path), limit: limit)
  }

  private static func text(of file: FileHandle, limit: Int) throws(FileError) -> String {
    guard let text = String(validating: try read(file, limit: limit), as: UTF8.self) else {
      throw FileError("read", file.path, reason: "it is not UTF-8 text")
    }
    return text
  }
}
