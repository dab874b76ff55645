import Files
import Glibc

/// Copies results to where people look for them. The store keeps its own copy, so an edit of one never
/// changes the other.
///
/// What flow did not put there is the user's, and stays.
struct Publisher {
  private let ledger: Ledger
  private let directory: String
  private var known: PublishedFiles

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

  /// So many results are copied together: thousands of small ones must not wait for the disk one by one, and their copies
  /// must not take the room of all at once.
  private static let most = 500
  /// More files than this are brought to the disk together with whatever else is on its way there.
  private static let fewFiles = 16

  /// Copies results, each unless the same content stands there already. One that cannot be copied spoils no other.
  ///
  /// - Returns: for each whether it was copied, or why it could not be.
  mutating func publish(_ items: [Item], run: String) -> [Result<Bool, any Error>] {
    var ends: [Result<Bool, any Error>] = []
    var rest = items[...]
    while !rest.isEmpty {
      ends += publishTogether(rest.prefix(Self.most), run: run)
      rest = rest.dropFirst(Self.most)
    }
    return ends
  }

  /// A result that is on its way.
  private struct Copy {
    /// Its position among those that are copied together.
    var position: Int
    var artifact: Artifact
    var aside: String
  }

  private mutating func publishTogether(
    _ items: ArraySlice<Item>, run: String
  ) -> [Result<Bool, any Error>] {
    let items = Array(items)
    var ends: [Result<Bool, any Error>] = items.map { _ in .success(false) }
    var copies: [Copy] = []
    let asides = "\(directory)/\(Self.asides)\(run)"
    defer {
      for copy in copies { try? Path.remove(copy.aside) }
      rmdir(asides)
    }
    func attempt(_ position: Int, _ body: () throws -> Void) {
      do { try body() } catch { ends[position] = .failure(error) }
    }
    for (position, item) in items.enumerated() {
      attempt(position) {
        guard let artifact = try missing(item, run: run) else { return }
        try check(item.path)
        try Path.createDirectory(Path.parent("\(directory)/\(item.path)"))
        try Path.createDirectory(asides)
        copies.append(
          Copy(position: position, artifact: artifact, aside: "\(asides)/\(position)"))
        try copy(item.source.path, to: "\(asides)/\(position)")
      }
    }
    func fail(_ error: any Error) {
      for copy in copies where (try? ends[copy.position].get()) != nil {
        ends[copy.position] = .failure(error)
      }
    }
    let whole = copies.filter { (try? ends[$0.position].get()) != nil }
    guard !whole.isEmpty else { return ends }
    do {
      try synchronize(whole, in: asides)
      // Entered first: should this process die between, the next run knows what it finds as its own.
      try known.add(whole.map { ($0.artifact, items[$0.position].path) })
    } catch {
      fail(error)
      return ends
    }
    var places: Set<String> = []
    for copy in whole {
      let target = "\(directory)/\(items[copy.position].path)"
      attempt(copy.position) {
        try ledger.addPublished(
          run: run, path: target, sha256: copy.artifact.sha256, step: items[copy.position].step)
        // A file is replaced in one step; a directory cannot be renamed over one that holds something.
        if try Path.kind(target) == .directory { try Path.remove(target) }
        guard rename(copy.aside, target) == 0 else {
          throw FileError("rename \(copy.aside) to", target, errno: errno)
        }
        places.insert(Path.parent(target))
        ends[copy.position] = .success(true)
      }
    }
    do {
      if places.count > Self.fewFiles, BackgroundSync.now(directory) { return ends }
      for place in places { try WholeFile.synchronizeDirectory(place) }
    } catch {
      fail(error)
    }
    return ends
  }

  /// What has to be copied; nil where it stands there already.
  private func missing(_ item: Item, run: String) throws -> Artifact? {
    let artifact = try ledger.artifact(at: item.source.path)
    guard artifact.sha256 == item.source.sha256 else {
      throw Diagnostic(
        "\(item.source.path) was changed after its step made it",
        fix: "run the workflow again; the step is then run again")
    }
    try ledger.addArtifact(artifact)
    let target = "\(directory)/\(item.path)"
    guard Path.exists(target), (try? ledger.artifact(at: target))?.sha256 == artifact.sha256 else {
      return artifact
    }
    try ledger.addPublished(run: run, path: target, sha256: artifact.sha256, step: item.step)
    return nil
  }

  private func synchronize(_ copies: [Copy], in asides: String) throws {
    let files = copies.reduce(0) { $0 + max(1, $1.artifact.entries.count) }
    if files > Self.fewFiles, BackgroundSync.now(asides) { return }
    for copy in copies { try WholeFile.synchronizeTree(copy.aside) }
  }

  /// The directories in which results are copied before they get their names, one a run.
  private static let asides = ".flow-partial-"

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

  private func copy(_ source: String, to target: String) throws(FileError) {
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
