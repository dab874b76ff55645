import DNA
import Files
import Genome

/// What a file of peaks or other intervals holds, and whether it fits the sequence.
struct PeakSurvey: Sendable {
  let path: String
  private(set) var peaks = 0
  private(set) var peaksElsewhere = 0
  /// Peaks on the sequence that have no known base.
  private(set) var peaksUnknown = 0
  private(set) var peaksHere = 0
  /// The end of the last peak on each chromosome, by the file's name for it.
  private(set) var ends: [String: Int] = [:]
  private(set) var findings = Findings()

  init(_ path: String) { self.path = path }

  /// Reads the whole file.
  ///
  /// - Parameter check: called now and then; may throw to stop the work.
  mutating func read(
    on sequence: SequenceSurvey, _ aliases: ChromosomeAliases, check: () throws -> Void
  ) throws {
    var name: String?
    var place: Int?
    do {
      try BED.read(
        path, faults: { findings.add($0, "row") },
        { row in
          peaks += 1
          if peaks & 0xFFFF == 0 { try check() }
          if row.chromosome != name {
            name = row.chromosome
            place = self.place(of: row, aliases)
          }
          take(row, place, sequence)
        })
    } catch {
      try findings.take(error, "peaks")
    }
    conclude(sequence)
  }

  private mutating func place(of row: BED.Row, _ aliases: ChromosomeAliases) -> Int? {
    let isNew = ends[row.chromosome] == nil
    switch aliases.resolve(row.chromosome) {
    case .exact(let position), .mapped(let position): return position
    case .refused(let position, let reason):
      if isNew { findings.add(.error, "chromosome-name", reason, path: path, line: row.line) }
      return position
    case .conflicting(let reason):
      if isNew { findings.add(.error, "chromosome-assembly", reason, path: path, line: row.line) }
      return nil
    case .absent: return nil
    }
  }

  private mutating func take(_ row: BED.Row, _ place: Int?, _ sequence: SequenceSurvey) {
    if row.interval.end > ends[row.chromosome, default: 0] {
      if ends.count < 100_000 || ends[row.chromosome] != nil {
        ends[row.chromosome] = row.interval.end
      }
    }
    guard let place else {
      peaksElsewhere += 1
      return
    }
    let record = sequence.records[place]
    guard row.interval.end <= record.length else {
      findings.add(
        .error, "past-the-end",
        "ends at \(row.interval.end), past the end of \(record.name), which has \(record.length) bases",
        path: path, line: row.line)
      return
    }
    peaksHere += 1
    if !record.unknown.isEmpty,
      record.unknownBases(in: row.interval) == row.interval.length
    {
      peaksUnknown += 1
    }
  }

  private mutating func conclude(_ sequence: SequenceSurvey) {
    if peaks == 0 && findings.count(.error) == 0 {
      findings.add(.warning, "empty", "it has no peaks", path: path)
    } else if peaksHere == 0 && findings.count(.error) == 0 {
      let first = ends.keys.sorted().first ?? ""
      findings.add(
        .warning, "elsewhere",
        "no peak lies on the sequence: it names '\(first)', "
          + ChromosomeNames.hint(for: first, among: sequence.records.map(\.name)), path: path)
    }
    if peaksUnknown * 100 > peaksHere {
      findings.add(
        .warning, "unknown-bases",
        "\(peaksUnknown) of \(peaksHere) peaks lie on unknown bases (N) alone; is part of the sequence "
          + "masked, or is it of another assembly?", path: path)
    }
  }
}
