/// Reads JSON text (RFC 8259) value by value, so that of a large answer only what is wanted becomes a value.
///
///     var reader = JSONReader(bytes)
///     try reader.beginObject()
///     while let name = try reader.nextMember() {
///       guard name == "@graph" else { try reader.skipValue(); continue }
///       try reader.beginArray()
///       while try reader.nextElement() { rows.append(Row(try reader.readValue())) }
///     }
///     try reader.end()
public struct JSONReader {
  /// Why a text is not JSON, or not the JSON asked for, and where.
  public struct Fault: Error, Equatable, CustomStringConvertible {
    public let reason: String
    /// Counted from 1; the column in bytes.
    public let line, column: Int

    public var description: String { "line \(line), column \(column): \(reason)" }
  }

  /// How deep arrays and objects may be nested; more would use up the stack.
  public static let deepest = 512

  private let bytes: [UInt8]
  private var position = 0
  /// What `readValue` may still read.
  private var valuesLeft: Int
  /// For each array and object that has begun: whether something of it was read.
  private var open: [Bool] = []

  /// - Parameters:
  ///   - bytes: the whole text, in UTF-8; a byte order mark before it is passed over.
  ///   - mostValues: how many values `readValue` may read in all, an array counted as 2 and an object as 4, which
  ///     bounds their memory: seven bytes of text can be an object of 200.
  public init(_ bytes: [UInt8], mostValues: Int = .max) {
    self.bytes = bytes
    valuesLeft = mostValues
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// Reads the next value, whatever it is.
  ///
  /// Of members with the same name the first counts. A number without a fraction that `Int` can hold is an
  /// integer, also where it is written as `1.0` or `1e3`.
  public mutating func readValue() throws(Fault) -> JSON {
    let first = try peek()
    valuesLeft -= first == UInt8(ascii: "{") ? 4 : first == UInt8(ascii: "[") ? 2 : 1
    guard valuesLeft >= 0 else { throw fault("more values than are read here") }
    switch first {
    case UInt8(ascii: "{"):
      try beginObject()
      var object: [String: JSON] = [:]
      while let name = try nextMember() {
        let value = try readValue()
        if object[name] == nil { object[name] = value }
      }
      return .object(object)
    case UInt8(ascii: "["):
      try beginArray()
      var array: [JSON] = []
      while try nextElement() { array.append(try readValue()) }
      return .array(array)
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try readNumber()
    }
  }

  /// Checks the next value and passes over it.
  public mutating func skipValue() throws(Fault) {
    switch try peek() {
    case UInt8(ascii: "{"):
      try beginObject()
      while try nextMember() != nil { try skipValue() }
    case UInt8(ascii: "["):
      try beginArray()
      while try nextElement() { try skipValue() }
    default: _ = try readValue()
    }
  }

  /// Begins an object; `nextMember` gives its names.
  public mutating func beginObject() throws(Fault) {
    guard try peek() == UInt8(ascii: "{") else { throw fault("expected an object") }
    try begin()
  }

  /// The name of the object's next member, whose value is to be read or skipped; nil at the object's end.
  public mutating func nextMember() throws(Fault) -> String? {
    guard try isNext(before: UInt8(ascii: "}")) else { return nil }
    guard try peek() == UInt8(ascii: "\"") else {
      throw fault("expected a member's name in quotes")
    }
    let name = try readString()
    guard try peek() == UInt8(ascii: ":") else { throw fault("expected ':' after a member's name") }
    position += 1
    return name
  }

  /// Begins an array; `nextElement` goes through it.
  public mutating func beginArray() throws(Fault) {
    guard try peek() == UInt8(ascii: "[") else { throw fault("expected an array") }
    try begin()
  }

  /// Whether the array has another element, which is to be read or skipped.
  public mutating func nextElement() throws(Fault) -> Bool {
    try isNext(before: UInt8(ascii: "]"))
  }

  /// Checks that nothing but white space follows.
  public mutating func end() throws(Fault) {
    skipSpace()
    if position < bytes.count { throw fault("more follows after the end of the value") }
  }

  // MARK: - Structure

  private mutating func begin() throws(Fault) {
    guard open.count < Self.deepest else {
      throw fault("arrays and objects are nested deeper than \(Self.deepest)")
    }
    open.append(false)
    position += 1
  }

  /// Whether a further part comes before the closing bracket, which is consumed.
  private mutating func isNext(before closing: UInt8) throws(Fault) -> Bool {
    guard let hasBegun = open.last else { throw fault("nothing has begun here") }
    let byte = try peek()
    if byte == closing {
      position += 1
      open.removeLast()
      return false
    }
    if hasBegun {
      guard byte == UInt8(ascii: ",") else {
        throw fault("expected ',' or '\(Character(UnicodeScalar(closing)))'")
      }
      position += 1
      guard try peek() != closing else { throw fault("expected something after ','") }
    }
    open[open.count - 1] = true
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func peek() throws(Fault) -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw fault("the text ends too early") }
    return bytes[position]
  }

