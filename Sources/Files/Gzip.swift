import CZlib
import Glibc

/// Lines of a text file, plain or gzip (bgzip and other multi-member files included), told apart by content.
///
/// Lines come without their end (`\n` or `\r\n`), the first without a byte order mark. Memory is bounded by
/// `longestLine`.
public final class LineReader {
  public let path: String
  /// The number of the line last returned, counted from 1.
  public private(set) var lineNumber = 0
  private let file: gzFile
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var start = 0
  private var end = 0
  private var atEnd = false
  private var isAtBeginning = true
  /// Whether `nextPiece` has given a part of the line that is to go on.
  private var isInLine = false
  private let longestLine: Int

  /// - Throws: `FileError` where the file cannot be opened, is a directory, or is bgzip without its end.
  public init(_ path: String, longestLine: Int = 1 << 28) throws(FileError) {
    self.path = path
    self.longestLine = longestLine
    switch try Path.kind(Path.real(path)) {
    // zlib reads on when a directory is opened; say so here.
    case .directory: throw FileError("read", path, reason: "it is a directory")
    case .file:
      let file = try FileHandle.openForReading(path)
      if BlockedGzip.begins(try file.read(upTo: 16, from: 0)) {
        try BlockedGzip.requireEnd(of: file)
      }
    default: break
    }
    guard let file = gzopen(path, "rb") else { throw FileError("open", path, errno: errno) }
    gzbuffer(file, 1 << 17)
    self.file = file
  }

  deinit { gzclose(file) }

  /// Calls `body` with the next line's bytes; nil at the end of the file.
  ///
  /// - Throws: `FileError` where the file cannot be read, is truncated or is not valid gzip.
  public func next<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) throws -> Result? {
    var searched = 0
    while true {
      if let newline = newline(from: start + searched) {
        defer { start = newline + 1 }
        lineNumber += 1
        return try pass(start, newline, to: body)
      }
      searched = end - start
      if atEnd {
        if start == end { return nil }
        defer { start = end }
        lineNumber += 1
        return try pass(start, end, to: body)
      }
      try fill()
    }
  }

  /// Calls `body` with the next piece of a line, the whole of it where it is shorter than 64 KiB, and whether a
  /// line begins with it; nil at the end of the file. For lines of any length: memory is constant.
  ///
  /// - Throws: as `next`.
  public func nextPiece<Result>(
    _ body: (_ piece: UnsafeBufferPointer<UInt8>, _ beginsLine: Bool) throws -> Result
  ) throws -> Result? {
    while true {
      let newline = newline(from: start)
      // Without the line's end the last byte is kept back: it may be the first of `\r\n`.
      let isPart = newline == nil && !atEnd
      if isPart && end - start < buffer.count {
        try fill()
        continue
      }
      if newline == nil && start == end { return nil }
      let beginsLine = !isInLine
      let pieceEnd = newline ?? (isPart ? end - 1 : end)
      defer {
        start = newline.map { $0 + 1 } ?? pieceEnd
        isInLine = isPart
      }
      if beginsLine { lineNumber += 1 }
      if isPart {
        return try buffer.withUnsafeBufferPointer {
          try body(UnsafeBufferPointer(rebasing: $0[start..<pieceEnd]), beginsLine)
        }
      }
      return try pass(start, pieceEnd) { try body($0, beginsLine) }
    }
  }

  /// The next line as text; bytes that are not UTF-8 are replaced.
  public func nextText() throws -> String? {
    try next { String(decoding: $0, as: UTF8.self) }
  }

  /// The place of the next end of a line. memchr compares many bytes at once.
  private func newline(from first: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard first < end, let base = bytes.baseAddress,
        let found = memchr(base + first, 0x0A, end - first)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  private func pass<Result>(
    _ start: Int, _ end: Int, to body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) throws -> Result {
    let end = end > start && buffer[end - 1] == 0x0D ? end - 1 : end
    return try buffer.withUnsafeBufferPointer {
      try body(UnsafeBufferPointer(rebasing: $0[start..<end]))
    }
  }

  private func fill() throws(FileError) {
    if start > 0 {
      buffer.withUnsafeMutableBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        memmove(base, base + start, end - start)
      }
      end -= start
      start = 0
    }
    if end == buffer.count {
      guard buffer.count < longestLine else {
        throw FileError(
          "read", path,
          reason: "line \(lineNumber + 1) is longer than the \(longestLine) bytes allowed here")
      }
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    }
    let room = buffer.count - end
    let count = buffer.withUnsafeMutableBytes { bytes in
      gzread(file, bytes.baseAddress.map { $0 + end }, UInt32(min(room, 1 << 30)))
    }
    guard count >= 0 else { throw damaged() }
    if count == 0 {
      // A truncated gzip stream ends "early" only by gzerror's word.
      var code: Int32 = 0
      _ = gzerror(file, &code)
      if code != Z_OK && code != Z_STREAM_END { throw damaged() }
      atEnd = true
    }
    end += Int(count)
    if isAtBeginning {
      if buffer[..<end].starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
      isAtBeginning = false
    }
  }

  private func damaged() -> FileError {
    var code: Int32 = 0
    let message = gzerror(file, &code).map { String(cString: $0) } ?? "unknown error"
    if code == Z_ERRNO { return FileError("read", path, errno: errno) }
    return FileError(
      "read", path, reason: "after line \(lineNumber): damaged gzip data (\(message))")
  }
}

/// Writes a gzip file whose bytes depend only on what is written: no time stamp, no file name.
public final class GzipWriter {
  public let path: String
  private var file: gzFile?

  /// - Parameter level: 1 (fast) to 9 (small).
  public init(_ path: String, level: Int = 6) throws(FileError) {
    self.path = path
    guard let file = gzopen(path, "wb\(level)") else {
      throw FileError("create", path, errno: errno)
    }
    gzbuffer(file, 1 << 17)
    self.file = file
  }

  deinit { if let file { gzclose(file) } }

  public func write(_ text: String) throws(FileError) {
    var text = text
    let written = text.withUTF8 { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
    if written == 0 && !text.isEmpty { throw FileError("write", path, errno: errno) }
  }

  /// Ends the file. An error here means that it is not whole.
  public func finish() throws(FileError) {
    let code = gzclose(file)
    file = nil
    if code != Z_OK { throw FileError("finish", path, errno: errno) }
  }
}
