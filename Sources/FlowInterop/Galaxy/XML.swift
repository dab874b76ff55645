/// Text in XML.
enum XML {
  /// `text` for an attribute in double quotes or for an element's content.
  ///
  /// Characters that XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets) become U+FFFD.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n", "\r", "\t": escaped += "&#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Text in a CDATA section, which its own end mark cannot end.
  static func characterData(_ text: String) -> String {
    let clean = text.unicodeScalars.map { scalar in
      scalar.value < 0x20 && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : String(scalar)
    }.joined()
    return "<![CDATA[\(clean.replacing("]]>", with: "]]]]><![CDATA[>"))]]>"
  }
}
