import DNA

/// A signal in bedGraph: a stretch of a chromosome and its value
/// (https://genome.ucsc.edu/goldenPath/help/bedgraph.html).
public enum BedGraph {
  /// Calls `body` with each row of a file, plain or gzip, in its order.
  ///
  /// - Throws: `GenomeError` with file and line where a row has not four columns, or its value is not a
  ///   finite number; `FileError` where the file cannot be read; whatever `body` throws.
  public static func read(
    _ path: String, _ body: (_ row: BED.Row, _ value: Double) throws -> Void
  ) throws {
    try BED.read(path) { row in
      guard let text = row.text(3), row.columnCount == 4 else {
        throw row.error("\(row.columnCount) columns; bedGraph has chromosome, start, end and value")
      }
      guard let value = Double(text), value.isFinite else {
        throw row.error("the value '\(text.prefix(40))' is not a number")
      }
      try body(row, value)
    }
  }
}
