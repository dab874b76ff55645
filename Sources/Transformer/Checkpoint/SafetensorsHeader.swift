/// The header of a safetensors file: a JSON object of tensors, read strictly.
///
/// Format: https://github.com/huggingface/safetensors#format. A parser of its own, since duplicate
/// names must be refused and the general JSON reader keeps one of them silently. It has no recursion, so
/// that no nesting can exhaust the stack, and bounds what it keeps.
struct SafetensorsHeader {
  struct Entry: Equatable {
    var type = ""
    var shape: [Int] = []
    /// Bytes from the end of the header.
    var offsets: [Int] = []
  }

  /// Members of one object, at most: 400 times those of BERT-large.
  private static let mostMembers = 1 << 18
  private static let mostDimensions = 64

  private(set) var entries: [String: Entry] = [:]
  private(set) var metadata: [String: String] = [:]
  private let bytes: UnsafeRawBufferPointer
  private var place = 0

  /// - Throws: `ModelError` with the byte at which the header is wrong.
  init(_ bytes: UnsafeRawBufferPointer) throws(ModelError) {
    self.bytes = bytes
    guard bytes.first == UInt8(ascii: "{") else { throw wrong("does not begin with '{'") }
    try object { (parser, name) throws(ModelError) in
      if name == "__metadata__" {
        try parser.object { (parser, key) throws(ModelError) in
          parser.metadata[key] = try parser.string()
        }
      } else {
        parser.entries[name] = try parser.entry(name)
      }
    }
    // The specification allows spaces behind, for alignment.
    while place < bytes.count, bytes[place] == 0x20 { place += 1 }
    if place != bytes.count { throw wrong("something follows the object") }
  }

  private mutating func entry(_ name: String) throws(ModelError) -> Entry {
    var entry = Entry()
    var seen = 0
    try object { (parser, key) throws(ModelError) in
      switch key {
      case "dtype": entry.type = try parser.string()
      case "shape": entry.shape = try parser.integers()
      case "data_offsets": entry.offsets = try parser.integers()
      default: throw parser.wrong("tensor '\(name)' has an unknown member '\(key)'")
      }
      seen += 1
    }
    if seen != 3 || entry.offsets.count != 2 {
      throw wrong("tensor '\(name)' lacks dtype, shape or two data_offsets")
    }
    return entry
  }

  /// Calls `member` behind each "name":; refuses a name that comes twice.
  private mutating func object(
    _ member: (inout SafetensorsHeader, String) throws(ModelError) -> Void
  ) throws(ModelError) {
    try expect("{")
    if accept("}") { return }
    var names: Set<String> = []
    repeat {
      let name = try string()
      if !names.insert(name).inserted { throw wrong("the name '\(name.prefix(80))' comes twice") }
      if names.count > SafetensorsHeader.mostMembers {
        throw wrong("more than \(SafetensorsHeader.mostMembers) names")
      }
      try expect(":")
      try member(&self, name)
    } while accept(",")
    try expect("}")
  }

  private mutating func integers() throws(ModelError) -> [Int] {
    try expect("[")
    var values: [Int] = []
    if accept("]") { return values }
    repeat {
      skipSpace()
      var value = 0
      let start = place
      while place < bytes.count, bytes[place] >= 0x30, bytes[place] <= 0x39 {
        let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, tooLargeAfterAll) = product.addingReportingOverflow(Int(bytes[place] - 0x30))
        if tooLarge || tooLargeAfterAll { throw wrong("a number is too large") }
        value = sum
        place += 1
      }
      if place == start { throw wrong("a whole number is missing") }
      if bytes[start] == 0x30, place > start + 1 { throw wrong("a number begins with 0") }
      values.append(value)
      if values.count > SafetensorsHeader.mostDimensions {
        throw wrong("more than \(SafetensorsHeader.mostDimensions) dimensions")
      }
    } while accept(",")
    try expect("]")
    return values
  }

  private mutating func string() throws(ModelError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw wrong("a string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw wrong("a control character in a string")
      default: text.append(byte)
      }
    }
    throw wrong("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(ModelError) {
    guard place < bytes.count else { throw wrong("a string does not end") }
    let byte = bytes[place]
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try escapedScalar()).utf8))
    default: throw wrong("an unknown escape")
    }
  }

  /// The character behind `\u`, which is two escapes where it is outside the basic plane.
  private mutating func escapedScalar() throws(ModelError) -> Character {
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]), place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"),
      bytes[place + 1] == UInt8(ascii: "u")
    {
      place += 2
      units.append(try codeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self), let character = text.first,
      text.unicodeScalars.count == 1
    else { throw wrong("a \\u escape that is no character") }
    // Programs in C would take the name to end here.
    if units == [0] { throw wrong("a NUL in a string") }
    return character
  }

  /// Four hexadecimal digits.
  private mutating func codeUnit() throws(ModelError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard place < bytes.count, let digit = Character(Unicode.Scalar(bytes[place])).hexDigitValue
      else { throw wrong("a \\u escape without four digits") }
      unit = unit << 4 | UInt16(digit)
      place += 1
    }
    return unit
  }

  private mutating func skipSpace() {
    while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(ModelError) {
    if !accept(character) { throw wrong("'\(character)' is missing") }
  }

  private func wrong(_ what: String) -> ModelError {
    ModelError("header, byte \(place): \(what)")
  }
}
