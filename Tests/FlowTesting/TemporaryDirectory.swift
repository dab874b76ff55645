import Files
import Glibc

/// A directory that is removed with everything in it when the test is over.
public final class TemporaryDirectory {
  public let path: String

  public init() throws {
    var template = Array("/tmp/flow-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError("create", "a temporary directory", errno: errno)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? Path.remove(path) }

  /// The path of `name` in the directory.
  public func at(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, making the directories above it.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Writes a file, making the directories above it.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Path.createDirectory(Path.parent(at(name)))
    try WholeFile.write(bytes, to: at(name))
    return at(name)
  }

  public func read(_ name: String) throws -> String { try Path.readText(at(name)) }

  public func exists(_ name: String) -> Bool { Path.exists(at(name)) }
}
