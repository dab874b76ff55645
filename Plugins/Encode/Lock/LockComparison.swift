import Files

/// What is another between an earlier lock and the portal now.
struct LockComparison {
  /// One line of it.
  struct Change: Equatable {
    enum Kind: String { case added, removed, changed }

    var kind: Kind
    var accession: String
    /// Which column changed; nil for a file that came or went.
    var column: LockEntry.Column?
    var before = ""
    var now = ""
  }

  /// Sorted by accession.
  let changes: [Change]

  init(from before: LockFile, to now: LockFile) {
    let old = Dictionary(before.entries.map { ($0.accession, $0) }) { first, _ in first }
    let new = Dictionary(now.entries.map { ($0.accession, $0) }) { first, _ in first }
    var changes: [Change] = []
    for accession in Set(old.keys).union(new.keys).sorted() {
      switch (old[accession], new[accession]) {
      case (let old?, let new?):
        for column in LockEntry.Column.allCases where old[column] != new[column] {
          changes.append(
            Change(
              kind: .changed, accession: accession, column: column, before: old[column],
              now: new[column]))
        }
      case (let old?, nil):
        changes.append(Change(kind: .removed, accession: accession, before: old.status))
      case (nil, let new?):
        changes.append(Change(kind: .added, accession: accession, now: new.status))
      case (nil, nil): break
      }
    }
    self.changes = changes
  }

  /// The accessions of files whose bytes are others now.
  var replacedContent: [String] {
    let columns: Set<LockEntry.Column> = [.md5, .bytes, .contentMD5]
    return Set(changes.filter { $0.column.map(columns.contains) == true }.map(\.accession)).sorted()
  }

  /// How many files a kind of change concerns.
  func count(_ kind: Change.Kind) -> Int {
    Set(changes.filter { $0.kind == kind }.map(\.accession)).count
  }

  /// Tab-separated, with a header.
  static func tsv(_ changes: [Change]) -> String {
    var text = "change\taccession\tcolumn\tbefore\tnow\n"
    for change in changes {
      let column = change.column?.rawValue ?? ""
      text +=
        "\(change.kind.rawValue)\t\(change.accession)\t\(column)\t\(change.before)\t\(change.now)\n"
    }
    return text
  }
}
