import Files
import Glibc

/// Copies results to where people look for them. The store keeps its own copy, so an edit of one never
/// changes the other.
///
/// What flow did not put there is the user's, and stays.
struct Publisher {
  let ledger: Ledger
  let directory: String
  var known: PublishedFiles

  /// Where a damaged record of what flow put into the directory was put.
  var setAside: String? { known.setAside }

  /// - Parameter directory: the results directory.
  init(_ ledger: Ledger, directory: String) throws {
    self.ledger = ledger
    self.directory = directory
    known = try PublishedFiles(in: directory)
  }

  /// Whether what stands at `path` in the results directory, if anything, may be replaced.
  ///
  /// A file may that flow has put there or made, unless it was edited since; a directory may while it holds nothing
  /// but such files (all or a part of what was there).
  ///
  /// - Throws: `Diagnostic` where it may not.
  func check(_ path: String) throws {
    let target = "\(directory)/\(path)"
    var changed: String?
    switch try Path.kind(target) {
    case nil: return
    case .file:
      let found = try ledger.artifact(at: target, allowLinks: false).sha256
      if try known.has(path, sha256: found) || ledger.hasMade(found) { return }
      if known.has(path) { changed = target }
    case .directory:
      let found = try ledger.artifact(at: target, allowLinks: false)
      if try ledger.hasMade(found.sha256) { return }
      let foreign = found.entries.first { !known.has("\(path)/\($0.path)", sha256: $0.sha256) }
      guard let foreign else { return }
      guard known.has("\(path)/\(foreign.path)") else {
        throw Diagnostic(
          "\(target) is to be replaced and holds \(foreign.path), which flow did not put there",
          fix: "move it, or choose another --results-dir")
      }
      changed = "\(target)/\(foreign.path)"
    default: break
    }
    if let changed {
      throw Diagnostic(
        "\(changed) was changed since flow put it there, and is to be replaced",
        fix: "move it to keep it, or remove it; or choose another --results-dir")
    }
    throw Diagnostic(
      "\(target) is in the way of a result, and flow did not put it there",
      fix: "move it, or choose another --results-dir")
  }

  /// What flow once put into the directory and that is still there, though it is no part of these results, sorted.
  func leftBehind(beside results: [String]) -> [String] {
    let results = Set(results)
    return known.paths.filter { path in
      // The record is a file that others may have written.
      let names = path.split(separator: "/", omittingEmptySubsequences: false)
      if names.contains(where: { ["", ".", ".."].contains($0) }) { return false }
      // The result that it would be a part of is one of the directories that lead to it.
      let isPart = (1...names.count).contains {
        results.contains(names.prefix($0).joined(separator: "/"))
      }
      return !isPart && Path.exists("\(directory)/\(path)")
    }
  }

  /// A result and its path in the results directory.
  struct Item {
    var source: StoredOutput
    var path: String
    /// The row of the step that had it; nil for what no step made.
    var step: Int?
  }

  /// The directories in which results are copied before they get their names, one a run.
  static let asides = ".flow-partial-"

  /// Removes what killed runs left half copied. Runs of other state directories may be at work here: theirs stay.
  func removeLeftovers() throws {
    for name in try Path.list(directory) {
      let path = "\(directory)/\(name)"
      if name.hasPrefix(Self.asides) {
        let run = String(name.dropFirst(Self.asides.count))
        if try ledger.knowsRun(run) { try Path.remove(path) }
      } else if name.hasPrefix("."), let process = WholeFile.writer(ofPartial: name),
        kill(process, 0) != 0, errno == ESRCH
      {
        try Path.remove(path)
      }
    }
  }

  func copy(_ source: String, to target: String) throws(FileError) {
    if try Path.kind(source) == .directory {
      try Path.createDirectory(target)
      for name in try Path.list(source) { try copy("\(source)/\(name)", to: "\(target)/\(name)") }
      return
    }
    let input = try FileHandle.openForReading(source)
    let output = try FileHandle.create(target)
    if access(source, X_OK) == 0, chmod(target, 0o755) != 0 {
      throw FileError("make executable", target, errno: errno)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try input.read(into: &buffer)
      if count == 0 { return }
      try output.write(Array(buffer[..<count]))
    }
  }
}
