/// A new file whose SHA-256 and size are known when its last byte is written.
public final class HashedFile {
  private let file: FileHandle
  private let hash = StreamingHash(.sha256)
  private var waiting: [UInt8] = []
  private var written = 0

  /// Creates the file.
  public init(_ path: String) throws(FileError) { file = try FileHandle.create(path) }

  /// Adds bytes at the end.
  public func write(_ bytes: some Collection<UInt8>) throws(FileError) {
    waiting.append(contentsOf: bytes)
    if waiting.count >= 1 << 20 { try flush() }
  }

  /// Adds one byte at the end.
  public func write(_ byte: UInt8) throws(FileError) {
    waiting.append(byte)
    if waiting.count >= 1 << 20 { try flush() }
  }

  private func flush() throws(FileError) {
    waiting.withUnsafeBytes { hash.update($0) }
    try file.write(waiting)
    written += waiting.count
    waiting.removeAll(keepingCapacity: true)
  }

  /// Brings the file to the disk.
  public func finish() throws(FileError) -> (bytes: Int, sha256: String) {
    try flush()
    try file.synchronize()
    return (written, hash.finish())
  }
}
