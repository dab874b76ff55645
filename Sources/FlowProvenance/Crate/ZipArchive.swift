import CZlib
import Files
import Glibc

/// A ZIP archive that is written from its beginning to its end, nothing compressed: most of what biology stores is
/// already, and the same contents give the same bytes (APPNOTE 6.3.10, with ZIP64 where sizes or counts need it;
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
///
/// Times are 1980-01-01, the first that the format knows; names are UTF-8.
final class ZipArchive {
  private struct Entry {
    var name: [UInt8]
    var crc: UInt32
    var size: Int
    var offset: Int
  }

  private let path: String
  private let aside: String
  private let file: FileHandle
  private var entries: [Entry] = []
  private var position = 0
  private var buffer = [UInt8](repeating: 0, count: 1 << 20)
  private var isFinished = false

  init(_ path: String) throws(FileError) {
    self.path = path
    aside = "\(path).partial-\(getpid())"
    file = try FileHandle.create(aside)
  }

  deinit { if !isFinished { unlink(aside) } }

  /// How much is written; what `removeAll(from:)` takes.
  var mark: (entries: Int, position: Int) { (entries.count, position) }

  /// Takes back what was added after `mark`.
  func removeAll(from mark: (entries: Int, position: Int)) throws(FileError) {
    entries.removeSubrange(mark.entries...)
    position = mark.position
    guard ftruncate(file.descriptor, off_t(position)) == 0,
      lseek(file.descriptor, off_t(position), SEEK_SET) >= 0
    else { throw FileError("write", aside, errno: errno) }
  }

  /// Adds a file.
  ///
  /// - Returns: the SHA-256 of what was added.
  func add(_ source: String, as name: String) throws(FileError) -> String {
    let input = try FileHandle.openRegular(source)
    var entry = Entry(name: Array(name.utf8), crc: 0, size: try input.size(), offset: position)
    // The checksum comes before the content and is known after it: its place is filled in then.
    try write(localHeader(entry))
    let hash = StreamingHash(.sha256)
    var crc = crc32(0, nil, 0)
    var count = 0
    while true {
      let read = try input.read(into: &buffer)
      if read == 0 { break }
      buffer.withUnsafeBytes { bytes in
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<read]))
        crc = crc32(crc, bytes.bindMemory(to: UInt8.self).baseAddress, UInt32(read))
      }
      try file.write(read == buffer.count ? buffer : Array(buffer[..<read]))
      position += read
      count += read
    }
    guard count == entry.size else {
      throw FileError("read", source, reason: "it changed while it was read")
    }
    entry.crc = UInt32(crc)
    let bytes = Self.bytes(entry.crc, 4)
    guard pwrite(file.descriptor, bytes, 4, off_t(entry.offset + 14)) == 4 else {
      throw FileError("write", aside, errno: errno)
    }
    entries.append(entry)
    return hash.finish()
  }

  /// Writes the directory of entries and brings the archive to its place.
  func finish() throws(FileError) {
    let start = position
    for entry in entries { try write(centralHeader(entry)) }
    try write(end(start: start, size: position - start))
    try file.synchronize()
    try WholeFile.publish(aside, as: path)
    isFinished = true
  }

  private func write(_ bytes: [UInt8]) throws(FileError) {
    try file.write(bytes)
    position += bytes.count
  }

  // MARK: Records

  private static let most32 = 0xFFFF_FFFF

  /// The lowest bytes of a number, the lowest first.
  private static func bytes(_ value: some BinaryInteger, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: UInt64(truncatingIfNeeded: value) >> (8 * $0)) }
  }

  /// What both headers of an entry share, from the version that is needed to extract it (4.5 has ZIP64) to the sizes.
  /// Bit 11 of the flags: the name is UTF-8. Method 0: stored.
  private func common(_ entry: Entry, isLarge: Bool) -> [UInt8] {
    let size = isLarge ? Self.most32 : entry.size
    return Self.bytes(isLarge ? 45 : 20, 2) + Self.bytes(0x0800, 2) + Self.bytes(0, 2)
      + Self.bytes(0, 2) + Self.bytes(0x0021, 2) + Self.bytes(entry.crc, 4)
      + Self.bytes(size, 4) + Self.bytes(size, 4) + Self.bytes(entry.name.count, 2)
  }

  private func localHeader(_ entry: Entry) -> [UInt8] {
    let isLarge = entry.size >= Self.most32
    let extra =
      isLarge
      ? Self.bytes(1, 2) + Self.bytes(16, 2) + Self.bytes(entry.size, 8)
        + Self.bytes(entry.size, 8) : []
    return Self.bytes(0x0403_4B50, 4) + common(entry, isLarge: isLarge)
      + Self.bytes(extra.count, 2) + entry.name + extra
  }

  private func centralHeader(_ entry: Entry) -> [UInt8] {
    let isLarge = entry.size >= Self.most32 || entry.offset >= Self.most32
    let extra =
      isLarge
      ? Self.bytes(1, 2) + Self.bytes(24, 2) + Self.bytes(entry.size, 8)
        + Self.bytes(entry.size, 8) + Self.bytes(entry.offset, 8) : []
    // Made by Unix (3); a regular file that all may read, as Unix's mode in the upper half.
    return Self.bytes(0x0201_4B50, 4) + Self.bytes(0x032D, 2) + common(entry, isLarge: isLarge)
      + Self.bytes(extra.count, 2) + Self.bytes(0, 2) + Self.bytes(0, 2) + Self.bytes(0, 2)
      + Self.bytes(0o100644 << 16, 4) + Self.bytes(isLarge ? Self.most32 : entry.offset, 4)
      + entry.name + extra
  }

  private func end(start: Int, size: Int) -> [UInt8] {
    let count = entries.count
    let isLarge = count >= 0xFFFF || start >= Self.most32 || size >= Self.most32
    var record: [UInt8] = []
    if isLarge {
      record += Self.bytes(0x0606_4B50, 4) + Self.bytes(44, 8) + Self.bytes(45, 2)
      record += Self.bytes(45, 2) + Self.bytes(0, 4) + Self.bytes(0, 4) + Self.bytes(count, 8)
      record += Self.bytes(count, 8) + Self.bytes(size, 8) + Self.bytes(start, 8)
      record += Self.bytes(0x0706_4B50, 4) + Self.bytes(0, 4) + Self.bytes(start + size, 8)
      record += Self.bytes(1, 4)
    }
    let count16 = isLarge ? 0xFFFF : count
    record += Self.bytes(0x0605_4B50, 4) + Self.bytes(0, 4) + Self.bytes(count16, 2)
    record += Self.bytes(count16, 2) + Self.bytes(isLarge ? Self.most32 : size, 4)
    return record + Self.bytes(isLarge ? Self.most32 : start, 4) + Self.bytes(0, 2)
  }
}
