import Files
import FlowCore

/// The tables that steps recorded: those meant to be shown first, the others folded.
enum ResultTables {
  /// A table of more rows is cut; the ledger has all.
  private static let rowLimit = 500
  /// Tables of a run of thousands of steps stay readable, and the page small.
  private static let tableLimit = 60

  static func html(_ contents: RunContents) -> HTML {
    var shown: [HTML] = []
    var folded: [HTML] = []
    for step in contents.steps {
      for table in step.tables {
        if table.isShown, shown.count < tableLimit {
          shown.append("<h3>\(title(table, step))</h3>\n\(html(table))")
        } else if !table.isShown, folded.count < tableLimit {
          folded.append(Elements.folded("\(title(table, step))", html(table)))
        }
      }
    }
    guard !shown.isEmpty || !folded.isEmpty else { return .empty }
    return Elements.section("results", "Results", shown.joined() + folded.joined())
  }

  private static func title(_ table: JSONTable, _ step: StepContents) -> HTML {
    let name = table.title.isEmpty ? "Table" : table.title
    return "\(name) <span class=\"faint\">\(step.record.name)</span>"
  }

  private static func html(_ table: JSONTable) -> HTML {
    let numeric = table.columns.indices.filter { column in
      table.rows.allSatisfy { $0[column].number != nil || $0[column] == .null }
    }
    let rows = table.rows.prefix(rowLimit).map { $0.map { "\(JSONTable.text($0))" as HTML } }
    var body = Elements.table(table.columns, numeric: Set(numeric), rows: Array(rows))
    if table.rows.count > rowLimit {
      body += "<p class=\"note\">The first \(rowLimit) of \(table.rows.count) rows.</p>\n"
    }
    if let note = table.note { body += "<p class=\"note\">\(note)</p>\n" }
    return body
  }
}
