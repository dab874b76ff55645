import Files
import Glibc

/// A new file of bins, all 0, mapped into memory to be written.
///
/// A file rather than memory, because a state table speaks of many cell types at once: their bins may be more
/// than the machine's memory, and the system can write mapped pages away. The room on the disk is taken first:
/// a full disk is an error here, not a signal later.
final class WritableBins {
  let bins: UnsafeMutableBufferPointer<UInt8>

  /// - Throws: `FileError` where the file cannot be made, or the disk has no room for it.
  init(creating path: String, count: Int) throws(FileError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError("create", path, errno: errno) }
    defer { close(descriptor) }
    let failure = posix_fallocate(descriptor, 0, count)
    guard failure == 0 else { throw FileError("make room for", path, errno: failure) }
    guard let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      address != MAP_FAILED
    else { throw FileError("map", path, errno: errno) }
    bins = UnsafeMutableBufferPointer(
      start: address.assumingMemoryBound(to: UInt8.self), count: count)
  }

  deinit { munmap(bins.baseAddress, bins.count) }
}
