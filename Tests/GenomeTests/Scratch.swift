import Files
import Glibc

/// A directory of a test's own, removed with the value that holds it.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/flow-genome-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError("create", "/tmp", errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? Path.remove(path) }

  /// Writes a text file and tells its path.
  func file(_ name: String, _ text: String) throws -> String {
    try WholeFile.write(text, to: "\(path)/\(name)")
    return "\(path)/\(name)"
  }
}

/// A small generator with a fixed seed (SplitMix64, https://prng.di.unimi.it/splitmix64.c), so that a
/// failing test fails again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The message of the error that `body` throws; empty where it throws none.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch { return "\(error)" }
}
