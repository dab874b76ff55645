import CYAML
import Files

/// A node of a YAML document, with the place where it stands.
///
/// The subset is what a person writes by hand: mappings, lists and scalars. Anchors, aliases and tags are
/// refused, since they are how a small file grows without bound or means something else to each reader;
/// a key that stands twice is an error.
public struct YAMLNode: Equatable, Sendable {
  public enum Value: Equatable, Sendable {
    /// `isPlain` is false for a quoted or block scalar, which is always a string.
    case scalar(String, isPlain: Bool)
    case list([YAMLNode])
    case mapping([Entry])
  }

  /// One `key: value` of a mapping, in the file's order.
  public struct Entry: Equatable, Sendable {
    public let key: String
    public let keyMark: Mark
    public let value: YAMLNode
  }

  public let value: Value
  public let mark: Mark

  /// What the node is, in words for a message.
  public var kind: String {
    switch value {
    case .scalar(let text, _): text.isEmpty ? "nothing" : "'\(text.prefix(60))'"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }

  /// The text of a scalar; nil for others.
  var scalar: String? { if case .scalar(let text, _) = value { text } else { nil } }

  var isList: Bool { if case .list = value { true } else { false } }

  /// The node as JSON, plain scalars read by YAML 1.2's core schema.
  public var json: JSON {
    switch value {
    case .list(let nodes): .array(nodes.map(\.json))
    case .mapping(let entries):
      .object(Dictionary(entries.map { ($0.key, $0.value.json) }) { first, _ in first })
    case .scalar(let text, isPlain: false): .string(text)
    case .scalar(let text, isPlain: true): YAMLNode.resolve(text)
    }
  }

  /// The number that plain text is read as, where printing it gives other text; nil where that is the same, and for what
  /// is written in numbers' own ways: `1.0` among rates, a negative exponent.
  var changedNumber: String? {
    guard case .scalar(let text, isPlain: true) = value, json.number != nil,
      !text.contains("e-"), !text.contains("E-")
    else { return nil }
    let number = plain(json)
    return text == number || text == number + ".0" ? nil : number
  }

  static func resolve(_ text: String) -> JSON {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    default: break
    }
    guard let first = text.utf8.first, first < 0x3A, first != 0x2F else { return .string(text) }
    if let integer = Int(text) { return .integer(integer) }
    // Swift's Double also reads "0x1p3"; that is no YAML number.
    if !text.contains("x"), !text.contains("n"), let number = Double(text), number.isFinite {
      return .number(number)
    }
    return .string(text)
  }
}

/// Reads a YAML text into a tree of nodes, through libyaml's events.
public struct YAMLParser {
  /// Bounds that a file written by hand never meets.
  public struct Limits: Sendable {
    public var bytes = 1 << 20
    public var depth = 32
    public var nodes = 100_000
    public init() {}
  }

  private let file: String
  private let limits: Limits
  private var nodes = 0
  /// Keys that stand twice: the first counts, and reading goes on.
  private var repeated: [Diagnostic] = []

  /// The document in `text`, and the keys that stand in it twice.
  static func read(
    _ text: String, file: String, limits: Limits = Limits()
  ) throws(Diagnostic) -> (root: YAMLNode, repeated: [Diagnostic]) {
    var parser = YAMLParser(file: file, limits: limits)
    return (try parser.document(text), parser.repeated)
  }

  /// The document in the file at `path`.
  ///
  /// - Throws: `Diagnostic` with file, line and column; `FileError` where the file cannot be read or is no regular
  ///   file.
  public static func parse(file path: String, limits: Limits = Limits()) throws -> YAMLNode {
    try parse(Path.readRegularText(path, limit: limits.bytes), file: path, limits: limits)
  }

  /// The document in `text`; `file` is only its name for messages.
  public static func parse(
    _ text: String, file: String, limits: Limits = Limits()
  ) throws(Diagnostic) -> YAMLNode {
    var parser = YAMLParser(file: file, limits: limits)
    let root = try parser.document(text)
    if let first = parser.repeated.first { throw first }
    return root
  }

  private init(file: String, limits: Limits) {
    self.file = file
    self.limits = limits
  }

