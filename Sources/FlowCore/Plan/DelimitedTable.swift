import Files

/// A table of text: CSV (RFC 4180) or, where the file's name ends in `.tsv`, `.tab` or `.txt`, columns between tabs.
struct DelimitedTable {
  /// The names in the first line.
  var columns: [String]
  /// As many cells as there are columns, each without white space around it.
  var rows: [(cells: [String], line: Int)]

  static let mostBytes = 32 << 20
  static let mostRows = 100_000
  static let mostColumns = 1_000

  /// - Parameter file: its name for messages, whose ending says what stands between columns.
  /// - Throws: `Diagnostic` with file and line.
  init(_ text: String, file: String) throws(Diagnostic) {
    let isTabbed = [".tsv", ".tab", ".txt"].contains { file.hasSuffix($0) }
    if text.utf8.contains(0) {
      throw Diagnostic("the table holds NUL characters", file: file)
    }
    var reader = Reader(text, separator: isTabbed ? 0x09 : 0x2C, file: file)
    guard let header = try reader.record() else {
      throw Diagnostic(
        "the table is empty", file: file, fix: "its first line names the columns")
    }
    columns = header.cells
    rows = []
    guard columns.count <= Self.mostColumns else {
      throw Diagnostic("the table has more than \(Self.mostColumns) columns", file: file)
    }
    var seen: Set<String> = []
    for name in columns {
      guard ManifestParser.isName(name) else {
        throw Diagnostic(
          "the column's name '\(name.prefix(60))' must be letters, digits, '_' and '-'",
          file: file, at: Mark(line: header.line, column: 1),
          fix: isTabbed || !name.contains("\t")
            ? "the first line names the columns" : "columns between tabs need the ending .tsv")
      }
      guard seen.insert(name).inserted else {
        throw Diagnostic(
          "two columns are called '\(name)'", file: file, at: Mark(line: header.line, column: 1))
      }
    }
    while let record = try reader.record() {
      guard record.cells.count == columns.count else {
        throw Diagnostic(
          "this row has \(record.cells.count) cells, and there are \(columns.count) columns",
          file: file, at: Mark(line: record.line, column: 1))
      }
      guard rows.count < Self.mostRows else {
        throw Diagnostic("the table has more than 100,000 rows", file: file)
      }
      rows.append(record)
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    let separator: UInt8
    let file: String
    var position = 0
    var line = 1

    init(_ text: String, separator: UInt8, file: String) {
      bytes = Array(text.utf8)
      self.separator = separator
      self.file = file
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The cells of the next line that is not empty; nil at the end.
    mutating func record() throws(Diagnostic) -> (cells: [String], line: Int)? {
      while position < bytes.count {
        let first = line
        var cells: [String] = []
        var isBlank = true
        while true {
          let (cell, isQuoted) = try self.cell()
          if isQuoted || !cell.isEmpty { isBlank = false }
          cells.append(cell)
          guard position < bytes.count, bytes[position] == separator else { break }
          isBlank = false
          position += 1
        }
        if position < bytes.count {
          position += 1
          line += 1
        }
        if !isBlank { return (cells, first) }
      }
      return nil
    }

    private mutating func cell() throws(Diagnostic) -> (text: String, isQuoted: Bool) {
      if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
        return (try quoted(), true)
      }
      let begin = position
      while position < bytes.count, bytes[position] != separator, bytes[position] != 0x0A {
        position += 1
      }
      return (Self.trimmed(bytes[begin..<position]), false)
    }

    private mutating func quoted() throws(Diagnostic) -> String {
      let first = line
      var text: [UInt8] = []
      position += 1
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\"") {
          // A doubled quote is one; a single one ends the cell.
          guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            return try end(of: text)
          }
          position += 1
        }
        if byte == 0x0A { line += 1 }
        text.append(byte)
      }
      throw Diagnostic(
        "the quotes that begin here have no end", file: file, at: Mark(line: first, column: 1))
    }

    private mutating func end(of text: [UInt8]) throws(Diagnostic) -> String {
      while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0D {
        position += 1
      }
      guard position == bytes.count || bytes[position] == separator || bytes[position] == 0x0A
      else {
        throw Diagnostic(
          "text follows after the quotes of a cell", file: file, at: Mark(line: line, column: 1),
          fix: "double a quote that is part of the cell")
      }
      return String(decoding: text, as: UTF8.self)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
      let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0D || byte == 0x09 }
      var bytes = bytes
      while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
      while let last = bytes.last, isSpace(last) { bytes.removeLast() }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
