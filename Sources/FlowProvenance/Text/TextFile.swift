import Files

/// A text file that is written piece by piece and appears whole. Memory stays at one buffer, however long the text.
final class TextFile {
  private let file: OutputFile
  private var buffer: [UInt8] = []

  init(_ path: String) throws(FileError) {
    file = try OutputFile(path)
    buffer.reserveCapacity(1 << 16)
  }

  func write(_ text: String) throws(FileError) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16 { try flush() }
  }

  private func flush() throws(FileError) {
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Brings the text to its place.
  func finish() throws(FileError) {
    try flush()
    try file.finish()
  }
}
