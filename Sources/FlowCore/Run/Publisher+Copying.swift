import Files
import Glibc

/// How results get to where people look for them: copied together, brought to the disk together, and only then given
/// their names. Thousands of small ones must not wait for the disk one by one.
extension Publisher {
  /// The copies of so many results take room at once.
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
      var batch = Batch(Array(rest.prefix(Self.most)), in: "\(directory)/\(Self.asides)\(run)")
      copy(&batch, run: run)
      place(&batch, run: run)
      batch.clear()
      ends += batch.ends
      rest = rest.dropFirst(Self.most)
    }
    return ends
  }

  /// Results that are copied together.
  private struct Batch {
    let items: [Item]
    /// Where copies lie before they get their names.
    let asides: String
    /// What became of each.
    var ends: [Result<Bool, any Error>]
    /// What is copied, by its position in `items`.
    var copies: [Int: Artifact] = [:]

    init(_ items: [Item], in asides: String) {
      self.items = items
      self.asides = asides
      ends = items.map { _ in .success(false) }
    }

    func aside(_ position: Int) -> String { "\(asides)/\(position)" }

    mutating func fail(_ position: Int, _ error: any Error) {
      ends[position] = .failure(error)
      copies[position] = nil
    }

    mutating func failAll(_ error: any Error) {
      for position in copies.keys { fail(position, error) }
    }

    func clear() {
      guard Path.exists(asides) else { return }
      try? Path.remove(asides)
    }
  }

  /// Copies what is not there yet, and brings it to the disk.
  private func copy(_ batch: inout Batch, run: String) {
    for (position, item) in batch.items.enumerated() {
      do {
        guard let artifact = try missing(item, run: run) else { continue }
        try check(item.path)
        try Path.createDirectory(Path.parent("\(directory)/\(item.path)"))
        try Path.createDirectory(batch.asides)
        try copy(item.source.path, to: batch.aside(position))
        batch.copies[position] = artifact
      } catch {
        batch.fail(position, error)
      }
    }
    guard !batch.copies.isEmpty else { return }
    let files = batch.copies.values.reduce(0) { $0 + max(1, $1.entries.count) }
    if files > Self.fewFiles, BackgroundSync.now(batch.asides) { return }
    for position in batch.copies.keys {
      do {
        try WholeFile.synchronizeTree(batch.aside(position))
      } catch {
        batch.fail(position, error)
      }
    }
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

  /// Gives copies their names.
  private mutating func place(_ batch: inout Batch, run: String) {
    let positions = batch.copies.keys.sorted()
    guard !positions.isEmpty else { return }
    do {
      // Entered first: should this process die between, the next run knows what it finds as its own.
      try known.add(
        positions.compactMap { position in
          batch.copies[position].map { ($0, batch.items[position].path) }
        })
    } catch {
      return batch.failAll(error)
    }
    var places: Set<String> = []
    for position in positions {
      guard let artifact = batch.copies[position] else { continue }
      let item = batch.items[position]
      let target = "\(directory)/\(item.path)"
      do {
        try ledger.addPublished(run: run, path: target, sha256: artifact.sha256, step: item.step)
        // A file is replaced in one step; a directory cannot be renamed over one that holds something.
        if try Path.kind(target) == .directory { try Path.remove(target) }
        guard rename(batch.aside(position), target) == 0 else {
          throw FileError("rename \(batch.aside(position)) to", target, errno: errno)
        }
        batch.ends[position] = .success(true)
        places.insert(Path.parent(target))
      } catch {
        batch.fail(position, error)
      }
    }
    if places.count > Self.fewFiles, BackgroundSync.now(directory) { return }
    do {
      for place in places { try WholeFile.synchronizeDirectory(place) }
    } catch {
      batch.failAll(error)
    }
  }
}
