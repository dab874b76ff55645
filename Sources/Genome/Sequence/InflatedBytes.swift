import CZlib
import Files
import Glibc

/// How a file's bytes are packed.
public enum Compression: Sendable {
  case none, gzip
  /// Gzip in blocks, which can be entered anywhere: `BlockedGzip`.
  case bgzip

  /// What the first bytes of a regular file say.
  public init(of path: String) throws(FileError) {
    let head = try FileHandle.openRegular(path).read(upTo: 16, from: 0)
    self = !head.starts(with: [0x1F, 0x8B]) ? .none : BlockedGzip.begins(head) ? .bgzip : .gzip
  }
}

/// The content of a file as a stream, inflated where the file is gzip or bgzip, told by its first bytes.
///
/// Plain bytes come straight from the system, bgzip through htslib (libdeflate) where that is installed, all
/// other gzip through zlib. Not shared between threads.
final class InflatedBytes {
  private enum Source {
    case plain(FileHandle)
    case gzip(gzFile)
    case bgzip(UnsafeMutableRawPointer, HTSLib)
  }

  let path: String
  /// Bytes read so far.
  private(set) var position = 0
  private let source: Source

  init(_ path: String) throws(FileError) {
    self.path = path
    switch try Compression(of: path) {
    case .none: source = .plain(try FileHandle.openForReading(path))
    case .gzip: source = .gzip(try InflatedBytes.openGzip(path))
    case .bgzip:
      try BlockedGzip.requireEnd(of: FileHandle.openRegular(path))
      // Blocks are gzip members, which zlib reads one after the other: slower, and the same bytes.
      guard let library = try? HTSLib.open() else {
        source = .gzip(try InflatedBytes.openGzip(path))
        return
      }
      guard let file = library.bgzfOpen(path, "r") else {
        throw FileError("open", path, errno: errno)
      }
      source = .bgzip(file, library)
    }
  }

  private static func openGzip(_ path: String) throws(FileError) -> gzFile {
    guard let file = gzopen(path, "rb") else { throw FileError("open", path, errno: errno) }
    gzbuffer(file, 1 << 17)
    return file
  }

  deinit {
    switch source {
    case .plain: break
    case .gzip(let file): gzclose(file)
    case .bgzip(let file, let library): _ = library.bgzfClose(file)
    }
  }

  /// Reads the next bytes, as many as there are up to `buffer.count`; 0 at the end.
  ///
  /// - Throws: `FileError` where the file cannot be read, is cut off or damaged.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let count: Int
    switch source {
    case .plain(let file): count = try InflatedBytes.read(file, into: buffer)
    case .gzip(let file):
      count = Int(gzread(file, buffer.baseAddress, UInt32(min(buffer.count, 1 << 30))))
      var code: Int32 = 0
      // A stream that is cut off ends "early" only by gzerror's word.
      let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
      if code == Z_ERRNO { throw FileError("read", path, errno: errno) }
      guard count >= 0, code == Z_OK || code == Z_STREAM_END else { throw damaged(message) }
    case .bgzip(let file, let library):
      count = library.bgzfRead(file, buffer.baseAddress, buffer.count)
      let fault = HTSLib.fault(of: file)
      guard count >= 0, fault == nil else { throw damaged(fault ?? "") }
    }
    position += count
    return count
  }

  private static func read(
    _ file: FileHandle, into buffer: UnsafeMutableRawBufferPointer
  ) throws(FileError) -> Int {
    while true {
      let count = Glibc.read(file.descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileError("read", file.path, errno: errno) }
    }
  }

  private func damaged(_ message: String) -> FileError {
    FileError(
      "read", path,
      reason: "damaged gzip data after \(position) inflated bytes"
        + (message.isEmpty ? "" : " (\(message))"))
  }
}