  private mutating func word(_ word: String, _ value: JSON) throws(Fault) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("expected a value") }
    position += word.utf8.count
    return value
  }

  // MARK: - Strings

  private mutating func readString() throws(Fault) -> String {
    let first = position + 1
    position = first
    // Most strings have no escapes: taken as they stand.
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        defer { position += 1 }
        return try text(bytes[first..<position])
      }
      if byte == UInt8(ascii: "\\") { break }
      guard byte >= 0x20 else { throw fault("a control character in a string; escape it") }
      position += 1
    }
    var unescaped = Array(bytes[first..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        return try text(unescaped[...])
      case UInt8(ascii: "\\"): try unescape(into: &unescaped)
      case 0..<0x20: throw fault("a control character in a string; escape it")
      default:
        unescaped.append(byte)
        position += 1
      }
    }
    throw fault("the text ends inside a string")
  }

  private func text(_ utf8: ArraySlice<UInt8>) throws(Fault) -> String {
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw fault("a string is not UTF-8")
    }
    return text
  }

  private mutating func unescape(into text: inout [UInt8]) throws(Fault) {
    guard position + 1 < bytes.count else { throw fault("the text ends inside a string") }
    let escaped = bytes[position + 1]
    let plain: UInt8
    switch escaped {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = escaped
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"):
      text.append(contentsOf: String(Character(try unicodeScalar())).utf8)
      return
    default: throw fault("an unknown escape in a string")
    }
    text.append(plain)
    position += 2
  }

  /// The scalar of one `\uXXXX`, or of two that are a surrogate pair.
  private mutating func unicodeScalar() throws(Fault) -> UnicodeScalar {
    let high = try codeUnit()
    if let scalar = UnicodeScalar(high) { return scalar }
    guard high < 0xDC00, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
    else { throw fault("half a surrogate pair in a string") }
    let low = try codeUnit()
    guard (0xDC00...0xDFFF).contains(low),
      let scalar = UnicodeScalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw fault("half a surrogate pair in a string") }
    return scalar
  }

  private mutating func codeUnit() throws(Fault) -> UInt32 {
    let digits = bytes[min(position + 2, bytes.count)..<min(position + 6, bytes.count)]
    guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("\\u needs four hexadecimal digits") }
    position += 6
    return unit
  }

  // MARK: - Numbers

  private mutating func readNumber() throws(Fault) -> JSON {
    let first = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let leading = position
    let digits = skipDigits()
    guard digits > 0, digits == 1 || bytes[leading] != UInt8(ascii: "0") else {
      position = first
      throw fault("expected a value")
    }
    var isWhole = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      guard skipDigits() > 0 else { throw fault("a number needs a digit after its point") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      position += 1
      if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D {
        position += 1
      }
      guard skipDigits() > 0 else { throw fault("a number needs a digit in its exponent") }
    }
    let text = String(decoding: bytes[first..<position], as: UTF8.self)
    if isWhole, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw fault("the number \(text.prefix(40)) is too large")
    }
    if !isWhole, let integer = Int(exactly: number) { return .integer(integer) }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let first = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    return position - first
  }

  private func fault(_ reason: String) -> Fault {
    var (line, start) = (1, 0)
    for (index, byte) in bytes[..<min(position, bytes.count)].enumerated() where byte == 0x0A {
      line += 1
      start = index + 1
    }
    return Fault(reason: reason, line: line, column: position - start + 1)
  }
}
