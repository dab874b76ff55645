import Files

/// What is told of a lock beside the lock itself.
struct LockReport {
  private static let mostLines = 20
  private static let mostWarnings = 5

  let lock: LockFile
  let sorted: SortedFiles
  let faults: [String]
  /// Datasets that should not be used any more, a line each.
  let withdrawnDatasets: [String]
  /// Against an earlier lock; nil without one.
  let changes: [LockComparison.Change]?
  let request: LockRequest

  /// The size of all files whose size is known.
  var bytes: Int { lock.entries.reduce(0) { $0 + ($1.bytes ?? 0) } }

  /// Statuses that say that a file should not be used any more.
  static let withdrawn: Set<String> = ["archived", "revoked", "replaced", "deleted"]

  /// What the user should know in any case.
  var warnings: [String] {
    var warnings: [String] = []
    let unverified = lock.entries.count { $0[.md5].isEmpty }
    if unverified > 0 {
      warnings.append(
        "\(count(unverified, "file")) without an md5: encode/fetch takes them only with allow_unverified"
      )
    }
    warnings += withdrawnDatasets.prefix(Self.mostWarnings)
    if withdrawnDatasets.count > Self.mostWarnings {
      warnings.append(
        "so are \(withdrawnDatasets.count - Self.mostWarnings) more datasets, or withdrawn otherwise"
      )
    }
    let withdrawn = lock.entries.filter { Self.withdrawn.contains($0.status) }
    for entry in withdrawn.prefix(Self.mostWarnings) {
      warnings.append(
        SortedFiles.line(entry, .status(entry.status)) + "; it is locked all the same")
    }
    if withdrawn.count > Self.mostWarnings {
      warnings.append(
        "so are \(withdrawn.count - Self.mostWarnings) more that are archived, revoked, replaced or deleted"
      )
    }
    if let fault = faults.first {
      warnings.append("of the portal's answer, left out: \(count(faults.count, "file")); \(fault)")
    }
    return warnings
  }

  /// For people: the size of it, its kinds of files, what was left out, what changed.
  var text: String {
    let datasets = Set(lock.entries.map { $0[.dataset] }).subtracting([""]).count
    var text =
      "\(count(lock.entries.count, "file")) of \(count(datasets, "dataset")), \(size(bytes))\n"
    if lock.entries.isEmpty { text = "No files: nothing matches\n" }
    text += kinds
    text += leftOut
    guard let changes else { return text }
    text +=
      changes.isEmpty ? "\nnothing changed since the earlier lock\n" : "\nsince the earlier lock:\n"
    var table = TextTable(["change", "accession", "column", "before", "now"])
    for change in changes.prefix(Self.mostLines) {
      table.append([
        change.kind.rawValue, change.accession, change.column?.rawValue ?? "", change.before,
        change.now,
      ])
    }
    if !changes.isEmpty { text += table.text }
    if changes.count > Self.mostLines {
      text += "… and \(changes.count - Self.mostLines) more in changes.tsv\n"
    }
    return text
  }

  /// For programs.
  var json: JSON {
    let counts = Dictionary(sorted.refused.map { (word($0.why), 1) }, uniquingKeysWith: +)
    return [
      "portal": .string(request.portal), "files": .integer(lock.entries.count),
      "bytes": .integer(bytes), "left_out": .object(counts.mapValues { .integer($0) }),
      "changes": changes.map {
        .array(
          $0.map {
            [
              "change": .string($0.kind.rawValue), "accession": .string($0.accession),
              "column": .string($0.column?.rawValue ?? ""), "before": .string($0.before),
              "now": .string($0.now),
            ]
          })
      } ?? .null,
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }

  /// For the record of a run: a row a kind of file.
  var table: JSON {
    [
      "title": "Files locked", "show": .boolean(!lock.entries.isEmpty),
      "columns": .array(Self.kindColumns.map { .string($0) }),
      "rows": .array(kindRows.map { .array($0.map { .string($0) }) }),
    ]
  }

  private static let kindColumns = [
    "file type", "output type", "assembly", "assay", "status", "files", "size",
  ]

  private var kindRows: [[String]] {
    var groups: [[String]: (files: Int, bytes: Int)] = [:]
    for entry in lock.entries {
      let kind = [
        entry[.fileType], entry[.outputType], entry[.assembly], entry[.assay], entry.status,
      ]
      groups[kind, default: (0, 0)].files += 1
      groups[kind, default: (0, 0)].bytes += entry.bytes ?? 0
    }
    let sorted = groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return sorted.prefix(50).map { $0.key + ["\($0.value.files)", size($0.value.bytes)] }
  }

  private var kinds: String {
    if lock.entries.isEmpty { return "" }
    var table = TextTable(Self.kindColumns)
    for row in kindRows { table.append(row) }
    return "\n" + table.text
  }

  private var leftOut: String {
    let shown = sorted.refused.filter { $0.why != .other }
    let others = sorted.refused.count - shown.count
    var lines = shown.prefix(Self.mostLines).map {
      "  " + SortedFiles.line($0.entry, $0.why) + "\n"
    }
    if shown.count > lines.count { lines.append("  … and \(shown.count - lines.count) more\n") }
    if others > 0 { lines.append("  \(others) of another format, output type or assembly\n") }
    return lines.isEmpty ? "" : "\nleft out:\n" + lines.joined()
  }

  private func word(_ why: FileSelection.Refusal) -> String {
    switch why {
    case .other: "other"
    case .status(let status): status
    case .unavailable: "unavailable"
    }
  }
}

/// A number of bytes for people, in powers of 1000 as file managers count.
func size(_ bytes: Int) -> String {
  var (value, unit) = (Double(bytes), "B")
  for next in ["kB", "MB", "GB", "TB", "PB"] where value >= 1000 {
    (value, unit) = (value / 1000, next)
  }
  let tenths = Int((value * 10).rounded())
  return unit == "B" ? "\(bytes) B" : "\(tenths / 10).\(tenths % 10) \(unit)"
}

/// "1 file", "2 files".
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
