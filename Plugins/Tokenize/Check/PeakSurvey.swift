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
      try forEachRow { chromosome, interval, line in
        peaks += 1
        if peaks & 0xFFFF == 0 { try check() }
        if chromosome != name {
          name = chromosome
          place = self.place(of: chromosome, line, aliases)
        }
        take(chromosome, interval, line, place, sequence)
      } faults: {
        findings.add($0, "row")
      }
    } catch {
      try findings.take(error, "peaks")
    }
    conclude(sequence)
  }

  /// Calls `body` with each row's chromosome, bases and line; a bigBed's rows are counted from 1.
  private func forEachRow(
    _ body: (String, Interval, Int) throws -> Void, faults: (GenomeError) throws -> Void
  ) throws {
    switch try FileHandle.openRegular(path).read(upTo: 4, from: 0) {
    case [0xEB, 0xF2, 0x89, 0x87], [0x87, 0x89, 0xF2, 0xEB]:
      let file = try BigBed(path)
      var number = 0
      for chromosome in file.chromosomes where chromosome.length > 0 {
        let whole = Interval(0, chromosome.length)
        try file.forEachRow(on: chromosome.name, in: whole) { row in
          number += 1
          try body(chromosome.name, row.interval, number)
        }
      }
    case [0x26, 0xFC, 0x8F, 0x88], [0x88, 0x8F, 0xFC, 0x26]:
      throw GenomeError("this is a bigWig file: it holds values, not peaks", path: path)
    default:
      try BED.read(path, faults: faults, { try body($0.chromosome, $0.interval, $0.line) })
    }
  }

  private mutating func place(
    of chromosome: String, _ line: Int, _ aliases: ChromosomeAliases
  ) -> Int? {
    let isNew = ends[chromosome] == nil
    switch aliases.resolve(chromosome) {
    case .exact(let position), .mapped(let position): return position
    case .refused(let position, let reason):
      if isNew { findings.add(.error, "chromosome-name", reason, path: path, line: line) }
      return position
    case .conflicting(let reason):
      if isNew { findings.add(.error, "chromosome-assembly", reason, path: path, line: line) }
      return nil
    case .absent: return nil
    }
  }

  private mutating func take(
    _ chromosome: String, _ interval: Interval, _ line: Int, _ place: Int?,
    _ sequence: SequenceSurvey
  ) {
    if interval.end > ends[chromosome, default: 0] {
      if ends.count < 100_000 || ends[chromosome] != nil { ends[chromosome] = interval.end }
    }
    guard let place else {
      peaksElsewhere += 1
      return
    }
    let record = sequence.records[place]
    guard interval.end <= record.length else {
      findings.add(
        .error, "past-the-end",
        "ends at \(interval.end), past the end of \(record.name), which has \(record.length) bases",
        path: path, line: line)
      return
    }
    peaksHere += 1
    if !record.unknown.isEmpty, record.unknownBases(in: interval) == interval.length {
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
