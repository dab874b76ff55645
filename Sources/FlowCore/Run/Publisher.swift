import Files
import Glibc

/// Copies results to where people look for them. The store keeps its own copy, so an edit of one never
/// changes the other.
///
/// What the ledger does not know as published by flow is the user's, and stays.
struct Publisher {
  private let ledger: Ledger
  /// What flow has published, by path: the hashes and kinds of all versions.
  private var known: [String: [(sha256: String, kind: Manifest.FileType?)]] = [:]

  init(_ ledger: Ledger) throws {
    self.ledger = ledger
    let rows = try ledger.database.run(
      "SELECT DISTINCT path, sha256, kind FROM published LEFT JOIN artifacts USING (sha256)")
    for row in rows {
      guard let path = row.text("path"), let sha256 = row.text("sha256") else { continue }
      known[path, default: []].append(
        (sha256, row.text("kind").flatMap(Manifest.FileType.init(rawValue:))))
    }
  }

  /// Whether what stands at `target`, if anything, may be replaced.
  ///
  /// A file may where flow has published a file before, even if it was edited since; a directory may while
  /// it holds nothing but what flow published there (all or a part of it).
  ///
  /// - Throws: `Diagnostic` where it may not.
  func check(_ target: String) throws {
    let fix = "move it, or choose another --results-dir"
    switch try Path.kind(target) {
    case nil: return
    case .file:
      if known[target]?.contains(where: { $0.kind != .directory }) ?? false { return }
    case .directory:
      let names = try Path.list(target)
      if names.isEmpty { return }
      guard known[target]?.contains(where: { $0.kind == .directory }) ?? false else { break }
      guard let foreign = try foreignEntry(of: target) else { return }
      throw Diagnostic(
        "\(target) holds \(foreign), which flow did not put there or which was changed since",
        fix: fix)
    case .link, .other: break
    }
    throw Diagnostic(
      "\(target) is in the way of a result, and flow did not put it there", fix: fix)
  }

  /// Copies the file or directory at `source` to `target`, unless the same content stands there already.
  ///
  /// - Returns: whether it was copied.
  func publish(_ source: StoredOutput, as target: String, run: String) throws -> Bool {
    let artifact = try ledger.artifact(at: source.path)
    guard artifact.sha256 == source.sha256 else {
      throw Diagnostic(
        "\(source.path) was changed after its step made it",
        fix: "run the workflow again; the step is then run again")
    }
    try ledger.addArtifact(artifact)
    if Path.exists(target), (try? ledger.artifact(at: target))?.sha256 == source.sha256 {
      try ledger.addPublished(run: run, path: target, sha256: source.sha256)
      return false
    }
    try check(target)
    try Path.createDirectory(Path.parent(target))
    let aside = "\(target).partial-\(getpid())"
    try Path.remove(aside)
    do {
      try copy(source.path, to: aside)
      try WholeFile.synchronizeTree(aside)
      // Entered first: should this process die between, the next run knows what it finds as its own.
      try ledger.addPublished(run: run, path: target, sha256: source.sha256)
      // A file is replaced in one step; a directory cannot be renamed over one that holds something.
      if try Path.kind(target) == .directory { try Path.remove(target) }
      try WholeFile.publish(aside, as: target)
    } catch {
      try? Path.remove(aside)
      throw error
    }
    return true
  }

  /// The path in a directory of a file that is in none of the directories that flow published under this
  /// path.
  private func foreignEntry(of target: String) throws -> String? {
    var published: [String: Set<String>] = [:]
    for version in known[target] ?? [] {
      for row in try ledger.database.run(
        "SELECT path, sha256 FROM directory_entries WHERE directory = ?", [.text(version.sha256)])
      {
        published[row.text("path") ?? "", default: []].insert(row.text("sha256") ?? "")
      }
    }
    return try ledger.artifact(at: target, allowLinks: false).entries
      .first { !(published[$0.path]?.contains($0.sha256) ?? false) }?.path
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
