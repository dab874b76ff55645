import Files
import Glibc

/// Writes a safetensors file whose bytes depend only on the tensors: sorted by name, no gaps.
///
/// Format: https://github.com/huggingface/safetensors#format
public struct SafetensorsWriter {
  private enum Content {
    case floats(() -> [Float])
    case integers(() -> [Int64])
  }

  private var entries: [String: (shape: [Int], content: Content)] = [:]
  /// Free text by key. PyTorch's loaders look for "format": "pt".
  public var metadata: [String: String] = ["format": "pt"]

  public init() {}

  /// Adds a tensor of type F32. `values` is called when the file is written.
  public mutating func add(_ name: String, shape: [Int], floats values: @escaping () -> [Float]) {
    entries[name] = (shape, .floats(values))
  }

  /// Adds a tensor of type I64.
  public mutating func add(_ name: String, shape: [Int], integers values: @escaping () -> [Int64]) {
    entries[name] = (shape, .integers(values))
  }

  /// Writes the file, whole or not at all.
  ///
  /// - Returns: the SHA-256 of its bytes.
  @discardableResult
  public func write(to path: String) throws(FileError) -> String {
    let aside = "\(path).partial-\(getpid())"
    do throws(FileError) {
      let file = try FileHandle.create(aside)
      let hash = StreamingHash(.sha256)
      try write(header, to: file, hash)
      for (_, entry) in sorted {
        switch entry.content {
        case .floats(let values): try write(values(), to: file, hash)
        case .integers(let values): try write(values(), to: file, hash)
        }
      }
      try file.synchronize()
      try WholeFile.publish(aside, as: path)
      return hash.finish()
    } catch {
      unlink(aside)
      throw error
    }
  }

  private var sorted: [(key: String, value: (shape: [Int], content: Content))] {
    entries.sorted { $0.key < $1.key }
  }

  private var header: [UInt8] {
    var object: [String: JSON] = [:]
    if !metadata.isEmpty { object["__metadata__"] = .object(metadata.mapValues { .string($0) }) }
    var offset = 0
    for (name, entry) in sorted {
      let (type, size) =
        switch entry.content {
        case .floats: ("F32", 4)
        case .integers: ("I64", 8)
        }
      let end = offset + entry.shape.reduce(size, *)
      object[name] = [
        "dtype": .string(type), "shape": .array(entry.shape.map { .integer($0) }),
        "data_offsets": [.integer(offset), .integer(end)],
      ]
      offset = end
    }
    var text = Array(JSON.object(object).text.utf8)
    // Spaces up to a multiple of 8, so that the numbers are aligned.
    while text.count % 8 != 0 { text.append(0x20) }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }

  /// Numbers in memory order, which is the file's on a little-endian machine.
  private func write<Element: BitwiseCopyable>(
    _ values: [Element], to file: FileHandle, _ hash: StreamingHash
  ) throws(FileError) {
    var failure: FileError?
    values.withUnsafeBytes { bytes in
      hash.update(bytes)
      do throws(FileError) { try file.write(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
