import Files
import Glibc

/// A file being fetched: its bytes so far on disk as NAME.partial, hashed as they come, and beside it what the server
/// calls its version (`Validator`).
///
/// A process that is killed leaves both as they are; the next one goes on. What a crash of the machine leaves may be less
/// than it looks: the digests tell. Nothing is brought to the disk here: whoever publishes the file does.
final class PartialFile {
  /// What the name of an unfinished file ends with.
  static let suffix = ".partial"

  /// What a server calls the version that it sends: a strong ETag (RFC 9110, 8.8.3), which other servers need not share.
  struct Validator: Equatable {
    let origin: Origin
    let tag: String
  }

  let path: String
  /// How many bytes are there.
  private(set) var count: Int
  private(set) var validator: Validator?
  private(set) var hash: FollowingHash
  private var file: FileHandle
  private let makeHash: () -> FollowingHash

  /// Opens the file at its end, or creates it.
  ///
  /// - Parameters:
  ///   - kinds: the digests to compute.
  ///   - keeping: whether bytes that are there are kept.
  ///   - wake: called from another thread when the digests are there.
  init(
    _ path: String, _ kinds: Set<FileDigests.Kind>, keeping: Bool,
    wake: @escaping @Sendable () -> Void
  ) throws(FileError) {
    self.path = path
    makeHash = { FollowingHash(path, kinds, wake: wake) }
    hash = makeHash()
    if keeping, try Path.kind(path) == .file {
      file = try FileHandle.append(path)
      count = try file.size()
      validator = Self.readValidator(Self.validatorPath(path))
      if count > 0 { hash.follow(to: count) }
    } else {
      try Self.remove(path)
      file = try FileHandle.create(path)
      count = 0
    }
  }

  deinit { hash.abandon() }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try file.write(bytes)
    count += bytes.count
    hash.follow(to: count)
  }

  /// Empties the file.
  ///
  /// - Parameters:
  ///   - validator: of the version that will be written.
  ///   - isLarge: whether the next process should know it.
  func restart(_ validator: Validator?, isLarge: Bool) throws(FileError) {
    if count > 0 {
      hash.abandon()
      hash = makeHash()
      file = try FileHandle.create(path)
      count = 0
    }
    guard validator != self.validator else { return }
    // First the bytes go, then their name: what is there never has another version's.
    self.validator = validator
    let path = Self.validatorPath(path)
    if let validator, isLarge {
      try FileHandle.create(path).write("\(validator.origin)\n\(validator.tag)\n")
    } else {
      try Path.remove(path)
    }
  }

  /// Asks for the digests: `hash.result` has them when they are there.
  func finish() { hash.finish(at: count) }

  /// Gives the file its final name.
  func publish(as final: String) throws(FileError) {
    guard rename(path, final) == 0 else {
      throw FileError("rename \(path) to", final, errno: errno)
    }
    try Path.remove(Self.validatorPath(path))
  }

  func remove() throws(FileError) { try Self.remove(path) }

  private static func remove(_ path: String) throws(FileError) {
    try Path.remove(path)
    try Path.remove(validatorPath(path))
  }

  /// A name that no file of a list has, since it begins with a dot.
  private static func validatorPath(_ path: String) -> String {
    "\(Path.parent(path))/.\(Path.name(path)).tag"
  }

  private static func readValidator(_ path: String) -> Validator? {
    guard let text = try? Path.readRegularText(path, limit: 4096) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // Two lines, each with its end.
    guard lines.count == 3, lines[2].isEmpty, let origin = Origin(of: String(lines[0])),
      lines[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    return Validator(origin: origin, tag: String(lines[1]))
  }
}
