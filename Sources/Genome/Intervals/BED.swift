import DNA
import Files

/// Rows of BED and of the formats built on it: narrowPeak, ChromHMM's segmentations
/// (https://samtools.github.io/hts-specs/BEDv1.pdf).
public enum BED {
  /// One row. Valid only while the closure that got it runs.
  public struct Row {
    /// The chromosome's name.
    public let chromosome: String
    /// The row's bases.
    public let interval: Interval
    /// The file.
    public let path: String
    /// The row's line, counted from 1.
    public let line: Int
    let bytes: UnsafeBufferPointer<UInt8>
    let columns: [Range<Int>]

    /// How many columns the row has, the first three included.
    public var columnCount: Int { columns.count }

    /// The text of a column, counted from 0; nil where the row has no such column.
    public func text(_ column: Int) -> String? {
      guard column < columns.count else { return nil }
      return String(decoding: bytes[columns[column]], as: UTF8.self)
    }

    /// An error about this row.
    public func error(_ reason: String) -> GenomeError {
      GenomeError(reason, path: path, line: line)
    }
  }

  /// The largest coordinate accepted: far above any chromosome (the lungfish's is 5e9), far below overflow.
  public static let largestCoordinate = 1 << 40

  /// Calls `body` with each row of a file, plain or gzip; empty lines, comments (`#`), `track` and
  /// `browser` lines are skipped. Columns are separated by tabs, or by spaces in a line without tabs.
  ///
  /// - Throws: `GenomeError` with file and line where a row has fewer than three columns, a coordinate that
  ///   is not a number from 0 to 2^40, or an end that is not after its start; `FileError` where the file
  ///   cannot be read; whatever `body` throws.
  public static func read(_ path: String, _ body: (Row) throws -> Void) throws {
    let lines = try LineReader(path, longestLine: 1 << 20)
    var columns: [Range<Int>] = []
    var chromosome = ""
    while true {
      let line: Void? = try lines.next { line in
        if isSkipped(line) { return }
        split(line, into: &columns)
        guard columns.count >= 3 else {
          throw GenomeError(
            "\(columns.count) column(s), expected at least chromosome, start and end", path: path,
            line: lines.lineNumber)
        }
        // Rows come in runs of one chromosome: make its String once a run.
        let name = line[columns[0]]
        if !name.elementsEqual(chromosome.utf8) {
          chromosome = String(decoding: name, as: UTF8.self)
        }
        let start = try coordinate(line[columns[1]], "start", path, lines.lineNumber)
        let end = try coordinate(line[columns[2]], "end", path, lines.lineNumber)
        guard start < end else {
          throw GenomeError(
            "the end \(end) is not after the start \(start)", path: path, line: lines.lineNumber)
        }
        try body(
          Row(
            chromosome: chromosome, interval: Interval(start, end), path: path,
            line: lines.lineNumber, bytes: line, columns: columns))
      }
      if line == nil { return }
    }
  }

  private static func isSkipped(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = line.first else { return true }
    switch first {
    case UInt8(ascii: "#"): return true
    case UInt8(ascii: "t"): return isWord("track", in: line)
    case UInt8(ascii: "b"): return isWord("browser", in: line)
    default: return line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
  }

  private static func isWord(_ word: String, in line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard line.starts(with: word.utf8) else { return false }
    return line.count == word.utf8.count || line[word.utf8.count] == 0x20
      || line[word.utf8.count] == 0x09
  }

  private static func split(
    _ line: UnsafeBufferPointer<UInt8>, into columns: inout [Range<Int>]
  ) {
    columns.removeAll(keepingCapacity: true)
    let separator: UInt8 = line.contains(0x09) ? 0x09 : 0x20
    var start = 0
    for position in 0...line.count
    where position == line.count || line[position] == separator {
      // Runs of spaces are one separator; two tabs in a row enclose an empty column.
      if separator == 0x09 || position > start { columns.append(start..<position) }
      start = position + 1
    }
  }

  private static func coordinate(
    _ digits: Slice<UnsafeBufferPointer<UInt8>>, _ what: String, _ path: String, _ line: Int
  ) throws(GenomeError) -> Int {
    var value = 0
    var isNumber = !digits.isEmpty && digits.count <= 15
    if isNumber {
      for digit in digits {
        guard (0x30...0x39).contains(digit) else {
          isNumber = false
          break
        }
        value = value * 10 + Int(digit - 0x30)
      }
    }
    guard isNumber, value <= largestCoordinate else {
      let text = String(decoding: digits.prefix(40), as: UTF8.self)
      throw GenomeError("the \(what) '\(text)' is not a coordinate", path: path, line: line)
    }
    return value
  }
}
