import Files
import FlowCore

/// Literals of Groovy, Nextflow's language, that mean a value and nothing else.
///
/// Source: https://groovy-lang.org/syntax.html#_strings. In single quotes nothing is interpolated.
enum Groovy {
  /// A string literal in single quotes, on one line.
  static func quote(_ text: String) -> String { "'\(escape(text, quote: "'"))'" }

  /// The inner part of a string literal in double quotes: text that is no interpolation.
  static func escapeDouble(_ text: String) -> String {
    escape(text, quote: "\"").replacing("$", with: "\\$")
  }

  private static func escape(_ text: String, quote: Unicode.Scalar) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote: escaped += "\\\(quote)"
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\t": escaped += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A value as a literal.
  static func literal(_ value: JSON) -> String {
    switch value {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): value.isFinite ? plain(value) : "null"
    case .string(let text): quote(text)
    case .array(let values): "[\(values.map(literal).joined(separator: ", "))]"
    case .object(let members):
      "[\(members.sorted { $0.key < $1.key }.map { "\(quote($0.key)): \(literal($0.value))" }.joined(separator: ", "))]"
    }
  }

  /// Text for a comment: one line, nothing that ends it.
  static func comment(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
