/// Text from plugins, values and file names made safe to print: what would move the cursor, clear the screen or
/// reverse the reading order is shown instead of done.
public enum Visible {
  /// `text` on one line: control characters as pictures (`␛`, `⏎`), tabs as spaces.
  public static func cell(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var visible = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": visible += "⏎"
      case "\t": visible += " "
      default: append(scalar, to: &visible)
      }
    }
    return visible
  }

  /// `text` with its lines and tabs, and where there are colours with those that `flow` itself sets.
  public static func lines(_ text: String, keepsStyles: Bool = true) -> String {
    // Megabytes of plain lines pass here when an operation shows what it made.
    guard
      text.unicodeScalars.contains(where: { isUnsafe($0) && $0 != "\n" && $0 != "\t" })
    else { return text }
    var visible = ""
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      if keepsStyles, scalar == "\u{1B}",
        let style = styles.first(where: { rest.starts(with: $0.unicodeScalars) })
      {
        visible += style
        rest = rest.dropFirst(style.unicodeScalars.count)
        continue
      }
      if scalar == "\n" || scalar == "\t" {
        visible.unicodeScalars.append(scalar)
      } else {
        append(scalar, to: &visible)
      }
      rest = rest.dropFirst()
    }
    return visible
  }

  /// ECMA-48's "select graphic rendition" with the few values that are used: end, bold, dim, red, green, yellow.
  private static let styles = ["0", "1", "2", "31", "32", "33"].map { "\u{1B}[\($0)m" }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    if !isUnsafe(scalar) {
      text.unicodeScalars.append(scalar)
    } else if scalar.value < 0x20, let picture = Unicode.Scalar(0x2400 + scalar.value) {
      // Unicode's block of control pictures has them in the same order.
      text.unicodeScalars.append(picture)
    } else {
      text += scalar.value == 0x7F ? "\u{2421}" : "\u{FFFD}"
    }
  }

  /// C0, DEL and C1 controls, and the bidirectional embeddings, overrides and isolates of Unicode.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
