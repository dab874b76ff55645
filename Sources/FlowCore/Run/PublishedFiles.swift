import Files

/// What flow has put into a results directory: for each file's path in it, the hashes of all versions.
///
/// Kept in the directory itself, so that results can be told from a user's own files even when the history
/// was deleted, the directory was moved, or another state directory is used.
struct PublishedFiles {
  private let record: String
  private var versions: [String: Set<String>] = [:]
  /// Where a damaged record was put.
  private(set) var setAside: String?

  /// - Throws: `FileError` where there is a record and it cannot be read.
  init(in directory: String) throws(FileError) {
    record = "\(directory)/.flow-published.json"
    guard Path.exists(record) else { return }
    let json: JSON
    do throws(FileError) {
      json = try JSON.read(record)
    } catch {
      guard error.code == 0 else { throw error }
      var number = 1
      while Path.exists("\(record).damaged-\(number)") { number += 1 }
      try Path.move(record, to: "\(record).damaged-\(number)")
      setAside = "\(record).damaged-\(number)"
      return
    }
    for (path, hashes) in json.object ?? [:] {
      versions[path] = Set((hashes.array ?? []).compactMap(\.string))
    }
  }

  /// The files that flow has ever put there, sorted.
  var paths: [String] { versions.keys.sorted() }

  /// Whether flow has put some version of a file there.
  func has(_ path: String) -> Bool { versions[path] != nil }

  /// Whether flow has put a file of just this content there.
  func has(_ path: String, sha256: String) -> Bool { versions[path]?.contains(sha256) ?? false }

  /// Enters the files of artifacts that are about to be put at their paths.
  mutating func add(_ artifacts: [(artifact: Artifact, path: String)]) throws(FileError) {
    for (artifact, path) in artifacts {
      if artifact.kind == .file { versions[path, default: []].insert(artifact.sha256) }
      for entry in artifact.entries {
        versions["\(path)/\(entry.path)", default: []].insert(entry.sha256)
      }
    }
    let json = JSON.object(versions.mapValues { .array($0.sorted().map { .string($0) }) })
    try WholeFile.write(json.prettyText, to: record)
  }
}
