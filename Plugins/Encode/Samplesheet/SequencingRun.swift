/// One sequencing run of a lock: a FASTQ file, or the two of a pair.
struct SequencingRun: Equatable {
  var first: LockEntry
  /// The second ends of paired reads.
  var second: LockEntry?

  var isPaired: Bool { second != nil }
  var dataset: String { first[.dataset] }
  /// The portal's number of the biological replicate; several are pooled reads, which count as the first.
  var biologicalReplicate: Int { first.list(.biologicalReplicates).first.flatMap { Int($0) } ?? 1 }

  /// The runs of a lock, sorted by dataset, replicate and accession, and what of its FASTQ files is none.
  static func all(in lock: LockFile) -> (runs: [SequencingRun], leftOut: [String]) {
    let files = lock.entries.filter { $0[.fileFormat] == "fastq" }
    let reads = files.filter { $0[.outputType] == "reads" || $0[.outputType].isEmpty }
    let byAccession = Dictionary(reads.map { ($0.accession, $0) }) { first, _ in first }
    var leftOut = files.filter { file in !reads.contains { $0.accession == file.accession } }
      .map { "\($0.accession): \($0[.outputType])" }
    var runs: [SequencingRun] = []
    for file in reads {
      switch file[.pairedEnd] {
      case "1":
        guard let mate = byAccession[file[.pairedWith]] else {
          leftOut.append("\(file.accession): its mate \(file[.pairedWith]) is not in the lock")
          continue
        }
        runs.append(SequencingRun(first: file, second: mate))
      case "2":
        // It comes with its mate.
        if byAccession[file[.pairedWith]]?[.pairedEnd] != "1" {
          leftOut.append("\(file.accession): its mate \(file[.pairedWith]) is not in the lock")
        }
      default: runs.append(SequencingRun(first: file))
      }
    }
    runs.sort {
      ($0.dataset, $0.biologicalReplicate, $0.first.accession)
        < ($1.dataset, $1.biologicalReplicate, $1.first.accession)
    }
    return (runs, leftOut.sorted())
  }
}
