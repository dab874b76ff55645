import Files
import Glibc

/// Where a crate is written: a directory or an archive, whole or not at all.
final class CratePayload {
  private enum Container {
    case directory(aside: String)
    case archive(ZipArchive)
  }

  /// A file to be copied, with what its content has to be.
  struct File {
    var source: String
    /// In the crate.
    var path: String
    var sha256: String
  }

  private let path: String
  private let container: Container
  private var buffer = [UInt8](repeating: 0, count: 1 << 20)
  private var isFinished = false

  /// - Parameter path: an archive where it ends in `.zip`, otherwise a directory that is not there yet.
  /// - Throws: `FileError`.
  init(_ path: String) throws(FileError) {
    self.path = path
    if path.lowercased().hasSuffix(".zip") {
      container = .archive(try ZipArchive(path))
      return
    }
    guard try Path.kind(path) == nil else {
      throw FileError("write", path, reason: "something is there already; choose another --output")
    }
    let aside = "\(path).partial-\(getpid())"
    try Path.remove(aside)
    try Path.createDirectory(aside)
    container = .directory(aside: aside)
  }

  deinit {
    if !isFinished, case .directory(let aside) = container { try? Path.remove(aside) }
  }

  /// Copies files, all or none of them.
  ///
  /// - Parameter root: the first of their directories that is theirs alone, or the one file.
  /// - Returns: why they are not copied: one is gone, or not what the run saw; nil where all were.
  /// - Throws: `FileError` where the crate cannot be written.
  func add(_ files: [File], root: String) throws(FileError) -> String? {
    switch container {
    case .directory(let aside):
      for file in files {
        if let problem = try copy(file, below: aside) {
          try Path.remove("\(aside)/\(root)")
          return problem
        }
      }
    case .archive(let archive):
      let mark = archive.mark
      for file in files {
        var problem: String?
        do throws(FileError) {
          if try archive.add(file.source, as: file.path) != file.sha256 {
            problem = "\(file.source) is not what it was when the run used it"
          }
        } catch {
          guard error.path == file.source else { throw error }
          problem = error.description
        }
        if let problem {
          try archive.removeAll(from: mark)
          return problem
        }
      }
    }
    return nil
  }

  private func copy(_ file: File, below aside: String) throws(FileError) -> String? {
    let input: FileHandle
    do throws(FileError) {
      input = try FileHandle.openRegular(file.source)
    } catch {
      return error.description
    }
    let target = "\(aside)/\(file.path)"
    try Path.createDirectory(Path.parent(target))
    let output = try FileHandle.create(target)
    let hash = StreamingHash(.sha256)
    while true {
      let count = try input.read(into: &buffer)
      if count == 0 { break }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      try output.write(count == buffer.count ? buffer : Array(buffer[..<count]))
    }
    return hash.finish() == file.sha256
      ? nil : "\(file.source) is not what it was when the run used it"
  }

  /// Writes a text of the crate, piece by piece.
  func write(_ name: String, _ body: (TextFile) throws -> Void) throws {
    switch container {
    case .directory(let aside):
      try Path.createDirectory(Path.parent("\(aside)/\(name)"))
      let file = try TextFile("\(aside)/\(name)")
      try body(file)
      try file.finish()
    case .archive(let archive):
      let beside = "\(path).text-\(getpid())"
      defer { unlink(beside) }
      let file = try TextFile(beside)
      try body(file)
      try file.finish()
      _ = try archive.add(beside, as: name)
    }
  }

  /// Brings the crate to its place.
  func finish() throws(FileError) {
    switch container {
    case .directory(let aside):
      try WholeFile.synchronizeTree(aside)
      try WholeFile.publish(aside, as: path)
    case .archive(let archive): try archive.finish()
    }
    isFinished = true
  }
}
