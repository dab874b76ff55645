import Files

/// A piece of an HTML page or of an SVG drawing inside one.
///
/// What is written in the source is markup; every `String` put in by interpolation is text and is escaped.
/// Text from users and plugins therefore cannot become markup, wherever it stands:
///
///     let cell: HTML = "<td title=\"\(step.message)\">\(step.name)</td>"
package struct HTML: Equatable, Sendable {
  /// The markup.
  package private(set) var text = ""

  package static let empty = HTML()

  package static func + (left: HTML, right: HTML) -> HTML {
    var sum = left
    sum += right
    return sum
  }

  package static func += (left: inout HTML, right: HTML) { left.text += right.text }
}

extension HTML: ExpressibleByStringInterpolation {
  package init(stringLiteral markup: String) { text = markup }

  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ markup: String) { text += markup }
    package mutating func appendInterpolation(_ part: HTML) { text += part.text }
    package mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { text += part.text }
    }
    package mutating func appendInterpolation(_ foreign: String) { text += HTML.escape(foreign) }
    package mutating func appendInterpolation(_ foreign: Substring) {
      text += HTML.escape(String(foreign))
    }
    package mutating func appendInterpolation(_ number: Int) { text += String(number) }
    /// A length or a position in a drawing, to a tenth of a pixel.
    package mutating func appendInterpolation(_ length: Double) { text += HTML.length(length) }
  }
}

extension HTML {
  /// `text` such that a browser shows it, and does nothing else, in an element or a quoted attribute.
  ///
  /// Control characters, which HTML forbids, are shown as U+FFFD.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t", "\r": escaped.unicodeScalars.append(scalar)
      case _ where scalar.properties.generalCategory == .control: escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A length for an SVG attribute, to a tenth of a pixel; 0 for what is no number.
  static func length(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let tenths = Int(saturating: (value * 10).rounded())
    let magnitude = tenths.magnitude
    let sign = tenths < 0 ? "-" : ""
    return magnitude % 10 == 0
      ? "\(sign)\(magnitude / 10)" : "\(sign)\(magnitude / 10).\(magnitude % 10)"
  }
}

extension Sequence where Element == HTML {
  /// All pieces, one a line.
  package func joined() -> HTML {
    var all = HTML.empty
    for piece in self {
      all += piece
      all += "\n"
    }
    return all
  }
}
