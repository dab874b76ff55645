import Files
import FlowCore

/// The tables that steps recorded: those meant to be shown first, the others folded.
package enum ResultTables {
  /// A table of more rows is cut; the ledger has all.
  private static let rowLimit = 500
  /// Tables of a run of thousands of steps stay readable, and the page small.
  private static let tableLimit = 60

  static func html(_ contents: RunContents) -> HTML { html(of: contents.steps) }

  /// The tables of some steps, as a section; nothing where they have none.
  package static func html(of steps: [StepContents]) -> HTML {
    let tables = joined(steps)
    guard !tables.isEmpty else { return .empty }
    // The later a step, the nearer its table is to the answer that the run was made for.
    let shown = tables.filter(\.isShown).reversed()
    let others = tables.filter { !$0.isShown }
    var body = HTML.empty
    for table in shown.prefix(tableLimit) {
      body += "<h3>\(heading(table))</h3>\n\(html(table))"
    }
    for table in others.prefix(tableLimit) {
      body += Elements.folded(heading(table), html(table))
    }
    let omitted = max(0, shown.count - tableLimit) + max(0, others.count - tableLimit)
    if omitted > 0 { body += "<p class=\"note\">\(omitted) more tables are in the ledger.</p>\n" }
    return Elements.section("results", "Results", body)
  }

  /// A table of one step, or of several whose tables have the same title and columns.
  struct Joined {
    var title: String
    var isShown: Bool
    var columns: [String]
    /// The step before its row's cells.
    var rows: [(step: String, cells: [JSON])]
    var notes: [String]

    var steps: Set<String> { Set(rows.map(\.step)) }
  }

  /// Models that are to be compared record one table each: put below each other they can be.
  static func joined(_ steps: [StepContents]) -> [Joined] {
    var tables: [Joined] = []
    var positions: [[String]: Int] = [:]
    for step in steps {
      for table in step.tables {
        let key = [table.title, table.isShown ? "shown" : ""] + table.columns
        let position = positions[key] ?? tables.count
        if position == tables.count {
          positions[key] = position
          tables.append(
            Joined(
              title: table.title, isShown: table.isShown, columns: table.columns, rows: [],
              notes: []))
        }
        tables[position].rows += table.rows.map { (step.record.name, $0) }
        if let note = table.note, !tables[position].notes.contains(note) {
          tables[position].notes.append(note)
        }
      }
    }
    return tables
  }

  private static func heading(_ table: Joined) -> HTML {
    let title = table.title.isEmpty ? "Table" : table.title
    guard let only = table.rows.first?.step, table.steps.count == 1 else { return "\(title)" }
    return "\(title) <span class=\"faint\">\(only)</span>"
  }

  private static func html(_ table: Joined) -> HTML {
    let isOfSeveral = table.steps.count > 1
    let numeric = table.columns.indices.filter { column in
      table.rows.allSatisfy { $0.cells[column].number != nil || $0.cells[column] == .null }
    }.map { isOfSeveral ? $0 + 1 : $0 }
    let rows = table.rows.prefix(rowLimit).map { row -> [HTML] in
      let cells = row.cells.map { cell -> HTML in
        "\(GraphDrawing.shortened(JSONTable.text(cell), to: 500))"
      }
      return isOfSeveral ? ["<span class=\"faint\">\(row.step)</span>"] + cells : cells
    }
    var body = Elements.table(
      isOfSeveral ? ["step"] + table.columns : table.columns, numeric: Set(numeric), rows: rows)
    if table.rows.count > rowLimit {
      body += "<p class=\"note\">The first \(rowLimit) of \(table.rows.count) rows.</p>\n"
    }
    for note in table.notes.prefix(10) { body += "<p class=\"note\">\(note)</p>\n" }
    return body
  }
}
