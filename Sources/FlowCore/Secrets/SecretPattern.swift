/// A text to be taken out wherever it stands: a character after the other, each in any of its spellings, since programs
/// do not agree on which they encode. So `a/b` is also `a%2Fb`, `a%2fb` and `%61/%62`.
struct SecretPattern: Sendable {
  /// One way to write a character.
  struct Spelling: Hashable, Sendable {
    /// In lower case where the case does not matter.
    var bytes: [UInt8]
    var anyCase = false
  }

  /// What may stand between two characters.
  enum Gap: Sendable {
    case nothing
    /// Line ends and indentation, as they are or written `\n` or `%0A`: base64 and hexadecimal are broken into lines.
    case lineEnd
  }

  /// The spellings of each character.
  private let characters: [[Spelling]]
  private let gap: Gap

  init(_ characters: [[Spelling]], gap: Gap = .nothing) {
    self.characters = characters
    self.gap = gap
  }

  /// The bytes that it may begin with.
  var firstBytes: Set<UInt8> {
    var bytes: Set<UInt8> = []
    for spelling in characters.first ?? [] {
      guard let first = spelling.bytes.first else { continue }
      bytes.insert(first)
      if spelling.anyCase { bytes.insert(Self.upper(first)) }
    }
    return bytes
  }

  /// Where the pattern, which begins at `start`, ends in `text`; nil where it does not stand there. `isOpen`: whether
  /// more text could make one of it, or a longer one.
  func match(_ text: [UInt8], at start: Int) -> (end: Int?, isOpen: Bool) {
    var positions = [start]
    var isOpen = false
    for (number, spellings) in characters.enumerated() {
      var next: [Int] = []
      for position in positions {
        let begin = number == 0 ? position : Self.afterGap(gap, text, position)
        if begin == text.count { isOpen = true }
        for spelling in spellings {
          switch Self.match(spelling, text, at: begin) {
          case .whole:
            let end = begin + spelling.bytes.count
            if !next.contains(end) { next.append(end) }
          case .open: isOpen = true
          case .none: break
          }
        }
      }
      if next.isEmpty { return (nil, isOpen) }
      positions = next
    }
    return (positions.max(), isOpen)
  }

  private enum Match { case none, open, whole }

  private static func match(_ spelling: Spelling, _ text: [UInt8], at start: Int) -> Match {
    for (offset, byte) in spelling.bytes.enumerated() {
      let position = start + offset
      guard position < text.count else { return .open }
      let found = spelling.anyCase ? lower(text[position]) : text[position]
      if found != byte { return .none }
    }
    return .whole
  }

  /// A gap of more than so many bytes is none: what may be the beginning of a secret is held back.
  private static let longestGap = 64
  private static let writtenLineEnds = ["\\n", "\\r", "%0a", "%0d"].map { Array($0.utf8) }

  private static func afterGap(_ gap: Gap, _ text: [UInt8], _ start: Int) -> Int {
    guard gap == .lineEnd else { return start }
    var position = start
    search: while position < text.count, position - start < longestGap {
      switch text[position] {
      case 0x09, 0x0A, 0x0D, 0x20: position += 1
      case 0x25, 0x5C:
        for written in writtenLineEnds {
          let spelling = Spelling(bytes: written, anyCase: written[0] == 0x25)
          switch match(spelling, text, at: position) {
          case .whole:
            position += written.count
            continue search
          // What is cut off here is looked at again when more is known.
          case .open: return text.count
          case .none: break
          }
        }
        break search
      default: break search
      }
    }
    return position
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  private static func upper(_ byte: UInt8) -> UInt8 {
    (0x61...0x7A).contains(byte) ? byte & ~0x20 : byte
  }
}
