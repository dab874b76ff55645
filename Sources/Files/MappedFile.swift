import Glibc

/// A file's bytes mapped into memory, read-only, shared with every other process that maps it.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  /// The bytes; valid as long as this object lives.
  public let bytes: UnsafeRawBufferPointer

  public init(_ path: String) throws(FileError) {
    self.path = path
    let file = try FileHandle.openForReading(path)
    let size = try file.size()
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let address = mmap(nil, size, PROT_READ, MAP_SHARED, file.descriptor, 0),
      address != MAP_FAILED
    else { throw FileError("map", path, errno: errno) }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  deinit {
    if let address = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
    }
  }
}
