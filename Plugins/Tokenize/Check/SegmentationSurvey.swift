import DNA
import Files
import Genome

/// What one file of segmentations holds, and whether it fits the sequence.
struct SegmentationSurvey: Sendable {
  /// A cell type in the file.
  struct CellType: Sendable {
    /// The position among the cell types of all tracks; -1 for one that is not wanted.
    let position: Int
    var segments = 0
    /// Bases that have a state, by chromosome of the sequence.
    var bases: [Int]
    /// By the file's number of the state.
    var states: [StateContent] = []
  }

  /// The bases in a state.
  struct StateContent: Sendable {
    var bases = 0
    var unknown = 0
    /// CpG dinucleotides.
    var cpg = 0
  }

  let path: String
  let format: Segmentation.Format
  /// Lines read.
  private(set) var lines = 0
  private(set) var cellTypes: [CellType]
  /// By the file's number of the state.
  private(set) var stateNames: [String] = []
  /// The end of the last segment on each chromosome, by the file's name for it.
  private(set) var ends: [String: Int] = [:]
  private(set) var segmentsElsewhere = 0
  private(set) var findings = Findings()

  private let source: SegmentationSet.Source
  private let sequence: SequenceSurvey
  private let bin: Int
  /// Segments that are not made of bins: how many, how many of them begin one base after a bin's start, and
  /// the greatest common divisor of their ends, which tells what the bins may be.
  private var unaligned = (count: 0, countedFromOne: 0, divisor: 0)
  /// A state for each bin of the chromosome, for a file of one cell type, whose rows may be in any order;
  /// 0 is none. By chromosome, made when the first segment lies there.
  private var taken: [[UInt16]]
  /// By cell type of the file: the place of the last segment, for a table, whose rows are in order.
  private var last: [(chromosome: Int, end: Int)]

  /// - Parameter firstCellType: the position of the track's first cell type among those of all tracks.
  init(
    _ source: SegmentationSet.Source, firstCellType: Int, on sequence: SequenceSurvey, bin: Int
  ) {
    self.source = source
    self.sequence = sequence
    self.bin = bin
    path = source.segmentation.path
    format = source.segmentation.format
    let none = [Int](repeating: 0, count: sequence.records.count)
    cellTypes = source.cellTypes.map { position in
      CellType(position: position.map { firstCellType + $0 } ?? -1, bases: none)
    }
    taken = [[UInt16]](repeating: [], count: sequence.records.count)
    last = cellTypes.map { _ in (-1, 0) }
  }

  /// Reads the whole file.
  ///
  /// - Parameter check: called now and then; may throw to stop the work.
  mutating func read(_ aliases: ChromosomeAliases, check: () throws -> Void) throws {
    let states = StateIndex()
    var name: String?
    var place: Int?
    var rows = 0
    do {
      try source.segmentation.forEachSegment(
        states, faults: { findings.add($0, "row") },
        { segment in
          rows += 1
          if rows & 0xFFFF == 0 { try check() }
          if segment.chromosome != name {
            name = segment.chromosome
            place = self.place(of: segment, aliases)
          }
          lines = segment.line
          take(segment, place, states)
        })
    } catch {
      try findings.take(error, "segmentation")
    }
    stateNames = states.names
    conclude(rows)
    taken = []
  }

  /// The chromosome of the sequence on which segments of this name lie; nil where there is none.
  private mutating func place(
    of segment: Segmentation.Segment, _ aliases: ChromosomeAliases
  ) -> Int? {
    switch aliases.resolve(segment.chromosome) {
    case .exact(let position), .mapped(let position): return position
    case .refused(let position, let reason):
      if ends[segment.chromosome] == nil {
        findings.add(.error, "chromosome-name", reason, path: path, line: segment.line)
      }
      return position
    case .conflicting(let reason):
      if ends[segment.chromosome] == nil {
        findings.add(.error, "chromosome-assembly", reason, path: path, line: segment.line)
      }
      return nil
    case .absent: return nil
    }
  }