  private mutating func document(_ text: String) throws(Diagnostic) -> YAMLNode {
    var bytes = Array(text.utf8)
    // A byte order mark, as editors on Windows write it: libyaml knows it only where it guesses the encoding.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard bytes.count <= limits.bytes else {
      throw Diagnostic("the file is larger than \(limits.bytes) bytes", file: file)
    }
    let events = YAMLEvents()
    return try bytes.withUnsafeBufferPointer { input throws(Diagnostic) in
      events.read(input)
      var root: YAMLNode?
      while true {
        let event = try next(events)
        switch event.kind {
        case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
        case YAML_DOCUMENT_START_EVENT:
          if root != nil {
            throw Diagnostic("only one document is allowed in a file", file: file, at: event.mark)
          }
          root = try node(try next(events), events, depth: 0)
        case YAML_STREAM_END_EVENT:
          guard let root else { throw Diagnostic("the file is empty", file: file) }
          return root
        default:
          throw Diagnostic("unexpected content", file: file, at: event.mark)
        }
      }
    }
  }

  private mutating func node(
    _ event: YAMLEvents.Event, _ events: YAMLEvents, depth: Int
  ) throws(Diagnostic) -> YAMLNode {
    nodes += 1
    guard depth <= limits.depth, nodes <= limits.nodes else {
      throw Diagnostic(
        depth > limits.depth
          ? "nested deeper than \(limits.depth) levels" : "more than \(limits.nodes) values",
        file: file, at: event.mark)
    }
    if let refused = event.refused {
      throw Diagnostic(
        "\(refused) are not allowed here", file: file, at: event.mark,
        fix: "write the value out where it is used")
    }
    switch event.kind {
    case YAML_SCALAR_EVENT:
      if event.text.utf8.contains(0) {
        throw Diagnostic("NUL characters are not allowed", file: file, at: event.mark)
      }
      return YAMLNode(value: .scalar(event.text, isPlain: event.isPlain), mark: event.mark)
    case YAML_SEQUENCE_START_EVENT:
      var items: [YAMLNode] = []
      while true {
        let item = try next(events)
        if item.kind == YAML_SEQUENCE_END_EVENT {
          return YAMLNode(value: .list(items), mark: event.mark)
        }
        items.append(try node(item, events, depth: depth + 1))
      }
    case YAML_MAPPING_START_EVENT:
      return try mapping(event, events, depth: depth)
    default:
      throw Diagnostic("unexpected content", file: file, at: event.mark)
    }
  }

  private mutating func mapping(
    _ start: YAMLEvents.Event, _ events: YAMLEvents, depth: Int
  ) throws(Diagnostic) -> YAMLNode {
    var entries: [YAMLNode.Entry] = []
    var lines: [String: Int] = [:]
    while true {
      let keyEvent = try next(events)
      if keyEvent.kind == YAML_MAPPING_END_EVENT {
        return YAMLNode(value: .mapping(entries), mark: start.mark)
      }
      let key = try node(keyEvent, events, depth: depth + 1)
      guard case .scalar(let name, _) = key.value else {
        throw Diagnostic("a key must be a plain word", file: file, at: key.mark)
      }
      let value = try node(try next(events), events, depth: depth + 1)
      if let line = lines[name] {
        let problem = Diagnostic(
          "'\(name)' stands here twice, first in line \(line)", file: file, at: key.mark,
          fix: "remove one of the two")
        if repeated.count < 1_000 { repeated.append(problem) }
        continue
      }
      lines[name] = key.mark.line
      entries.append(YAMLNode.Entry(key: name, keyMark: key.mark, value: value))
    }
  }

  private func next(_ events: YAMLEvents) throws(Diagnostic) -> YAMLEvents.Event {
    guard let event = events.next() else {
      let (message, mark) = events.problem
      throw Diagnostic(
        "not valid YAML: \(message)", file: file, at: mark,
        fix: "check the indentation, and quotes around text with ': ' or a leading symbol")
    }
    return event
  }
}

/// libyaml's parser as a sequence of events.
private final class YAMLEvents {
  struct Event {
    let kind: yaml_event_type_t
    let mark: Mark
    let text: String
    let isPlain: Bool
    /// "anchors", "aliases" or "tags" where the event has what we refuse.
    let refused: String?
  }

  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private var input = UnsafeBufferPointer<UInt8>(start: nil, count: 0)

  init() { yaml_parser_initialize(parser) }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The input must stay where it is while events are read.
  func read(_ input: UnsafeBufferPointer<UInt8>) {
    self.input = input
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  /// What is wrong, after `next` returned nil.
  var problem: (String, Mark) {
    let mark = parser.pointee.problem_mark
    let message = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable text"
    if parser.pointee.error == YAML_READER_ERROR {
      // Before there are tokens there are only bytes.
      let before = input.prefix(parser.pointee.problem_offset)
      let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
      return (message, Mark(line: before.count { $0 == 0x0A } + 1, column: column))
    }
    return (message, Mark(line: mark.line + 1, column: mark.column + 1))
  }

  func next() -> Event? {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { return nil }
    defer { yaml_event_delete(&event) }
    let mark = Mark(line: event.start_mark.line + 1, column: event.start_mark.column + 1)
    var text = ""
    var isPlain = false
    var refused: String?
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      text = String(decoding: bytes, as: UTF8.self)
      isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
      refused = scalar.anchor != nil ? "anchors" : scalar.tag != nil ? "tags" : nil
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      refused = start.anchor != nil ? "anchors" : start.tag != nil ? "tags" : nil
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      refused = start.anchor != nil ? "anchors" : start.tag != nil ? "tags" : nil
    case YAML_ALIAS_EVENT: refused = "aliases"
    default: break
    }
    return Event(kind: event.type, mark: mark, text: text, isPlain: isPlain, refused: refused)
  }
}
