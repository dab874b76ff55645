import DNA

/// A peak with the measures that ENCODE's formats add to BED: narrowPeak (BED6+4), broadPeak (BED6+3) and
/// gappedPeak (BED12+3), told apart by their number of columns
/// (https://genome.ucsc.edu/FAQ/FAQformat.html#format12, #format13, #format14).
public struct Peak: Hashable, Sendable {
  /// Which of the formats a file is of.
  public enum Format: String, Sendable {
    case narrowPeak, broadPeak, gappedPeak

    /// The column of `signal`, counted from 0.
    var measures: Int { self == .gappedPeak ? 12 : 6 }

    /// By the number of columns; nil where none of the formats has so many. 20 columns are those of IDR,
    /// which begin as a narrowPeak does.
    init?(columns: Int) {
      switch columns {
      case 9: self = .broadPeak
      case 10, 20: self = .narrowPeak
      case 15: self = .gappedPeak
      default: return nil
      }
    }
  }

  /// Where the peak lies, its name, score and strand; a gapped peak's blocks.
  public let feature: BEDFeature
  /// The measure of enrichment over the region.
  public let signal: Double
  /// -log10 of the p value; nil where the file does not tell (-1).
  public let pValue: Double?
  /// -log10 of the q value; nil where the file does not tell (-1).
  public let qValue: Double?
  /// The position of the summit on the chromosome, 0-based; nil where the file does not tell.
  public let summit: Int?

  /// Reads all peaks of a file, plain or gzip, in its order. A file without peaks is valid.
  ///
  /// - Throws: `GenomeError` with file and line where a row has another number of columns than the first, or a
  ///   column is not as the format has it; `FileError` where the file cannot be read.
  public static func read(_ path: String) throws -> [Peak] {
    var peaks: [Peak] = []
    var format: Format?
    try BED.read(path) { row in
      let columns = row.columnCount
      guard let found = Format(columns: columns), format == nil || format == found else {
        throw row.error(
          "\(columns) columns; "
            + (format.map { "the rows before are \($0.rawValue)" }
              ?? "narrowPeak has 10, broadPeak 9, gappedPeak 15"))
      }
      format = found
      peaks.append(try Peak(row, found))
    }
    return peaks
  }

  /// - Throws: `GenomeError` with file and line where a column is not as the format has it.
  public init(_ row: BED.Row, _ format: Format) throws(GenomeError) {
    // A peak's columns 7 to 9 are its measures, and in a gapped peak those of BED12.
    feature = try format == .gappedPeak ? BEDFeature(row) : BEDFeature(row, columns: 6)
    let first = format.measures
    signal = try Peak.number(row, first, "signal")
    let (pValue, qValue) = (
      try Peak.number(row, first + 1, "p value"), try Peak.number(row, first + 2, "q value")
    )
    self.pValue = pValue == -1 ? nil : pValue
    self.qValue = qValue == -1 ? nil : qValue
    summit = format == .narrowPeak ? try NarrowPeak.summit(row) : nil
  }

  private static func number(
    _ row: BED.Row, _ column: Int, _ what: String
  ) throws(GenomeError) -> Double {
    let text = row.text(column) ?? ""
    guard let value = Double(text), value.isFinite else {
      throw row.error("the \(what) '\(text.prefix(40))' in column \(column + 1) is not a number")
    }
    return value
  }
}
