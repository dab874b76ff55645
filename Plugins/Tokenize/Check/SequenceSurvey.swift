import DNA
import Files
import Genome

/// What the sequences hold: names, lengths, runs of unknown bases, CpG by bin.
struct SequenceSurvey: Sendable {
  /// One sequence.
  struct Record: Sendable {
    let name: String
    let path: String
    /// The line of its header; nil in a file without lines.
    let line: Int?
    var length = 0
    /// The runs of unknown bases, in order.
    var unknown: [Interval] = []
    /// CpG dinucleotides in the bins before each bin, and in all at the end.
    var cpgBefore: [UInt32] = [0]

    /// CpG dinucleotides whose G lies in an interval, whose ends are taken to be those of bins.
    ///
    /// - Parameter bin: bases in a bin of `cpgBefore`.
    func cpg(in interval: Interval, bin: Int) -> Int {
      func before(_ position: Int) -> Int {
        Int(cpgBefore[position >= length ? cpgBefore.count - 1 : (position + bin / 2) / bin])
      }
      return before(interval.end) - before(interval.start)
    }

    /// How many of an interval's bases are unknown.
    func unknownBases(in interval: Interval) -> Int {
      var low = 0
      var high = unknown.count
      while low < high {
        let middle = (low + high) / 2
        if unknown[middle].end > interval.start { high = middle } else { low = middle + 1 }
      }
      var bases = 0
      while low < unknown.count, unknown[low].start < interval.end {
        bases += unknown[low].overlap(interval)
        low += 1
      }
      return bases
    }
  }

  /// A file.
  struct File: Sendable {
    let path: String
    var sequences = 0
    var bases = 0
    var unknown = 0
    var findings = Findings()
  }

  /// Bases in a bin of `Record.cpgBefore`: that of the segmentations, or a multiple of it where that is so
  /// small that counting would take more memory than the sequence.
  let bin: Int
  private(set) var files: [File] = []
  /// The sequences that a corpus would hold, in the order of the files.
  private(set) var records: [Record] = []
  /// Sequences that `chromosomes` leaves out.
  private(set) var skipped = 0

  var chromosomes: [Chromosome] { records.map { Chromosome(name: $0.name, length: $0.length) } }

  /// Sequences that are known already.
  init(_ records: [Record], bin: Int) {
    self.records = records
    self.bin = SequenceSurvey.counted(bin)
  }

  private static func counted(_ bin: Int) -> Int { bin >= 100 ? bin : bin * (100 / bin) }

  /// Reads all files.
  ///
  /// - Parameters:
  ///   - wanted: names of the sequences to use; all if empty.
  ///   - bin: bases in a bin of the segmentations.
  ///   - check: called now and then; may throw to stop the work.
  init(
    _ paths: [String], wanted: [String], bin: Int, check: () throws -> Void
  ) throws {
    self.bin = SequenceSurvey.counted(bin)
    var seen: [String: String] = [:]
    let names = Set(wanted)
    for path in paths {
      var file = File(path: path)
      var findings = Findings()
      var reader = SequenceScanner(path: path, bin: self.bin)
      do {
        try reader.read(&findings, check: check)
      } catch {
        try findings.take(error, "sequence")
      }
      for record in reader.records {
        if let first = seen.updateValue(path, forKey: record.name) {
          findings.add(
            .error, "two-sequences",
            "'\(record.name)' is a second sequence of that name, the first is in \(first)",
            path: path, line: record.line)
          continue
        }
        if record.length == 0 {
          findings.add(
            .error, "empty-sequence", "'\(record.name)' has no bases", path: path, line: record.line
          )
          continue
        }
        file.sequences += 1
        file.bases += record.length
        file.unknown += record.unknown.totalLength
        if names.isEmpty || names.contains(record.name) {
          records.append(record)
        } else {
          skipped += 1
        }
      }
      for name in wanted where path == paths.last && seen[name] == nil {
        findings.add(
          .error, "chromosomes",
          "chromosomes names '\(name)', which is not in the sequence: "
            + ChromosomeNames.hint(for: name, among: seen.keys.sorted()))
      }
      file.findings = findings
      files.append(file)
    }
  }
}
