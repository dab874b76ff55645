import Files
import Glibc

/// A text file that is written piece by piece and appears whole: beside its place first, synced and renamed when it
/// is finished. Memory stays at one buffer, however long the text.
final class TextFile {
  private let path: String
  private let aside: String
  private let file: FileHandle
  private var buffer: [UInt8] = []
  private var isFinished = false

  init(_ path: String) throws(FileError) {
    self.path = path
    aside = "\(path).partial-\(getpid())"
    file = try FileHandle.create(aside)
    buffer.reserveCapacity(1 << 16)
  }

  deinit { if !isFinished { unlink(aside) } }

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
    try file.synchronize()
    try WholeFile.publish(aside, as: path)
    isFinished = true
  }
}
