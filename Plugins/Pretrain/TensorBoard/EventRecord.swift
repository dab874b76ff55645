/// Records of a TensorBoard event file: scalars by step.
///
/// A file is a row of TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details):
/// the length of the data as 64-bit little-endian integer, its masked CRC-32C, the data, their masked CRC-32C.
/// The data of each is a protobuf message `Event`
/// (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto); the first tells
/// the version of the format. An event's wall time is its step, in seconds: equal runs give equal bytes.
enum EventRecord {
  /// The first record of a file.
  static var header: [UInt8] {
    var event = Message()
    event.add(3, bytes: Array("brain.Event:2".utf8))
    return framed(event.bytes)
  }

  /// A point of the curve `tag`: Event { wall_time 1, step 2, summary 5: Summary { value 1: Value
  /// { tag 1, simple_value 2 } } }.
  static func scalar(_ tag: String, step: Int, value: Double) -> [UInt8] {
    var point = Message()
    point.add(1, bytes: Array(tag.utf8))
    point.add(2, float: Float(value))
    var summary = Message()
    summary.add(1, bytes: point.bytes)
    var event = Message()
    event.add(1, double: Double(step))
    event.add(2, integer: UInt64(max(0, step)))
    event.add(5, bytes: summary.bytes)
    return framed(event.bytes)
  }

  private static func framed(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(CRC32C.masked(length)) + data
      + littleEndian(CRC32C.masked(data))
  }
}

/// A protobuf message in the making (https://protobuf.dev/programming-guides/encoding/).
private struct Message {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: UInt64, integer value: UInt64) {
    key(field, wireType: 0)
    varint(value)
  }

  mutating func add(_ field: UInt64, double value: Double) {
    key(field, wireType: 1)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func add(_ field: UInt64, bytes content: [UInt8]) {
    key(field, wireType: 2)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func add(_ field: UInt64, float value: Float) {
    key(field, wireType: 5)
    bytes += littleEndian(value.bitPattern)
  }

  private mutating func key(_ field: UInt64, wireType: UInt64) { varint(field << 3 | wireType) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

private func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