  private mutating func take(_ segment: Segmentation.Segment, _ place: Int?, _ states: StateIndex) {
    let interval = segment.interval
    if interval.end > ends[segment.chromosome, default: 0] {
      guard ends.count < 100_000 || ends[segment.chromosome] != nil else { return }
      ends[segment.chromosome] = interval.end
    }
    guard let place else {
      segmentsElsewhere += 1
      return
    }
    let record = sequence.records[place]
    guard interval.end <= record.length else {
      findings.add(
        .error, "past-the-end",
        "ends at \(interval.end), past the end of \(record.name), which has \(record.length) bases",
        path: path, line: segment.line)
      return
    }
    cellTypes[segment.cellType].segments += 1
    cellTypes[segment.cellType].bases[place] += interval.length
    guard interval.start % bin == 0, interval.end % bin == 0 || interval.end == record.length
    else {
      unaligned.count += 1
      if interval.start % bin == 1 % bin { unaligned.countedFromOne += 1 }
      unaligned.divisor = gcd(unaligned.divisor, interval.start)
      if interval.end != record.length { unaligned.divisor = gcd(unaligned.divisor, interval.end) }
      findings.add(
        .error, "bins", "\(interval.start)-\(interval.end) is not made of bins of \(bin) bases",
        path: path, line: segment.line)
      return
    }
    count(segment, record)
    checkOverlap(segment, place, record, states)
  }

  private mutating func count(
    _ segment: Segmentation.Segment, _ record: SequenceSurvey.Record
  ) {
    let interval = segment.interval
    if cellTypes[segment.cellType].states.count <= segment.state {
      let missing = segment.state + 1 - cellTypes[segment.cellType].states.count
      cellTypes[segment.cellType].states += repeatElement(StateContent(), count: missing)
    }
    let unknown = record.unknown.isEmpty ? 0 : record.unknownBases(in: interval)
    cellTypes[segment.cellType].states[segment.state].bases += interval.length
    cellTypes[segment.cellType].states[segment.state].unknown += unknown
    cellTypes[segment.cellType].states[segment.state].cpg += record.cpg(
      in: interval, bin: sequence.bin)
  }

  private mutating func checkOverlap(
    _ segment: Segmentation.Segment, _ place: Int, _ record: SequenceSurvey.Record,
    _ states: StateIndex
  ) {
    let interval = segment.interval
    if format == .ideas {
      let before = last[segment.cellType]
      if before.chromosome == place, interval.start < before.end {
        findings.add(
          .error, "overlap",
          "begins at \(interval.start), before the end of the bin before, "
            + "\(before.end)", path: path, line: segment.line)
      }
      last[segment.cellType] = (place, interval.end)
      return
    }
    if taken[place].isEmpty {
      taken[place] = [UInt16](repeating: 0, count: (record.length + bin - 1) / bin)
    }
    let state = UInt16(segment.state + 1)
    let bins = interval.start / bin...(interval.end - 1) / bin
    let other = taken[place].withUnsafeMutableBufferPointer { taken -> UInt16 in
      var other: UInt16 = 0
      for position in bins {
        if taken[position] != 0 { other = max(other, taken[position]) }
        taken[position] = state
      }
      return other
    }
    if other != 0 {
      let what = other == state ? "the same state" : "'\(states.names[Int(other) - 1])'"
      findings.add(
        other == state ? .warning : .error, other == state ? "repeated" : "overlap",
        "\(interval.start)-\(interval.end) on \(segment.chromosome) overlaps a segment of \(what); a "
          + "segmentation gives each bin one state", path: path, line: segment.line)
    }
  }

  /// What can be said when all was read.
  private mutating func conclude(_ rows: Int) {
    if rows == 0 && findings.count(.error) == 0 {
      findings.add(.error, "empty", "it has no segments", path: path)
    }
    if unaligned.count > 0 { explainBins() }
    let here = cellTypes.reduce(0) { $0 + $1.segments }
    if rows > 0 && here == 0 && findings.count(.error) == 0 {
      let first = ends.keys.sorted().first ?? ""
      findings.add(
        .error, "chromosome-name",
        "no segment lies on the sequence: it names '\(first)', "
          + ChromosomeNames.hint(for: first, among: sequence.records.map(\.name)), path: path)
    }
  }
}

extension SegmentationSurvey {
  /// Why segments may not be made of bins.
  private mutating func explainBins() {
    if unaligned.countedFromOne * 10 > unaligned.count * 9 {
      findings.add(
        .error, "bin-size",
        "most segments begin one base after a multiple of \(bin): BED counts from 0, this file from 1?",
        path: path)
    } else if unaligned.divisor > 1, bin % unaligned.divisor == 0 || unaligned.divisor > bin {
      findings.add(
        .error, "bin-size",
        "their starts and ends are multiples of \(unaligned.divisor): set bin_size to it if these are its "
          + "bins", path: path)
    }
  }
}

/// The greatest common divisor of two numbers that are not negative (Euclid).
func gcd(_ one: Int, _ other: Int) -> Int {
  var (one, other) = (one, other)
  while other != 0 { (one, other) = (other, one % other) }
  return one
}
