import Files
import Genome

/// A bigWig file.
struct ViewedBigWig: ViewedFile {
  let file: BigWig

  var path: String { file.path }
  var format: String { "bigWig" }
  var chromosomes: [Chromosome] { file.chromosomes }
  var facts: [(name: String, value: JSON)] {
    guard let totals = file.totals else { return [] }
    return [
      ("bases with a value", .integer(totals.coveredBases)), ("least", .number(totals.minimum)),
      ("largest", .number(totals.maximum)),
      (
        "mean",
        totals.coveredBases == 0 ? .null : .number(totals.sum / Double(totals.coveredBases))
      ),
    ]
  }

  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView {
    let interval = try interval(of: region)
    var rows = ShownRows(request)
    if request.bins > 0, interval.length > 0 {
      let bins = min(request.bins, interval.length)
      let means = try file.means(on: region.chromosome, in: interval, bins: bins)
      for (bin, mean) in means.enumerated() {
        let start = interval.start + bin * interval.length / bins
        let end = interval.start + (bin + 1) * interval.length / bins
        rows.append { RegionView.Row(interval: Interval(start, end), value: mean) }
      }
    } else {
      try file.forEachValue(on: region.chromosome, in: interval) { bases, value in
        // The shortest decimal that reads back as the same 32 bits.
        rows.append { RegionView.Row(interval: bases, value: Double("\(value)") ?? .nan) }
        try rows.checkpoint()
      }
    }
    return rows.view(region.chromosome, interval)
  }
}

/// A bigBed file.
struct ViewedBigBed: ViewedFile {
  let file: BigBed

  var path: String { file.path }
  var format: String { "bigBed" }
  var chromosomes: [Chromosome] { file.chromosomes }
  var facts: [(name: String, value: JSON)] {
    [
      ("columns", .integer(file.columns.all)),
      ("columns as in BED", .integer(file.columns.ofBED)), ("autoSql", .string(file.autoSql)),
    ]
  }

  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView {
    let interval = try interval(of: region)
    var rows = ShownRows(request)
    try file.forEachRow(on: region.chromosome, in: interval) { row in
      rows.append {
        // A row of multiple alignments may have megabytes.
        let isLong = row.rest.utf8.count > ShownRows.mostBytes
        let rest = isLong ? "\(row.rest.prefix(ShownRows.mostBytes))…" : row.rest
        return RegionView.Row(
          interval: row.interval,
          columns: rest.isEmpty
            ? []
            : rest.split(
              separator: "\t", maxSplits: ShownRows.mostColumns - 1,
              omittingEmptySubsequences: false
            ).map(String.init))
      }
      try rows.checkpoint()
    }
    return rows.view(region.chromosome, interval)
  }
}

/// BED and its kin as text: read from the beginning for each region.
struct ViewedBED: ViewedFile {
  let path: String
  private let counts: [(name: String, rows: Int, end: Int)]

  init(_ path: String, _ request: ViewRequest) throws {
    var counts: [(name: String, rows: Int, end: Int)] = []
    var positions: [String: Int] = [:]
    var rows = 0
    try BED.read(path) { row in
      rows += 1
      if rows & 0xFFFF == 0 { try request.checkpoint() }
      let position = positions[row.chromosome] ?? counts.count
      if position == counts.count {
        guard counts.count < OpenedFile.mostNames else { throw OpenedFile.tooManyNames(path) }
        positions[row.chromosome] = position
        counts.append((row.chromosome, 0, 0))
      }
      counts[position].rows += 1
      counts[position].end = max(counts[position].end, row.interval.end)
    }
    self.path = path
    self.counts = counts
  }

  var format: String { "BED" }
  /// Lengths as far as rows reach.
  var chromosomes: [Chromosome] { counts.map { Chromosome(name: $0.name, length: $0.end) } }
  var facts: [(name: String, value: JSON)] {
    [
      ("rows", .integer(counts.reduce(0) { $0 + $1.rows })),
      ("note", "lengths of chromosomes are how far rows reach"),
    ]
  }

  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView {
    let known = try interval(of: RegionText(parsing: region.chromosome))
    let interval = Interval(region.start, region.end ?? max(known.end, region.start))
    var rows = ShownRows(request)
    try BED.read(path) { row in
      if row.chromosome == region.chromosome, row.interval.overlap(interval) > 0 {
        rows.append {
          RegionView.Row(
            interval: row.interval,
            columns: row.texts(from: 3, most: ShownRows.mostColumns))
        }
      }
      try rows.checkpoint()
    }
    return rows.view(region.chromosome, interval)
  }
}

/// Rows up to the limit, and a count of the others.
private struct ShownRows {
  /// Columns that are told apart; the last holds what follows.
  static let mostColumns = 1000
  /// Bytes of text at which a row is cut, and after which the rows of a region are counted only, unless all are
  /// asked for.
  static let mostBytes = 1 << 20

  private let request: ViewRequest
  private var shown: [RegionView.Row] = []
  private var more = 0
  private var seen = 0
  private var bytes = 0

  init(_ request: ViewRequest) { self.request = request }

  mutating func append(_ row: () -> RegionView.Row) {
    guard shown.count < request.limit, request.limit == .max || bytes < ShownRows.mostBytes else {
      more += 1
      return
    }
    let row = row()
    bytes += row.columns.reduce(0) { $0 + $1.utf8.count }
    shown.append(row)
  }

  mutating func checkpoint() throws {
    seen += 1
    if seen & 0xFFFF == 0 { try request.checkpoint() }
  }

  func view(_ chromosome: String, _ interval: Interval) -> RegionView {
    RegionView(chromosome: chromosome, interval: interval, content: .rows(shown, more: more))
  }
}
