import Files

/// The type of a parameter, and the reading of values of that type.
public indirect enum ParameterType: Equatable, Sendable, CustomStringConvertible {
  case boolean
  case integer
  case number
  case string
  case list(of: ParameterType)

  public init?(name: String, element: String? = nil) {
    switch name {
    case "boolean": self = .boolean
    case "integer": self = .integer
    case "number": self = .number
    case "string": self = .string
    case "list":
      guard let element, let type = ParameterType(name: element) else { return nil }
      self = .list(of: type)
    default: return nil
    }
  }

  public static let names = ["boolean", "integer", "number", "string", "list"]

  /// What to write instead of a type that there is not: other languages have other names, and a list says of what.
  static func fix(for name: String) -> String? {
    let word = name.lowercased()
    if ["file", "path", "directory", "folder"].contains(word) {
      return "files and directories are declared under 'inputs:'"
    }
    if let element = elementName(ofList: word) {
      return "write {type: list, of: \(element)}"
    }
    if let known = known(word) { return "did you mean '\(known)'?" }
    return Suggestion.fix(for: name, among: names)
  }

  /// What a type that there is not stands for while other mistakes are looked for.
  static func meant(by name: String) -> ParameterType {
    name == "list" || elementName(ofList: name.lowercased()) != nil ? .list(of: .string) : .string
  }

  /// The type that has `value` among its values, text where it is none's.
  init(of value: JSON) {
    switch value {
    case .boolean: self = .boolean
    case .integer: self = .integer
    case .number: self = .number
    case .array(let values):
      let types = values.map(ParameterType.init(of:))
      let first = types.first ?? .string
      self = .list(of: types.allSatisfy { $0 == first } ? first : .string)
    default: self = .string
    }
  }

  /// As it is declared: `type: list, of: integer`.
  var form: String {
    if case .list(let element) = self { "type: list, of: \(element)" } else { "type: \(self)" }
  }

  /// "integer" of "integers", "list of int", "list[int]" and "int[]".
  private static func elementName(ofList word: String) -> String? {
    var rest = word.filter { !"[]<>() ".contains($0) }
    for list in ["list", "array"] where rest.hasPrefix(list) { rest.removeFirst(list.count) }
    if rest.hasPrefix("of") { rest.removeFirst(2) }
    if rest.isEmpty { return word == "list" ? nil : "string" }
    if let plural = known(String(rest.dropLast())), rest.hasSuffix("s") { return plural }
    return rest == word ? nil : known(rest)
  }

  private static func known(_ word: String) -> String? {
    switch word {
    case "bool", "flag": "boolean"
    case "int", "long": "integer"
    case "float", "double", "real": "number"
    case "str", "text": "string"
    default: names.dropLast().contains(word) ? word : nil
    }
  }

  public var description: String {
    switch self {
    case .boolean: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .list(let element): "list of \(element)"
    }
  }

  /// "an integer", "a list of string".
  var withArticle: String { self == .integer ? "an integer" : "a \(self)" }

  /// `value` in this type's canonical form (a number is always `.number`), or nil if it is of another type.
  public func canonical(_ value: JSON) -> JSON? {
    switch (self, value) {
    case (.boolean, .boolean), (.integer, .integer), (.string, .string): value
    // 1e4 is a whole number to whoever wrote it.
    case (.integer, .number(let number)): Int(exactly: number).map { .integer($0) }
    case (.number, _):
      if let number = value.number, number.isFinite { .number(number) } else { nil }
    // Text that looks like a number or a truth value was meant as text: `name: 4`.
    case (.string, .integer(let integer)): .string(String(integer))
    case (.string, .boolean(let boolean)): .string(String(boolean))
    case (.list(let element), .array(let values)):
      {
        let elements = values.compactMap(element.canonical)
        return elements.count == values.count ? .array(elements) : nil
      }()
    default: nil
    }
  }

  /// The value that `text` on a command line means: `0.1`, `true`, `a,b,c` or `["a", "b"]` for a list.
  public func value(fromText text: String) -> JSON? {
    switch self {
    case .string: return .string(text)
    case .boolean, .integer, .number: return canonical(YAMLNode.resolve(text))
    case .list(let element):
      if text.isEmpty { return .array([]) }
      if text.hasPrefix("[") {
        guard let json = try? JSON(parsing: text) else { return nil }
        return canonical(json)
      }
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let values = parts.compactMap { element.value(fromText: String($0)) }
      return values.count == parts.count ? .array(values) : nil
    }
  }
}

extension YAMLNode {
  /// The node as JSON for a parameter of `type`: text is taken as written, so that `007` stays `007`.
  func json(for type: ParameterType) -> JSON {
    switch (type, value) {
    case (.string, .scalar(let text, _)): json == .null ? .null : .string(text)
    case (.list(let element), .list(let items)): .array(items.map { $0.json(for: element) })
    default: json
    }
  }
}
