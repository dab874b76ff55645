import FoundationEssentials

/// A JSON value. Integers and other numbers are kept apart, so that 3 stays 3.
public enum JSON: Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])
}

extension JSON: Codable {
  public init(from decoder: any Decoder) throws {
    if let keyed = try? decoder.container(keyedBy: MemberName.self) {
      var object: [String: JSON] = [:]
      for key in keyed.allKeys {
        object[key.stringValue] = try keyed.decode(JSON.self, forKey: key)
      }
      self = .object(object)
    } else if var list = try? decoder.unkeyedContainer() {
      var array: [JSON] = []
      while !list.isAtEnd { array.append(try list.decode(JSON.self)) }
      self = .array(array)
    } else {
      let single = try decoder.singleValueContainer()
      if single.decodeNil() {
        self = .null
      } else if let value = try? single.decode(Bool.self) {
        self = .boolean(value)
      } else if let value = try? single.decode(Int.self) {
        self = .integer(value)
      } else if let value = try? single.decode(Double.self) {
        self = .number(value)
      } else {
        self = .string(try single.decode(String.self))
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let object):
      var keyed = encoder.container(keyedBy: MemberName.self)
      for (key, value) in object { try keyed.encode(value, forKey: MemberName(stringValue: key)) }
    case .array(let array):
      var list = encoder.unkeyedContainer()
      for value in array { try list.encode(value) }
    case .null, .boolean, .integer, .number, .string:
      var single = encoder.singleValueContainer()
      switch self {
      case .boolean(let value): try single.encode(value)
      case .integer(let value): try single.encode(value)
      case .number(let value): try single.encode(value)
      case .string(let value): try single.encode(value)
      default: try single.encodeNil()
      }
    }
  }

  private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension JSON {
  /// Parses a JSON text.
  ///
  /// - Throws: `DecodingError` that says what is wrong and where.
  public init(parsing text: String) throws {
    do {
      self = try JSON(parsing: Array(text.utf8))
    } catch {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: [], debugDescription: "\(error)"))
    }
  }

  /// Parses a JSON text given as UTF-8.
  ///
  /// - Parameter mostValues: as of `JSONReader`.
  public init(parsing bytes: [UInt8], mostValues: Int = .max) throws(JSONReader.Fault) {
    var reader = JSONReader(bytes, mostValues: mostValues)
    self = try reader.readValue()
    try reader.end()
  }

  /// The value in a file of at most `limit` bytes.
  ///
  /// - Parameter mostValues: as of `JSONReader`.
  /// - Throws: `FileError` that says why the file cannot be read, or where it is not JSON.
  public static func read(
    _ path: String, limit: Int = 1 << 26, mostValues: Int = .max
  ) throws(FileError) -> JSON {
    let bytes = try Path.read(path, limit: limit)
    do {
      return try JSON(parsing: bytes, mostValues: mostValues)
    } catch {
      throw FileError("read", path, reason: "it is not valid JSON (\(error))")
    }
  }

  /// The value as compact text with sorted keys: equal values give equal bytes, so the text can be hashed.
  ///
  /// Numbers are printed as the shortest text that reads back the same. NaN and infinities, which JSON
  /// cannot say, become null.
  public var text: String {
    var out = ""
    write(to: &out, indent: nil)
    return out
  }

  /// The value as text for people: two spaces a level, sorted keys, a newline at the end.
  public var prettyText: String {
    var out = ""
    write(to: &out, indent: 0)
    return out + "\n"
  }

  private func write(to out: inout String, indent: Int?) {
    switch self {
    case .null: out += "null"
    case .boolean(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .number(let value): out += value.isFinite ? "\(value)" : "null"
    case .string(let value): JSON.quote(value, to: &out)
    case .array(let values):
      JSON.writeList(values, "[", "]", to: &out, indent: indent) { value, out, indent in
        value.write(to: &out, indent: indent)
      }
    case .object(let object):
      let sorted = object.sorted { $0.key < $1.key }
      JSON.writeList(sorted, "{", "}", to: &out, indent: indent) { pair, out, indent in
        JSON.quote(pair.key, to: &out)
        out += indent == nil ? ":" : ": "
        pair.value.write(to: &out, indent: indent)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ opening: String, _ closing: String, to out: inout String, indent: Int?,
    each: (Element, inout String, Int?) -> Void
  ) {
    out += opening
    for (position, element) in elements.enumerated() {
      if position > 0 { out += "," }
      if let indent { out += "\n" + String(repeating: "  ", count: indent + 1) }
      each(element, &out, indent.map { $0 + 1 })
    }
    if let indent, !elements.isEmpty { out += "\n" + String(repeating: "  ", count: indent) }
    out += closing
  }

  private static func quote(_ text: String, to out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}

extension JSON {
  /// The member `key` of an object; nil for other values.
  public subscript(key: String) -> JSON? {
    if case .object(let object) = self { object[key] } else { nil }
  }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }
  /// An integer or another number.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public typealias Key = String
  public typealias Value = JSON
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements) { _, last in last })
  }
}
