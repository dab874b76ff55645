import Files
import FlowPlugin
import Genome
import Glibc

/// Reads a table of predictions: tab-separated text, plain or gzip, with a header line.
///
/// Memory is bounded by the rows kept: 16 bytes each (a table of the whole genome in the ENCODE-DREAM
/// binning has 60.5 million), half as much again while they are sorted.
struct PredictionTable {
  /// The column with B, U, A or 1, 0, -1.
  var labelColumn = "label"
  /// The column with the score.
  var scoreColumn = "score"
  /// Only rows on these chromosomes are read; all where empty. Needs a column `chrom` or `chr`.
  var chromosomes: Set<String> = []
  /// Bases per bootstrap block, where the table has coordinates (`chrom` or `chr`, and `start`).
  var blockSize = 100_000

  /// Reads all rows.
  ///
  /// - Parameter progress: called now and then with the number of rows read; may throw to stop.
  /// - Throws: `StepFailure` (invalid) with `file:line` for a malformed row, `FileError` for unreadable files.
  func read(_ path: String, progress: (Int) throws -> Void = { _ in }) throws -> ScoredBins {
    let lines = try LineReader(path, longestLine: 1 << 20)
    guard let header = try lines.nextText() else {
      throw StepFailure(
        .invalid, "\(path): the file is empty; a header line with the columns is needed")
    }
    let columns = try Columns(header, of: self, path: path)
    var bins = ScoredBins()
    var blocks = BlockNumbering(size: blockSize)
    bins.blocksAreGenomic = columns.start != nil && columns.chromosome != nil
    let wanted = chromosomes.map { Array($0.utf8) }
    var fields: [Range<Int>] = []
    while true {
      let more: Void? = try lines.next { line in
        split(line, upTo: columns.last, into: &fields)
        guard fields.count > columns.last else {
          throw Malformed("has \(fields.count) columns; at least \(columns.last + 1) are needed")
        }
        func field(_ column: Int) -> UnsafeBufferPointer<UInt8> {
          UnsafeBufferPointer(rebasing: line[fields[column]])
        }
        if let chromosome = columns.chromosome, !wanted.isEmpty {
          let name = field(chromosome)
          guard wanted.contains(where: { $0.elementsEqual(name) }) else { return }
        }
        guard let label = BindingLabel(field(columns.label)) else {
          throw Malformed(
            "has the label '\(excerpt(field(columns.label)))'; known are B, U, A and 1, 0, -1")
        }
        guard let score = decimal(field(columns.score)) else {
          throw Malformed(
            "has the score '\(excerpt(field(columns.score)))', which is not a finite decimal number"
          )
        }
        let block: Int32
        if let chromosome = columns.chromosome, let start = columns.start {
          guard let base = position(field(start)) else {
            throw Malformed(
              "has the start '\(excerpt(field(start)))', which is not a position on a chromosome")
          }
          block = blocks.number(of: field(chromosome), base)
        } else {
          block = Int32(truncatingIfNeeded: bins.bins.count)
        }
        bins.append(score: score, label: label, block: block)
      } orFail: { reason in
        StepFailure(.invalid, "\(path):\(lines.lineNumber): the row \(reason)")
      }
      if more == nil { break }
      if lines.lineNumber & 0xFFFF == 0 { try progress(lines.lineNumber) }
    }
    bins.blocks = bins.blocksAreGenomic ? blocks.count : bins.bins.count
    return bins
  }
}

/// Why a row cannot be read, without its place.
private struct Malformed: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

extension LineReader {
  /// `next`, with a malformed row turned into an error that names its place.
  fileprivate func next(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Void, orFail failure: (String) -> StepFailure
  ) throws -> Void? {
    do {
      return try next(body)
    } catch let malformed as Malformed {
      throw failure(malformed.reason)
    }
  }
}

/// Where the needed columns stand.
private struct Columns {
  var label: Int
  var score: Int
  var chromosome: Int?
  var start: Int?
  /// The last column needed; a row may end after it.
  var last: Int

  init(_ header: String, of table: PredictionTable, path: String) throws(StepFailure) {
    let names = header.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    func find(_ name: String) throws(StepFailure) -> Int {
      let places = names.indices.filter { names[$0] == name }
      guard let place = places.first else {
        let found = names.prefix(20).joined(separator: ", ").prefix(200)
        throw StepFailure(.invalid, "\(path):1: no column '\(name)'; the header has: \(found)")
      }
      guard places.count == 1 else {
        throw StepFailure(
          .invalid, "\(path):1: the column '\(name)' stands there \(places.count) times")
      }
      return place
    }
    label = try find(table.labelColumn)
    score = try find(table.scoreColumn)
    chromosome = names.firstIndex(of: "chrom") ?? names.firstIndex(of: "chr")
    start = names.firstIndex(of: "start")
    if !table.chromosomes.isEmpty && chromosome == nil {
      throw StepFailure(
        .invalid, "\(path):1: to choose chromosomes, a column 'chrom' or 'chr' is needed")
    }
    last = [label, score, chromosome ?? 0, start ?? 0].max() ?? 0
  }
}

/// Numbers blocks of a genome in the order in which they are met. Tables are sorted by position, so the
/// block of the row before is nearly always the answer.
private struct BlockNumbering {
  private struct Key: Hashable {
    var chromosome: [UInt8]
    var block: Int
  }
  private let size: Int
  private var numbers: [Key: Int32] = [:]
  private var latest: (key: Key, number: Int32)?

  init(size: Int) { self.size = max(1, size) }

  var count: Int { numbers.count }

  mutating func number(of chromosome: UnsafeBufferPointer<UInt8>, _ base: Int) -> Int32 {
    let block = base / size
    if let latest, latest.key.block == block, latest.key.chromosome.elementsEqual(chromosome) {
      return latest.number
    }
    let key = Key(chromosome: Array(chromosome), block: block)
    let number = numbers[key] ?? Int32(truncatingIfNeeded: numbers.count)
    numbers[key] = number
    latest = (key, number)
    return number
  }
}

/// The ranges of the tab-separated fields, up to the field `last`.
private func split(
  _ line: UnsafeBufferPointer<UInt8>, upTo last: Int, into fields: inout [Range<Int>]
) {
  fields.removeAll(keepingCapacity: true)
  var start = 0
  for position in 0..<line.count where line[position] == 0x09 {
    fields.append(start..<position)
    if fields.count > last { return }
    start = position + 1
  }
  fields.append(start..<line.count)
}

/// A finite decimal number. `strtod` alone would also take hexadecimal, "nan" and leading blanks.
private func decimal(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
  guard !text.isEmpty, text.count < 64 else { return nil }
  for byte in text {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
      continue
    default: return nil
    }
  }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { copy -> Double? in
    for (index, byte) in text.enumerated() { copy[index] = CChar(bitPattern: byte) }
    copy[text.count] = 0
    var end: UnsafeMutablePointer<CChar>?
    guard let base = copy.baseAddress else { return nil }
    let value = strtod(base, &end)
    return end == base + text.count && value.isFinite ? value : nil
  }
}

/// A position on a chromosome: up to ten digits.
private func position(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
  guard (1...10).contains(text.count) else { return nil }
  var value = 0
  for byte in text {
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
    value = value * 10 + Int(byte - UInt8(ascii: "0"))
  }
  return value
}

/// A field's text for an error message: short, and one line.
private func excerpt(_ text: UnsafeBufferPointer<UInt8>) -> String {
  String(decoding: text.prefix(40), as: UTF8.self) + (text.count > 40 ? "…" : "")
}
