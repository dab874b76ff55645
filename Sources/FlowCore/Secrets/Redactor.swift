import Files

/// Takes the values of secrets out of what is recorded: as they are, and as programs write them into addresses,
/// headers, JSON and shell commands.
public struct Redactor: Sendable {
  /// What stands in the place of a secret.
  public static let mark = "[secret]"
  /// A value shorter than this stands in too much text that is no secret.
  static let shortest = 6

  /// The texts to take out, the longest first: one may be a part of another.
  let patterns: [[UInt8]]
  /// For each byte, the positions in `patterns` of those that begin with it.
  private let beginnings: [[Int]]

  public init(_ secrets: some Collection<String>) {
    var patterns: Set<[UInt8]> = []
    for secret in secrets {
      // A key of several lines is printed line by line.
      let lines = secret.split(separator: "\n").map(String.init).filter { $0.utf8.count >= 8 }
      for text in [secret] + lines where text.utf8.count >= Self.shortest {
        for form in Self.forms(of: text) where form.count >= Self.shortest { patterns.insert(form) }
      }
    }
    let sorted = patterns.sorted {
      $0.count != $1.count ? $0.count > $1.count : $0.lexicographicallyPrecedes($1)
    }
    var beginnings = [[Int]](repeating: [], count: 256)
    for (position, pattern) in sorted.enumerated() { beginnings[Int(pattern[0])].append(position) }
    self.patterns = sorted
    self.beginnings = beginnings
  }

  public var isEmpty: Bool { patterns.isEmpty }

  public func redacted(_ text: String) -> String {
    if isEmpty { return text }
    var bytes = Array(text.utf8)
    let length = bytes.count
    var redacted = take(from: &bytes, atEnd: true)
    if redacted.count == length, redacted.elementsEqual(text.utf8) { return text }
    redacted += bytes
    return String(decoding: redacted, as: UTF8.self)
  }

  public func redacted(_ json: JSON) -> JSON {
    if isEmpty { return json }
    return switch json {
    case .string(let text): .string(redacted(text))
    case .array(let elements): .array(elements.map(redacted))
    case .object(let members):
      .object(
        Dictionary(members.map { (redacted($0.key), redacted($0.value)) }) { first, _ in first })
    default: json
    }
  }

  /// Takes from `buffer` what is settled, without secrets. What may be the beginning of one stays in it until more
  /// is known, unless this is the end.
  func take(from buffer: inout [UInt8], atEnd: Bool) -> [UInt8] {
    var taken: [UInt8] = []
    taken.reserveCapacity(buffer.count)
    var position = 0
    search: while position < buffer.count {
      for candidate in beginnings[Int(buffer[position])] {
        let pattern = patterns[candidate]
        let rest = buffer[position...]
        if rest.starts(with: pattern) {
          taken += Self.mark.utf8
          position += pattern.count
          continue search
        }
        if !atEnd, rest.count < pattern.count, pattern.starts(with: rest) { break search }
      }
      taken.append(buffer[position])
      position += 1
    }
    buffer.removeFirst(position)
    return taken
  }

  // MARK: Forms

  private static func forms(of text: String) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    let json = JSON.string(text).text.utf8.dropFirst().dropLast()
    return [
      bytes, percent(bytes, "0123456789ABCDEF"), percent(bytes, "0123456789abcdef"), Array(json),
      Array(text.replacing("'", with: "'\\''").utf8), Array(hexadecimal(bytes).utf8),
    ] + base64(bytes)
  }

  /// Percent-encoding as of RFC 3986: all but unreserved characters.
  private static func percent(_ bytes: [UInt8], _ digits: String) -> [UInt8] {
    let digits = Array(digits.utf8)
    return bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: [byte]
      default: [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  /// The characters of base64 (RFC 4648) that a text has wherever it stands in a longer one, which begins 0, 1 or 2
  /// bytes before it; in both alphabets.
  private static func base64(_ bytes: [UInt8]) -> [[UInt8]] {
    let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var forms: [[UInt8]] = []
    for shift in 0..<3 {
      // Characters whose six bits lie all within the text's.
      var form: [UInt8] = []
      var bit = (6 - shift * 8 % 6) % 6
      while bit + 6 <= bytes.count * 8 {
        var value = 0
        for offset in bit..<(bit + 6) {
          value = value << 1 | Int(bytes[offset / 8] >> UInt8(7 - offset % 8) & 1)
        }
        form.append(standard[value])
        bit += 6
      }
      forms.append(form)
      forms.append(form.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 })
    }
    return forms
  }
}
