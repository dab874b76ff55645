/// The cyclic redundancy check of Castagnoli's polynomial, reflected 0x82F63B78 (RFC 3720, section 12.1:
/// https://www.rfc-editor.org/rfc/rfc3720#section-12.1).
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78
    }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// The checksum as TFRecord files hold it: rotated by 15 bits, plus a constant, so that a record of
  /// records keeps its strength
  /// (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/hash/crc32c.h, `Mask`).
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
