import FlowPlugin

/// The found files: those that a lock takes, and why not the others.
struct SortedFiles {
  private(set) var taken: [LockEntry] = []
  private(set) var refused: [(entry: LockEntry, why: FileSelection.Refusal)] = []

  init(_ found: [FileFinder.Found], by request: LockRequest) {
    let named = Set(request.accessions)
    for file in found {
      var selection = request.selection
      if named.contains(file.entry.accession) {
        // Who names a file means it, whatever its format.
        selection = FileSelection(status: selection.status)
      }
      if let why = selection.refusal(of: file.entry, isThere: file.isThere) {
        refused.append((file.entry, why))
      } else {
        taken.append(file.entry)
      }
    }
  }

  /// - Throws: `StepFailure`, invalid, where a file that was named by its accession is not taken.
  func checkNamed(_ accessions: [String]) throws(StepFailure) {
    let named = Set(accessions)
    let lines = refused.filter { named.contains($0.entry.accession) }.map {
      Self.line($0.entry, $0.why)
    }
    if let first = lines.first {
      let more = lines.count > 1 ? " (and \(lines.count - 1) more like it)" : ""
      throw StepFailure(
        .invalid,
        "\(first)\(more); name its successor, or add the status to 'status' to take it all the same"
      )
    }
  }

  /// Why one file is not taken, and what stands in its place.
  static func line(_ entry: LockEntry, _ why: FileSelection.Refusal) -> String {
    let successors = entry.list(.supersededBy)
    let successor =
      successors.isEmpty ? "" : ", superseded by \(successors.joined(separator: ", "))"
    switch why {
    case .other: return "\(entry.accession) is not what was asked for"
    case .status(let status): return "\(entry.accession) is \(status)\(successor)"
    case .unavailable: return "\(entry.accession) is restricted or has no file\(successor)"
    }
  }
}
