import Files
import Glibc

/// A table as a step records it under `table:NAME`: columns, rows, a title, a note.
public struct JSONTable: Equatable, Sendable {
  public var title: String
  public var columns: [String]
  /// Each as long as `columns`.
  public var rows: [[JSON]]
  public var note: String?
  /// Whether `flow run` prints it at its end.
  public var isShown: Bool

  /// nil where `json` has not the form that docs/plugins.md gives.
  public init?(_ json: JSON) {
    guard let columns = json["columns"]?.array?.compactMap(\.string), !columns.isEmpty,
      let rows = json["rows"]?.array
    else { return nil }
    self.columns = columns
    self.rows = rows.compactMap(\.array).map { row in
      columns.indices.map { row.indices.contains($0) ? row[$0] : .null }
    }
    title = json["title"]?.string ?? ""
    note = json["note"]?.string
    isShown = json["show"]?.boolean ?? false
  }

  /// A cell as text: numbers with four significant digits, integers whole.
  public static func text(_ cell: JSON) -> String {
    switch cell {
    case .null: return ""
    case .string(let text): return text
    case .boolean(let value): return value ? "yes" : "no"
    case .integer(let value): return String(value)
    case .number(let value):
      let magnitude = abs(value)
      if magnitude == 0 { return "0" }
      if magnitude >= 1e6 || magnitude < 1e-4 {
        guard value.isFinite else { return "\(value)" }
        let exponent = max(-307, Int(log10(magnitude).rounded(.down)))
        return "\(Quantity.decimal(value / pow(10, Double(exponent)), 3))e\(exponent)"
      }
      return Quantity.decimal(value, magnitude >= 100 ? 1 : magnitude >= 1 ? 3 : 4)
    default: return cell.text
    }
  }
}
