import Files
import Glibc

/// A file or directory by its content.
public struct Artifact: Equatable, Sendable {
  public var kind: Manifest.FileType
  /// Of a file: its bytes' SHA-256. Of a directory: the SHA-256 of the JSON object that maps each file's path in it to
  /// that file's hash, with `x` after it where its owner may execute it, and the path of each empty directory, with `/`
  /// after it, to nothing. Names of the artifact itself, times and other permissions play no part.
  public var sha256: String
  /// All its bytes.
  public var bytes: Int
  /// The files of a directory, by path.
  public var entries: [Entry]

  public struct Entry: Equatable, Sendable {
    public var path: String
    public var sha256: String
    public var bytes: Int
  }
}

/// Hashes files, and remembers the hash while the file stays the same by device, inode, size, modification
/// time and change time. The last is set by the kernel and cannot be put back, so an edit that restores the
/// modification time is seen.
///
/// A file that was written shortly before it was hashed may be gone after a power cut although its times are there:
/// such a hash counts only as long as the machine runs.
struct ContentHasher {
  let database: SQLiteConnection
  /// Whether files are read even where their hash is remembered.
  var rereads = false

  /// - Parameter allowLinks: whether links are followed; outputs of a step must hold none.
  func artifact(at path: String, allowLinks: Bool = true) throws -> Artifact {
    let real = allowLinks ? try Path.real(path) : path
    switch try Path.kind(real) {
    case .file:
      let file = try hash(real)
      return Artifact(kind: .file, sha256: file.sha256, bytes: file.bytes, entries: [])
    case .directory:
      var contents = Contents()
      try collect(real, prefix: "", allowLinks: allowLinks, around: [], into: &contents)
      let hashes = Dictionary(contents.hashes) { one, _ in one }
      guard hashes.count == contents.hashes.count else {
        // Equal to Unicode, two files to the disk: one of them would not count.
        throw FileError(
          "take", path, reason: "two names in it differ only in how Unicode composes letters")
      }
      return Artifact(
        kind: .directory, sha256: StreamingHash.sha256(of: JSON.object(hashes).text),
        bytes: contents.entries.reduce(0) { $0 + $1.bytes }, entries: contents.entries)
    case .link:
      throw FileError("take", path, reason: "it is a link, and a step's outputs must hold none")
    case nil: throw FileError("read", path, reason: "it is not there")
    case .other:
      throw FileError("take", path, reason: "it is neither a file nor a directory")
    }
  }

  /// What a directory holds.
  private struct Contents {
    var entries: [Artifact.Entry] = []
    /// What its hash is taken over.
    var hashes: [(path: String, hash: JSON)] = []
  }

  private func collect(
    _ directory: String, prefix: String, allowLinks: Bool, around: [String],
    into contents: inout Contents
  ) throws {
    guard around.count < 64 else {
      throw FileError("read", directory, reason: "it is nested deeper than 64 levels")
    }
    let around = around + [directory]
    let names = try Path.list(directory)
    if names.isEmpty, !prefix.isEmpty { contents.hashes.append((prefix, "")) }
    for name in names {
      let path = "\(directory)/\(name)"
      let inner = "\(prefix)\(name)"
      let real = allowLinks ? try Path.real(path) : path
      switch try Path.kind(real) {
      case .file:
        let file = try hash(real)
        contents.entries.append(
          Artifact.Entry(path: inner, sha256: file.sha256, bytes: file.bytes))
        contents.hashes.append((inner, .string(file.sha256 + (file.isExecutable ? "x" : ""))))
      case .directory:
        // It would go round for ever, and perhaps by way of all the machine's files.
        if real != path,
          around.contains(where: {
            $0 == real || "\($0)/".hasPrefix(real == "/" ? "/" : "\(real)/")
          })
        {
          throw FileError(
            "take", path,
            reason: "it is a link to \(real), in which it lies itself; remove the link")
        }
        try collect(
          real, prefix: inner + "/", allowLinks: allowLinks, around: around, into: &contents)
      case .link:
        throw FileError("take", path, reason: "it is a link, and a step's outputs must hold none")
      default:
        throw FileError("take", path, reason: "it is neither a file nor a directory")
      }
    }
  }

  private func hash(
    _ path: String
  ) throws -> (sha256: String, bytes: Int, isExecutable: Bool) {
    let before = try identity(path)
    if !rereads, let known = try remembered(before) {
      return (known, before.size, before.isExecutable)
    }
    let sha256 = try StreamingHash.of(file: path)
    let after = try identity(path)
    guard after == before else {
      throw FileError("hash", path, reason: "it changed while it was read")
    }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let age = nanoseconds(now) - after.changed
    // A file changed within the clock's last tick could change again without a new time.
    if age > 20_000_000 {
      let isSettled = Double(age) / 1e9 > Boot.settledAfter
      try database.run(
        """
        INSERT INTO file_hashes (device, inode, size, modified, changed, sha256, boot)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (device, inode) DO UPDATE SET size = excluded.size, modified = excluded.modified,
          changed = excluded.changed, sha256 = excluded.sha256, boot = excluded.boot
        """,
        [
          .integer(after.device), .integer(after.inode), .integer(after.size),
          .integer(after.modified), .integer(after.changed), .text(sha256),
          isSettled ? .null : .text(Boot.id),
        ])
    }
    return (sha256, after.size, after.isExecutable)
  }

  private func remembered(_ file: Identity) throws(SQLiteError) -> String? {
    let row = try database.run(
      "SELECT size, modified, changed, sha256, boot FROM file_hashes WHERE device = ? AND inode = ?",
      [.integer(file.device), .integer(file.inode)]
    ).first
    guard let row, row.integer("size") == file.size, row.integer("modified") == file.modified,
      row.integer("changed") == file.changed, [nil, Boot.id].contains(row.text("boot"))
    else { return nil }
    return row.text("sha256")
  }

  private struct Identity: Equatable {
    let device, inode, size, modified, changed: Int
    /// By its owner.
    let isExecutable: Bool
  }

  private func identity(_ path: String) throws(FileError) -> Identity {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("read", path, errno: errno) }
    return Identity(
      device: Int(bitPattern: UInt(status.st_dev)), inode: Int(bitPattern: UInt(status.st_ino)),
      size: Int(status.st_size), modified: nanoseconds(status.st_mtim),
      changed: nanoseconds(status.st_ctim), isExecutable: status.st_mode & S_IXUSR != 0)
  }
}

private func nanoseconds(_ time: timespec) -> Int {
  Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}
