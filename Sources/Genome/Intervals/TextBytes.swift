import Glibc

/// Whole numbers as genomic text files write them: decimal digits and nothing else.
enum DecimalText {
  /// The number that up to 15 digits write; nil for any other text, the empty one included.
  @inline(__always)
  static func value(of digits: UnsafeBufferPointer<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 15 else { return nil }
    var value = 0
    for digit in digits {
      let number = digit &- 0x30
      guard number <= 9 else { return nil }
      value = value &* 10 &+ Int(number)
    }
    return value
  }
}

/// Whether an array holds the same bytes as a buffer.
@inline(__always)
func sameBytes(_ one: [UInt8], _ other: UnsafeBufferPointer<UInt8>) -> Bool {
  guard one.count == other.count, let second = other.baseAddress else {
    return one.count == other.count
  }
  return one.withUnsafeBufferPointer { bytes in
    guard let first = bytes.baseAddress else { return true }
    return memcmp(first, second, bytes.count) == 0
  }
}
