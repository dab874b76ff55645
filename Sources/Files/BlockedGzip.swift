/// Gzip in blocks of at most 64 KiB, as `bgzip` writes it (BGZF,
/// https://samtools.github.io/hts-specs/SAMv1.pdf, section 4.1).
public enum BlockedGzip {
  /// Whether a file that begins with `head`, at least 16 bytes of it, is gzip in blocks.
  public static func begins(_ head: [UInt8]) -> Bool {
    head.count >= 16 && head.starts(with: [0x1F, 0x8B]) && head[3] & 4 != 0
      && head[12...15].elementsEqual([0x42, 0x43, 2, 0])
  }

  /// The empty block that ends a file (section 4.1.2).
  static let lastBlock: [UInt8] = [
    0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, 0x42, 0x43, 2, 0, 0x1B, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    0, 0,
  ]

  /// Checks that a file in blocks has its last one: cut between two blocks, it is gzip without a fault.
  ///
  /// - Throws: `FileError` where it has not.
  public static func requireEnd(of file: FileHandle) throws(FileError) {
    let size = try file.size()
    let end = try file.read(upTo: lastBlock.count, from: max(0, size - lastBlock.count))
    guard end == lastBlock else {
      throw FileError(
        "read", file.path,
        reason: "it does not end with bgzip's empty block, so it was cut off; get it anew")
    }
  }
}
