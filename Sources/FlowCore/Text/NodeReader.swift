import Files

/// Reads a YAML mapping field by field and collects every mistake: a missing field, one of the wrong kind,
/// and at the end those that it does not have: not in its form, or where it has none, never asked for.
struct NodeReader {
  let file: String
  let node: YAMLNode
  /// What the mapping is, for messages: "step 'corpus'".
  let subject: String
  private(set) var problems: [Diagnostic] = []
  private let entries: [String: YAMLNode.Entry]
  private var asked: Set<String> = []
  private let form: Form?

  init(_ node: YAMLNode, file: String, subject: String, form: Form? = nil) {
    self.form = form
    self.file = file
    self.node = node
    self.subject = subject
    if case .mapping(let list) = node.value {
      entries = Dictionary(list.map { ($0.key, $0) }) { first, _ in first }
    } else {
      entries = [:]
      problems.append(
        Diagnostic("\(subject) must be a mapping, not \(node.kind)", file: file, at: node.mark))
    }
  }

  mutating func report(_ message: String, at mark: Mark? = nil, fix: String? = nil) {
    problems.append(Diagnostic(message, file: file, at: mark ?? node.mark, fix: fix))
  }

  mutating func take(_ more: [Diagnostic]) { problems += more }

  /// The entry of a field, if there is one.
  mutating func field(_ name: String) -> YAMLNode.Entry? {
    assert(form?.has(name) ?? true, "'\(name)' is no field of \(form?.name ?? "")")
    asked.insert(name)
    return entries[name]
  }

  /// The same for a name that may be none of the form's.
  mutating func knownField(_ name: String) -> YAMLNode.Entry? {
    form?.has(name) ?? true ? field(name) : nil
  }

  mutating func string(_ name: String) -> String? {
    guard let entry = field(name) else { return nil }
    guard case .scalar(let text, _) = entry.value.value, entry.value.json != .null else {
      report("'\(name)' of \(subject) must be text, not \(entry.value.kind)", at: entry.value.mark)
      return nil
    }
    return text
  }

  mutating func requiredString(_ name: String) -> String {
    let before = problems.count
    if let text = string(name) { return text }
    if problems.count == before { report("\(subject) has no '\(name)'") }
    return ""
  }

  mutating func integer(_ name: String) -> Int? {
    guard let entry = field(name) else { return nil }
    if case .integer(let value) = entry.value.json { return value }
    report(
      "'\(name)' of \(subject) must be a whole number, not \(entry.value.kind)",
      at: entry.value.mark)
    return nil
  }

  mutating func number(_ name: String) -> Double? {
    guard let entry = field(name) else { return nil }
    if let value = entry.value.json.number { return value }
    report(
      "'\(name)' of \(subject) must be a number, not \(entry.value.kind)", at: entry.value.mark)
    return nil
  }

  mutating func boolean(_ name: String) -> Bool? {
    guard let entry = field(name) else { return nil }
    if case .boolean(let value) = entry.value.json { return value }
    report(
      "'\(name)' of \(subject) must be true or false, not \(entry.value.kind)",
      at: entry.value.mark)
    return nil
  }

  /// The entries of a field that is a mapping; none where it is absent.
  mutating func mapping(_ name: String) -> [YAMLNode.Entry] {
    guard let entry = field(name) else { return [] }
    if case .mapping(let list) = entry.value.value { return list }
    if entry.value.json != .null {
      report(
        "'\(name)' of \(subject) must be a mapping, not \(entry.value.kind)", at: entry.value.mark)
    }
    return []
  }

  /// The items of a field that is a list; none where it is absent.
  mutating func list(_ name: String) -> [YAMLNode] {
    guard let entry = field(name) else { return [] }
    if case .list(let items) = entry.value.value { return items }
    report("'\(name)' of \(subject) must be a list, not \(entry.value.kind)", at: entry.value.mark)
    return []
  }

  /// Reports the fields that there are not, and returns all mistakes.
  mutating func finish() -> [Diagnostic] {
    if case .mapping(let list) = node.value {
      let known = form.map { Set($0.fields.map(\.name)) } ?? asked
      for entry in list where !known.contains(entry.key) {
        report(
          "\(subject) has no field '\(entry.key)'", at: entry.keyMark,
          fix: Suggestion.fix(for: entry.key, among: known))
      }
    }
    return problems
  }
}
