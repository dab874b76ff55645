import CDeflate
import DNA

/// Inflates blocks of data, one after the other into the same memory.
///
/// libdeflate takes a third of zlib's time on blocks of this size. Not shared between threads.
final class BlockInflater {
  private let decompressor: OpaquePointer?
  private var buffer: UnsafeMutableRawBufferPointer
  private let file: BinaryFile
  private let inflatedSize: Int

  /// - Parameter inflatedSize: of the largest block; 0 where blocks are not compressed.
  init(_ file: BinaryFile, inflatedSize: Int) {
    self.file = file
    self.inflatedSize = inflatedSize
    decompressor = inflatedSize == 0 ? nil : libdeflate_alloc_decompressor()
    buffer = .allocate(byteCount: 0, alignment: 16)
  }

  deinit {
    buffer.deallocate()
    if let decompressor { libdeflate_free_decompressor(decompressor) }
  }

  /// Calls `body` with the block's content.
  ///
  /// - Precondition: the block lies in the file.
  /// - Throws: `GenomeError` with the block's first byte where it cannot be inflated.
  func withContent<Result>(
    of block: BlockTree.Block, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let packed = UnsafeRawBufferPointer(
      rebasing: file.bytes[block.offset..<block.offset + block.size])
    guard inflatedSize > 0 else { return try body(packed) }
    // Deflate makes at most 1,032 bytes of one: a small block asks for little memory, whatever it claims.
    let room = min(inflatedSize, 1032 * packed.count)
    if buffer.count < room {
      buffer.deallocate()
      buffer = .allocate(byteCount: room, alignment: 16)
    }
    var size = 0
    let result = libdeflate_zlib_decompress(
      decompressor, packed.baseAddress, packed.count, buffer.baseAddress, buffer.count, &size)
    switch result {
    case LIBDEFLATE_SUCCESS:
      return try body(UnsafeRawBufferPointer(rebasing: buffer[..<size]))
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      throw file.error(
        "a block that inflates to more than the \(inflatedSize) bytes announced", at: block.offset)
    default:
      throw file.error("damaged compressed data", at: block.offset)
    }
  }
}
