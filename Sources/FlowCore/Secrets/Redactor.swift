import Files

/// Takes the values of secrets out of what is recorded: as they are, and as programs write them into addresses,
/// headers, JSON, pages and shell commands.
public struct Redactor: Sendable {
  /// What stands in the place of a secret.
  public static let mark = "[secret]"
  /// A value shorter than this stands in too much text that is no secret.
  static let shortest = 6

  private let patterns: [SecretPattern]
  /// For each byte, the positions in `patterns` of those that may begin with it.
  private let beginnings: [[Int]]

  public init(_ secrets: some Collection<String>) {
    var patterns: [SecretPattern] = []
    for secret in Set(secrets) {
      // A key of several lines is printed line by line.
      let lines = secret.split(whereSeparator: \.isNewline).map(String.init).filter {
        $0.utf8.count >= 8 && $0 != secret
      }
      for text in [secret] + lines where text.utf8.count >= Self.shortest {
        patterns += SecretForms.patterns(of: text)
      }
    }
    var beginnings = [[Int]](repeating: [], count: 256)
    for (position, pattern) in patterns.enumerated() {
      for byte in pattern.firstBytes { beginnings[Int(byte)].append(position) }
    }
    self.patterns = patterns
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
    while position < buffer.count {
      // The longest: one may be a part of another.
      var end: Int?
      var isOpen = false
      for candidate in beginnings[Int(buffer[position])] {
        let match = patterns[candidate].match(buffer, at: position)
        end = [end, match.end].compactMap { $0 }.max()
        isOpen = isOpen || match.isOpen
      }
      if isOpen && !atEnd { break }
      if let end {
        taken += Self.mark.utf8
        position = end
      } else {
        taken.append(buffer[position])
        position += 1
      }
    }
    buffer.removeFirst(position)
    return taken
  }
}
