import Files
import Glibc

/// Copies results to where people look for them. The store keeps its own copy, so an edit of one never
/// changes the other.
struct Publisher {
  let ledger: Ledger

  /// Copies the file or directory at `source` to `target`, unless the same content stands there already.
  ///
  /// - Returns: the content's hash.
  func publish(_ source: String, as target: String) throws -> String {
    let wanted = try ledger.artifact(at: source)
    if Path.exists(target), try ledger.artifact(at: target).sha256 == wanted.sha256 {
      return wanted.sha256
    }
    try Path.createDirectory(Path.parent(target))
    let aside = "\(target).partial-\(getpid())"
    try Path.remove(aside)
    do {
      try copy(source, to: aside)
      try WholeFile.synchronizeTree(aside)
      try Path.remove(target)
      try WholeFile.publish(aside, as: target)
    } catch {
      try? Path.remove(aside)
      throw error
    }
    return wanted.sha256
  }

  private func copy(_ source: String, to target: String) throws(FileError) {
    if try Path.kind(source) == .directory {
      try Path.createDirectory(target)
      for name in try Path.list(source) { try copy("\(source)/\(name)", to: "\(target)/\(name)") }
      return
    }
    let input = try FileHandle.openForReading(source)
    let output = try FileHandle.create(target)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try input.read(into: &buffer)
      if count == 0 { return }
      try output.write(Array(buffer[..<count]))
    }
  }
}
