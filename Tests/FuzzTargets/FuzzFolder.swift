import Files
import Glibc

/// A directory in memory for readers that want a path; removed when the run is over.
final class FuzzFolder {
  let path: String

  init() throws {
    var template = Array("/dev/shm/flow-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError("create a directory in", "/dev/shm", errno: errno)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? Path.remove(path) }

  @discardableResult
  func write(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
    let target = "\(path)/\(name)"
    try Path.createDirectory(Path.parent(target))
    try FileHandle.create(target).write(Array(content))
    return target
  }
}
