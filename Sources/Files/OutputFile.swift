import Glibc

/// A file that a user asked for by name, as `-o FILE`.
///
/// A file is written beside its place and replaced whole; a link stays, and the file that it points to is replaced. What
/// is no file, as a device or a pipe, cannot be replaced and is written into, and `-` is standard output.
public final class OutputFile {
  /// What a name leads to.
  enum Target: Equatable {
    /// A file, there already or not, with no link left to follow.
    case file(String)
    /// A device, a pipe, a socket.
    case special(String)
    /// What this process has open already, as `-`, `/dev/stdout` and `/dev/fd/3` name it.
    case open(Int32)
  }

  private let file: FileHandle
  /// Where the file goes when it is whole; nil for what is written into.
  private let place: String?
  private let isOpen: Bool
  private var isFinished = false

  /// - Throws: `FileError`, also where the name is that of a directory.
  public init(_ path: String) throws(FileError) {
    let target = try Self.target(of: path)
    if case .open = target { isOpen = true } else { isOpen = false }
    switch target {
    case .file(let place):
      self.place = place
      do throws(FileError) {
        file = try FileHandle.create(WholeFile.partial(of: place))
      } catch {
        // The name beside it is nobody's business.
        throw FileError("create", path, errno: error.code)
      }
    case .special(let path):
      place = nil
      let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw FileError("open", path, errno: errno) }
      file = FileHandle(descriptor, named: path)
    case .open(let number):
      place = nil
      let descriptor = fcntl(number, F_DUPFD_CLOEXEC, 3)
      let name = number == STDOUT_FILENO ? "standard output" : path
      guard descriptor >= 0 else { throw FileError("write to", name, errno: errno) }
      file = FileHandle(descriptor, named: name)
    }
  }

  deinit { if place != nil, !isFinished { unlink(file.path) } }

  public func write(_ bytes: [UInt8]) throws(FileError) {
    do throws(FileError) {
      try file.write(bytes)
    } catch {
      // A reader of standard output that has gone (`-o - | head`) is no reason to complain.
      guard isOpen, error.code == EPIPE else { throw error }
    }
  }

  /// Brings a file to its place; without this, none is there.
  public func finish() throws(FileError) {
    guard let place else { return }
    try file.synchronize()
    try WholeFile.publish(file.path, as: place)
    isFinished = true
  }

  /// Writes a whole text.
  public static func write(_ text: String, to path: String) throws(FileError) {
    let file = try OutputFile(path)
    try file.write(Array(text.utf8))
    try file.finish()
  }

  /// Whether what is written to `path` comes out of this process's standard output, where nothing else should then
  /// be printed.
  public static func isStandardOutput(_ path: String) -> Bool {
    (try? target(of: path)) == .open(STDOUT_FILENO)
  }

  static func target(of path: String) throws(FileError) -> Target {
    if path == "-" { return .open(STDOUT_FILENO) }
    var target = path
    // As many links as Linux follows.
    for _ in 0..<40 {
      // A link of the kernel's to what is open says where that came from, not where it is.
      if let number = descriptor(named: target) { return .open(number) }
      switch try Path.kind(target) {
      case nil, .file: return .file(target)
      case .directory:
        throw FileError("write", path, reason: "it is a directory; name a file in it")
      case .other: return .special(target)
      case .link:
        var text = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(target, &text, text.count)
        guard count >= 0 else { throw FileError("read link", target, errno: errno) }
        guard let next = String(validating: text[..<count], as: UTF8.self) else {
          throw FileError("read link", target, reason: "what it points to is not UTF-8")
        }
        target = Path.resolve(next, from: Path.parent(target))
      }
    }
    throw FileError("write", path, errno: ELOOP)
  }

  private static func descriptor(named path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
      where path.hasPrefix(folder) {
        return Int32(path.dropFirst(folder.count))
      }
      return nil
    }
  }
}
