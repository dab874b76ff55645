import Files

/// Writes a value as block-style YAML that versions 1.1 and 1.2 read alike: strings quoted as in JSON, numbers
/// with a point (PyYAML, a 1.1 reader, takes `1e-12` for a string and `1.0e-12` for a number).
enum YAML {
  static func text(_ value: JSON) -> String {
    var out = ""
    write(value, indent: 0, to: &out)
    return out
  }

  private static func write(_ value: JSON, indent: Int, to out: inout String) {
    let margin = String(repeating: "  ", count: indent)
    switch value {
    case .object(let object) where !object.isEmpty:
      for (key, member) in object.sorted(by: { $0.key < $1.key }) {
        out += margin + scalar(.string(key)) + ":"
        writeNested(member, indent: indent + 1, to: &out)
      }
    case .array(let elements) where !elements.isEmpty:
      for element in elements {
        out += margin + "-"
        writeNested(element, indent: indent + 1, to: &out)
      }
    default: out += margin + scalar(value) + "\n"
    }
  }

  private static func writeNested(_ value: JSON, indent: Int, to out: inout String) {
    switch value {
    case .object(let object) where !object.isEmpty:
      out += "\n"
      write(value, indent: indent, to: &out)
    case .array(let elements) where !elements.isEmpty:
      out += "\n"
      write(value, indent: indent, to: &out)
    default: out += " " + scalar(value) + "\n"
    }
  }

  private static func scalar(_ value: JSON) -> String {
    guard case .number(let number) = value else { return value.text }
    let text = value.text
    guard number.isFinite, let exponent = text.firstIndex(of: "e"), !text.contains(".") else {
      return text
    }
    return text[..<exponent] + ".0" + text[exponent...]
  }
}
