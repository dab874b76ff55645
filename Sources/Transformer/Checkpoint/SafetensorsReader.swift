import Files

/// A safetensors file, memory-mapped and checked before any tensor is read.
///
/// Format: https://github.com/huggingface/safetensors#format. Refused are headers over 100 MB,
/// names that come twice, shapes that do not match their bytes, and bytes that belong to two
/// tensors or to none.
public struct SafetensorsReader {
  public struct Tensor: Equatable, Sendable {
    /// As the file names it: F32, F16, BF16, I64, I32 can be read here.
    public let type: String
    public let shape: [Int]
    /// Bytes within the file.
    let range: Range<Int>
    public var count: Int { shape.reduce(1, *) }
  }

  public let path: String
  public let tensors: [String: Tensor]
  public let metadata: [String: String]
  private let file: MappedFile

  /// - Throws: `FileError` where the file cannot be mapped, `ModelError` where it is not valid.
  public init(_ path: String) throws {
    self.path = path
    file = try MappedFile(path)
    do throws(ModelError) {
      let bytes = file.bytes
      guard bytes.count >= 8 else { throw ModelError("shorter than the 8 bytes of its length") }
      let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
      guard length <= 100_000_000, length <= bytes.count - 8 else {
        throw ModelError("a header of \(length) bytes in a file of \(bytes.count)")
      }
      let start = 8 + Int(length)
      let header = try SafetensorsHeader(UnsafeRawBufferPointer(rebasing: bytes[8..<start]))
      metadata = header.metadata
      tensors = try SafetensorsReader.check(header.entries, start: start, end: bytes.count)
    } catch {
      throw ModelError("\(path) is not a valid safetensors file: \(error)")
    }
  }

  /// Bytes per element, of all types that the format knows with whole bytes.
  private static let sizes = [
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2,
    "U16": 2, "I8": 1, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "C64": 8,
  ]

  private static func check(
    _ entries: [String: SafetensorsHeader.Entry], start: Int, end: Int
  ) throws(ModelError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, entry) in entries {
      guard let size = sizes[entry.type] else {
        throw ModelError("tensor '\(name)' is of the unknown type '\(entry.type)'")
      }
      var bytes = size
      for dimension in entry.shape {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
        if overflow { throw ModelError("tensor '\(name)' is too large") }
        bytes = product
      }
      let (from, to) = (entry.offsets[0], entry.offsets[1])
      guard from <= to, to <= end - start else {
        throw ModelError("tensor '\(name)' ends behind the file")
      }
      guard to - from == bytes else {
        throw ModelError("tensor '\(name)': its shape asks for \(bytes) bytes, it has \(to - from)")
      }
      tensors[name] = Tensor(type: entry.type, shape: entry.shape, range: start + from..<start + to)
    }
    var place = start
    let inOrder = tensors.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound)
        < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }
    for (name, tensor) in inOrder {
      if tensor.range.lowerBound != place {
        let what = tensor.range.lowerBound < place ? "overlaps another" : "is preceded by a hole"
        throw ModelError("tensor '\(name)' \(what)")
      }
      place = tensor.range.upperBound
    }
    if place != end { throw ModelError("\(end - place) bytes belong to no tensor") }
    return tensors
  }

  /// A tensor's numbers as float32, row-major; F32, F16 and BF16.
  ///
  /// - Throws: `ModelError` where there is no such tensor or it holds no floating-point numbers.
  public func floats(_ name: String) throws(ModelError) -> [Float] {
    let (tensor, bytes) = try find(name)
    return switch tensor.type {
    case "F32": read(bytes, UInt32.self) { Float(bitPattern: $0) }
    case "BF16": read(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case "F16": read(bytes, UInt16.self, float(half:))
    default: throw ModelError("\(path): tensor '\(name)' is \(tensor.type), not F32, F16 or BF16")
    }
  }

  /// A tensor's numbers as integers, row-major; I64 and I32.
  ///
  /// - Throws: `ModelError` where there is no such tensor or it holds no such integers.
  public func integers(_ name: String) throws(ModelError) -> [Int64] {
    let (tensor, bytes) = try find(name)
    return switch tensor.type {
    case "I64": read(bytes, Int64.self) { $0 }
    case "I32": read(bytes, Int32.self) { Int64($0) }
    default: throw ModelError("\(path): tensor '\(name)' is \(tensor.type), not I64 or I32")
    }
  }

  private func find(_ name: String) throws(ModelError) -> (Tensor, UnsafeRawBufferPointer) {
    guard let tensor = tensors[name] else { throw ModelError("\(path) has no tensor '\(name)'") }
    return (tensor, UnsafeRawBufferPointer(rebasing: file.bytes[tensor.range]))
  }

  /// Little-endian elements; a tensor need not be aligned within the file.
  private func read<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
    _ bytes: UnsafeRawBufferPointer, _ type: Stored.Type, _ convert: (Stored) -> Value
  ) -> [Value] {
    let size = MemoryLayout<Stored>.size
    return [Value](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
      count = bytes.count / size
      for place in 0..<count {
        let stored = bytes.loadUnaligned(fromByteOffset: place * size, as: Stored.self)
        (buffer.baseAddress.map { $0 + place })?.initialize(
          to: convert(Stored(littleEndian: stored)))
      }
    }
  }
}

/// IEEE 754 binary16 as float32, exactly. By hand, since Float16 is not there on every platform.
func float(half: UInt16) -> Float {
  let sign = UInt32(half >> 15) << 31
  let exponent = UInt32(half >> 10) & 31
  let fraction = UInt32(half) & 1023
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
