import DNA

/// A row of BED with all its columns understood: BED3 to BED12
/// (https://samtools.github.io/hts-specs/BEDv1.pdf, section 1.5).
public struct BEDFeature: Hashable, Sendable {
  /// On which strand a feature lies.
  public enum Strand: String, Sendable {
    case forward = "+"
    case reverse = "-"
    case unknown = "."
  }

  /// The chromosome's name as the file has it.
  public let chromosome: String
  /// The feature's bases.
  public let interval: Interval
  /// The fourth column; nil where there is none, or `.`.
  public let name: String?
  /// The fifth column; nil where there is none, or `.`. The format allows 0 to 1000, many writers do not care.
  public let score: Double?
  /// The sixth column.
  public let strand: Strand
  /// The thick part, columns 7 and 8; nil where there are none.
  public let thick: Interval?
  /// Red, green and blue of column 9; nil where there is none, or `0` or `.`.
  public let color: [UInt8]?
  /// The blocks of columns 10 to 12, on the chromosome, in order; empty where there are none.
  public let blocks: [Interval]

  /// Reads all rows of a file, plain or gzip, in its order. Columns after the twelfth are left alone, so
  /// that this reads gappedPeak (BED12+3) too.
  ///
  /// - Throws: `GenomeError` with file and line where a column is not as the format has it; `FileError`
  ///   where the file cannot be read; whatever `body` throws.
  public static func read(_ path: String, _ body: (BEDFeature, BED.Row) throws -> Void) throws {
    try BED.read(path) { row in try body(BEDFeature(row), row) }
  }

  /// - Parameter columns: how many columns are those of BED; the others are left alone.
  /// - Throws: `GenomeError` with file and line where a column is not as the format has it.
  public init(_ row: BED.Row, columns: Int = 12) throws(GenomeError) {
    chromosome = row.chromosome
    interval = row.interval
    name = row.text(3).flatMap { $0 == "." || $0.isEmpty ? nil : $0 }
    score = try BEDFeature.score(row)
    guard let strand = Strand(rawValue: row.text(5) ?? ".") else {
      throw row.error("the strand '\((row.text(5) ?? "").prefix(40))' is not +, - or .")
    }
    self.strand = strand
    thick = columns < 8 ? nil : try BEDFeature.thick(row)
    color = columns < 9 ? nil : try BEDFeature.color(row)
    blocks = columns < 12 ? [] : try BEDFeature.blocks(row)
  }

  private static func score(_ row: BED.Row) throws(GenomeError) -> Double? {
    guard let text = row.text(4), text != "." else { return nil }
    guard let score = Double(text), score.isFinite else {
      throw row.error("the score '\(text.prefix(40))' is not a number")
    }
    return score
  }

  private static func thick(_ row: BED.Row) throws(GenomeError) -> Interval? {
    guard let start = row.column(6), let end = row.column(7) else { return nil }
    guard let first = DecimalText.value(of: start), let last = DecimalText.value(of: end),
      first <= last, first == last || row.interval.start <= first && last <= row.interval.end
    else {
      throw row.error(
        "the thick part, columns 7 and 8, does not lie in \(row.interval.start)-\(row.interval.end)"
      )
    }
    return Interval(first, last)
  }

  private static func color(_ row: BED.Row) throws(GenomeError) -> [UInt8]? {
    guard let text = row.text(8), text != "0", text != "." else { return nil }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { UInt8($0) }
    guard parts.count == 3, values.count == 3 else {
      throw row.error("'\(text.prefix(40))' is not a colour: red, green and blue from 0 to 255")
    }
    return values
  }

  private static func blocks(_ row: BED.Row) throws(GenomeError) -> [Interval] {
    guard let countText = row.column(9), countText.elementsEqual(".".utf8) == false else {
      return []
    }
    guard let count = DecimalText.value(of: countText), let sizes = row.text(10),
      let starts = row.text(11)
    else { throw row.error("column 10 is not a number of blocks, or columns 11 and 12 are absent") }
    func numbers(_ text: String) -> [Int]? {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      // A comma after the last number is the format's older habit.
      let used = parts.last == "" ? parts.dropLast() : parts[...]
      let values = used.compactMap { Int($0) }
      return values.count == used.count && values.count == count ? values : nil
    }
    guard let lengths = numbers(sizes), let offsets = numbers(starts) else {
      throw row.error("columns 11 and 12 do not have \(count) numbers each")
    }
    var blocks: [Interval] = []
    for (length, offset) in zip(lengths, offsets) {
      guard length >= 0, offset >= 0, offset <= row.interval.length,
        length <= row.interval.length - offset
      else {
        throw row.error("the block of \(length) bases at \(offset) reaches out of the feature")
      }
      let start = row.interval.start + offset
      if let last = blocks.last, start < last.end {
        throw row.error("the block at \(offset) overlaps the one before, or is out of order")
      }
      blocks.append(Interval(start, start + length))
    }
    return blocks
  }
}
