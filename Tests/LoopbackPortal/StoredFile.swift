import Files
import Glibc

/// Bytes that a server has: in memory, or a file that the system sends by itself.
public enum StoredFile: Sendable {
  case bytes([UInt8])
  case file(String)

  /// Its size in bytes; 0 where it is not there.
  public var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .file(let path): (try? Path.size(path)) ?? 0
    }
  }

  /// A tag that another content does not have: of memory a hash, of a file its size and time.
  public var tag: String {
    switch self {
    case .bytes(let bytes):
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
      return String(hash, radix: 16)
    case .file(let path):
      var status = stat()
      stat(path, &status)
      return "\(status.st_size)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)"
    }
  }

  /// Sends a part of it.
  ///
  /// - Returns: how many bytes the system took.
  func send(_ part: Range<Int>, to socket: Int32) -> Int {
    switch self {
    case .bytes(let bytes): return sendAll(bytes[part], to: socket)
    case .file(let path):
      guard let file = try? FileHandle.openRegular(path) else { return 0 }
      var offset = part.lowerBound
      while offset < part.upperBound {
        let count = sendfile(socket, file.descriptor, &offset, part.upperBound - offset)
        if count <= 0 { break }
      }
      return offset - part.lowerBound
    }
  }

  /// The byte at a position; nil where there is none.
  func byte(at position: Int) -> UInt8? {
    switch self {
    case .bytes(let bytes): bytes.indices.contains(position) ? bytes[position] : nil
    case .file(let path):
      (try? FileHandle.openRegular(path).read(upTo: 1, from: position))?.first
    }
  }
}

/// Sends all bytes, or as many as the other side takes.
@discardableResult
func sendAll(_ bytes: some Collection<UInt8>, to socket: Int32) -> Int {
  let bytes = ContiguousArray(bytes)
  var sent = 0
  while sent < bytes.count {
    let count = bytes.withUnsafeBytes {
      Glibc.send(
        socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
    }
    guard count > 0 else { break }
    sent += count
  }
  return sent
}
