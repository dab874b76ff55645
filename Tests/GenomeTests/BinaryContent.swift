import CZlib

/// The bytes of a binary file under test, in either byte order.
struct BinaryContent {
  var bytes: [UInt8] = []
  var isBigEndian = false

  mutating func add<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: isBigEndian ? number.bigEndian : number.littleEndian) { bytes += $0 }
  }

  mutating func add(_ number: Float) { add(number.bitPattern) }

  mutating func add(_ number: Double) { add(number.bitPattern) }

  /// Overwrites the number at `offset`.
  mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    var other = BinaryContent(isBigEndian: isBigEndian)
    other.add(number)
    bytes.replaceSubrange(offset..<offset + other.bytes.count, with: other.bytes)
  }

  /// As zlib packs them.
  static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(count))
    compress2(&packed, &count, bytes, UInt(bytes.count), 6)
    return Array(packed.prefix(Int(count)))
  }

  /// Gzip's CRC-32.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    UInt32(crc32(0, bytes, UInt32(bytes.count)))
  }
}
