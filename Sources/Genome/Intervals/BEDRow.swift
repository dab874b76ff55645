import DNA
import Glibc

// A row is read once and mostly for its first four columns, so those alone are found at once; a column
// behind them is looked for when it is asked for. Nothing is allocated for a row.

extension BED {
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
    private let bytes: UnsafeBufferPointer<UInt8>
    private let separator: UInt8
    /// Where the fourth column begins; behind the line's end where there is none.
    private let rest: Int

    /// How many columns the row has, the first three included.
    public var columnCount: Int {
      var count = 3
      var start = rest
      while let column = next(from: &start) {
        // A tab at the end of a row is a habit of some writers, not a column.
        if !column.isEmpty || start <= bytes.count { count += 1 }
      }
      return count
    }

    /// The text of a column, counted from 0; nil where the row has no such column.
    public func text(_ column: Int) -> String? {
      self.column(column).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a column, counted from 0; nil where the row has no such column.
    public func column(_ number: Int) -> UnsafeBufferPointer<UInt8>? {
      var start = number < 3 ? 0 : rest
      var left = number < 3 ? number : number - 3
      while let column = next(from: &start) {
        if left == 0 { return column }
        left -= 1
      }
      return nil
    }

    /// The texts of the columns from `first` on; of more than `most` the last holds the rest of the row.
    ///
    /// Takes time in proportion to the row, as `text` for each of them would not.
    public func texts(from first: Int, most: Int) -> [String] {
      var start = 0
      var number = 0
      var texts: [String] = []
      while true {
        let begin = start
        guard let column = next(from: &start) else { return texts }
        number += 1
        // As in `columnCount`: a tab at the end is no column.
        if column.isEmpty, start > bytes.count { return texts }
        if number <= first { continue }
        if texts.count == most - 1, start <= bytes.count {
          return texts + [String(decoding: bytes[begin...], as: UTF8.self)]
        }
        texts.append(String(decoding: column, as: UTF8.self))
      }
    }

    /// An error about this row.
    public func error(_ reason: String) -> GenomeError {
      GenomeError(reason, path: path, line: line)
    }

    /// - Parameter name: the chromosome of the row before; replaced where this row has another.
    init(
      _ line: UnsafeBufferPointer<UInt8>, path: String, number: Int, _ name: inout String
    ) throws(GenomeError) {
      bytes = line
      separator = Row.hasTab(line) ? 0x09 : 0x20
      var place = 0
      guard let first = Row.next(in: line, separator, from: &place),
        let second = Row.next(in: line, separator, from: &place),
        let third = Row.next(in: line, separator, from: &place)
      else {
        var start = 0
        var count = 0
        while Row.next(in: line, separator, from: &start) != nil { count += 1 }
        throw GenomeError(
          "\(count) column(s), expected at least chromosome, start and end", path: path,
          line: number)
      }
      if !first.elementsEqual(name.utf8) {
        guard !first.isEmpty, first.count <= BED.longestName else {
          throw GenomeError(
            "the chromosome's name has \(first.count) bytes; 1 to \(BED.longestName) are allowed",
            path: path,
            line: number)
        }
        name = String(decoding: first, as: UTF8.self)
      }
      let start = try Row.coordinate(second, "start", path, number)
      let end = try Row.coordinate(third, "end", path, number)
      guard start < end else {
        throw GenomeError(
          "the end \(end) is not after the start \(start)", path: path, line: number)
      }
      chromosome = name
      interval = Interval(start, end)
      self.path = path
      self.line = number
      rest = place
    }

    private static func hasTab(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
      guard let base = line.baseAddress else { return false }
      return memchr(base, 0x09, line.count) != nil
    }

    private func next(from start: inout Int) -> UnsafeBufferPointer<UInt8>? {
      Row.next(in: bytes, separator, from: &start)
    }

    /// The column that begins at `start`, which moves behind the column's separator.
    private static func next(
      in line: UnsafeBufferPointer<UInt8>, _ separator: UInt8, from start: inout Int
    ) -> UnsafeBufferPointer<UInt8>? {
      // Runs of spaces are one separator; two tabs in a row enclose an empty column.
      if separator == 0x20 {
        while start < line.count, line[start] == 0x20 { start += 1 }
        if start == line.count { start += 1 }
      }
      guard start <= line.count else { return nil }
      var end = start
      while end < line.count, line[end] != separator { end += 1 }
      defer { start = end + 1 }
      return UnsafeBufferPointer(rebasing: line[start..<end])
    }

    private static func coordinate(
      _ digits: UnsafeBufferPointer<UInt8>, _ what: String, _ path: String, _ line: Int
    ) throws(GenomeError) -> Int {
      guard let value = DecimalText.value(of: digits), value <= largestCoordinate else {
        let text = String(decoding: digits.prefix(40), as: UTF8.self)
        throw GenomeError("the \(what) '\(text)' is not a coordinate", path: path, line: line)
      }
      return value
    }
  }
}
