import DNA
import Files

/// The bytes of a binary file whose first four bytes tell its kind and its byte order, and reads of its
/// numbers that never leave it.
///
/// The file is mapped: what is not read costs no memory. It must not be cut while it is open.
public final class BinaryFile: @unchecked Sendable {
  // Safe to share: the bytes are never written.

  /// For error messages.
  public let path: String
  let bytes: UnsafeRawBufferPointer
  private let mapped: MappedFile?

  /// Maps a regular file.
  ///
  /// - Throws: `FileError` where it cannot be mapped.
  public init(_ path: String) throws(FileError) {
    _ = try FileHandle.openRegular(path)
    let file = try MappedFile(path)
    self.path = path
    mapped = file
    bytes = file.bytes
  }

  /// A file's content that is in memory already; `path` is its name in errors.
  public init(content: UnsafeRawBufferPointer, path: String) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 16)
    copy.copyMemory(from: content)
    self.path = path
    mapped = nil
    bytes = UnsafeRawBufferPointer(copy)
  }

  deinit { if mapped == nil { bytes.deallocate() } }

  /// In bytes.
  public var size: Int { bytes.count }

  /// An error about the byte at `offset`.
  func error(_ reason: String, at offset: Int) -> GenomeError {
    GenomeError(reason, path: path, byte: offset)
  }

  /// Checks that `count` bytes stand at `offset`.
  ///
  /// - Throws: `GenomeError` that names what was looked for.
  func require(_ count: Int, at offset: Int, for what: String) throws(GenomeError) {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw error(
        "\(what) needs \(count) bytes here, and the file has \(size); it is cut off or damaged",
        at: offset)
    }
  }
}

/// Numbers of a binary file in its byte order.
struct BinaryNumbers: Sendable {
  let file: BinaryFile
  /// Whether the file's byte order is the other one than this machine's.
  let isSwapped: Bool

  /// - Throws: `GenomeError` where the first four bytes are not `magic` in either byte order.
  init(_ file: BinaryFile, magic: UInt32, kind: String) throws(GenomeError) {
    try file.require(4, at: 0, for: "the signature of a \(kind) file")
    let found = file.bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
    guard found == magic || found == magic.byteSwapped else {
      throw file.error("not the signature of a \(kind) file", at: 0)
    }
    self.file = file
    isSwapped = found != magic
  }

  func uint8(at offset: Int, _ what: String) throws(GenomeError) -> Int {
    Int(try load(UInt8.self, at: offset, what))
  }

  func uint16(at offset: Int, _ what: String) throws(GenomeError) -> Int {
    Int(try load(UInt16.self, at: offset, what))
  }

  func uint32(at offset: Int, _ what: String) throws(GenomeError) -> Int {
    Int(try load(UInt32.self, at: offset, what))
  }

  /// - Throws: `GenomeError` also where the number is 2^62 or more: nothing here counts so far.
  func uint64(at offset: Int, _ what: String) throws(GenomeError) -> Int {
    let value = try load(UInt64.self, at: offset, what)
    guard value < 1 << 62 else {
      throw file.error("\(what) is \(value); the file is damaged", at: offset)
    }
    return Int(value)
  }

  func double(at offset: Int, _ what: String) throws(GenomeError) -> Double {
    Double(bitPattern: try load(UInt64.self, at: offset, what))
  }

  private func load<Number: FixedWidthInteger>(
    _ type: Number.Type, at offset: Int, _ what: String
  ) throws(GenomeError) -> Number {
    try file.require(MemoryLayout<Number>.size, at: offset, for: what)
    return unchecked(type, at: offset)
  }

  /// A number inside what `require` has checked.
  @inline(__always)
  func unchecked<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
    BinaryNumbers.load(type, from: file.bytes, at: offset, isSwapped: isSwapped)
  }

  /// A number of any bytes, which must reach that far.
  @inline(__always)
  static func load<Number: FixedWidthInteger>(
    _ type: Number.Type, from bytes: UnsafeRawBufferPointer, at offset: Int, isSwapped: Bool
  ) -> Number {
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    return isSwapped ? value.byteSwapped : value
  }
}
