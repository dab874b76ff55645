import Files
import Glibc

/// A file being fetched: its bytes so far on disk, hashed as they come.
///
/// A process that is killed leaves it as it is; the next one hashes what is there and goes on.
final class PartialFile {
  /// What the name of an unfinished file ends with.
  static let suffix = ".partial"

  let path: String
  /// How many bytes are there.
  private(set) var count = 0
  private var file: FileHandle
  private var sha256 = StreamingHash(.sha256)
  private var md5 = StreamingHash(.md5)

  /// Opens the file at its end and hashes what it holds, or creates it.
  ///
  /// - Parameter keeping: whether bytes that are there are kept.
  init(_ path: String, keeping: Bool) throws(FileError) {
    self.path = path
    guard keeping, try Path.kind(path) == .file else {
      try Path.remove(path)
      file = try FileHandle.create(path)
      return
    }
    let existing = try FileHandle.openForReading(path)
    file = try FileHandle.append(path)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let read = try existing.read(into: &buffer), read > 0 {
      buffer.withUnsafeBytes { hash(UnsafeRawBufferPointer(rebasing: $0[..<read])) }
    }
  }

  private func hash(_ bytes: UnsafeRawBufferPointer) {
    sha256.update(bytes)
    md5.update(bytes)
    count += bytes.count
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try file.write(bytes)
    hash(bytes)
  }

  /// Empties the file.
  func restart() throws(FileError) {
    file = try FileHandle.create(path)
    sha256 = StreamingHash(.sha256)
    md5 = StreamingHash(.md5)
    count = 0
  }

  /// Brings the bytes to the disk and tells their digests. Call it once, after the last byte.
  func finish() throws(FileError) -> (sha256: String, md5: String) {
    try file.synchronize()
    return (sha256.finish(), md5.finish())
  }

  func remove() throws(FileError) { try Path.remove(path) }
}
