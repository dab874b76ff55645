import Files
import Glibc

@testable import Encode

/// A directory of a test's own, removed with the value that holds it.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/flow-encode-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError("create", "/tmp", errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? Path.remove(path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try WholeFile.write(bytes, to: "\(path)/\(name)")
    return "\(path)/\(name)"
  }
}

/// Digest of bytes.
func digest(_ bytes: [UInt8], _ algorithm: StreamingHash.Algorithm = .sha256) -> String {
  let hash = StreamingHash(algorithm)
  bytes.withUnsafeBytes { hash.update($0) }
  return hash.finish()
}

/// The error that `body` throws, as text; empty where it throws none.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch { return "\(error)" }
}
