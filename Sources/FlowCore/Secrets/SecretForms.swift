/// The forms in which programs write a text: with characters encoded or escaped, in hexadecimal, in base64.
enum SecretForms {
  /// - Parameter text: not empty.
  static func patterns(of text: String) -> [SecretPattern] {
    let bytes = Array(text.utf8)
    return [
      SecretPattern(text.unicodeScalars.map(spellings)),
      SecretPattern(hexadecimal(bytes), gap: .lineEnd),
    ]
      + base64(bytes).filter { $0.count >= Redactor.shortest }.map {
        SecretPattern($0, gap: .lineEnd)
      }
  }

  // MARK: Character by character

  /// A character as it is, percent-encoded (RFC 3986), and escaped as JSON (RFC 8259), Python, C, HTML and shells do.
  private static func spellings(of scalar: Unicode.Scalar) -> [SecretPattern.Spelling] {
    let bytes = Array(String(scalar).utf8)
    let units = Array(String(scalar).utf16)
    let code = Int(scalar.value)
    var plain = [bytes]
    var anyCase = [
      bytes.map { "%" + hex(Int($0), 2) }.joined(), bytes.map { "\\x" + hex(Int($0), 2) }.joined(),
      bytes.map { "\\" + octal(Int($0)) }.joined(), units.map { "\\u" + hex(Int($0), 4) }.joined(),
      "\\u" + hex(code, 8), "\\u{\(hex(code, 1))}", "&#\(code);", "&#x\(hex(code, 1));",
    ]
    if code < 0x100 { anyCase.append("\\x" + hex(code, 2)) }
    switch scalar {
    case "&": anyCase.append("&amp;")
    case "<": anyCase.append("&lt;")
    case ">": anyCase.append("&gt;")
    case "\"": anyCase.append("&quot;")
    case "'": anyCase += ["&apos;", "&#039;", "'\\''", "'\"'\"'"]
    // As forms are sent.
    case " ": anyCase.append("+")
    case "\n": plain.append(Array("\\n".utf8))
    case "\t": plain.append(Array("\\t".utf8))
    case "\r": plain.append(Array("\\r".utf8))
    default: break
    }
    // A shell, or a string in quotes.
    if scalar.isASCII, code >= 0x20, !scalar.properties.isAlphabetic,
      !("0"..."9").contains(scalar)
    {
      plain.append([0x5C] + bytes)
    }
    return plain.map { .init(bytes: $0) }
      + Set(anyCase.map { Array($0.lowercased().utf8) }).map { .init(bytes: $0, anyCase: true) }
  }

  private static func hex(_ value: Int, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func octal(_ byte: Int) -> String {
    let text = String(byte, radix: 8)
    return String(repeating: "0", count: 3 - text.count) + text
  }

  // MARK: As a whole

  private static func hexadecimal(_ bytes: [UInt8]) -> [[SecretPattern.Spelling]] {
    bytes.flatMap { Array(hex(Int($0), 2).utf8) }.map { [.init(bytes: [$0], anyCase: true)] }
  }

  /// The characters of base64 (RFC 4648) that a text has wherever it stands in a longer one, which begins 0, 1 or 2
  /// bytes before it; in both alphabets.
  private static func base64(_ bytes: [UInt8]) -> [[[SecretPattern.Spelling]]] {
    (0..<3).map { shift in
      // Characters whose six bits lie all within the text's.
      var form: [[SecretPattern.Spelling]] = []
      var bit = (6 - shift * 8 % 6) % 6
      while bit + 6 <= bytes.count * 8 {
        var value = 0
        for offset in bit..<(bit + 6) {
          value = value << 1 | Int(bytes[offset / 8] >> UInt8(7 - offset % 8) & 1)
        }
        form.append(digits[value])
        bit += 6
      }
      return form
    }
  }

  private static let digits: [[SecretPattern.Spelling]] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8.map {
      [.init(bytes: [$0])]
    }
    + [["+", "-", "%2b"], ["/", "_", "\\/", "%2f"]].map { spellings in
      spellings.map { .init(bytes: Array($0.utf8), anyCase: $0.hasPrefix("%")) }
    }
}
