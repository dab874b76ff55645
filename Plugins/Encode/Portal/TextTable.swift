/// A table for people: columns aligned by spaces, long cells cut.
struct TextTable {
  private let header: [String]
  private var rows: [[String]] = []
  /// Characters after which a cell is cut.
  private let widest: Int

  init(_ header: [String], widest: Int = 44) {
    self.header = header
    self.widest = widest
  }

  mutating func append(_ row: [String]) { rows.append(row.map(cell)) }

  /// The table's lines, each ended; numbers stand at the right of their column.
  var text: String {
    let lines = ([header] + rows).map { $0.map(cut) }
    let widths = header.indices.map { column in
      lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let numbers = header.indices.map { column in
      !rows.isEmpty
        && rows.allSatisfy { column < $0.count && $0[column].allSatisfy { $0.isNumber } }
    }
    return lines.map { line in
      var text = ""
      for (column, cell) in line.enumerated() {
        let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
        text += (column == 0 ? "" : "  ") + (numbers[column] ? space + cell : cell + space)
      }
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }.joined()
  }

  private func cut(_ text: String) -> String {
    text.count <= widest ? text : text.prefix(widest - 1) + "…"
  }
}
