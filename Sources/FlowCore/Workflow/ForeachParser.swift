import Files

/// Reads `foreach:`: what a step runs over.
enum ForeachParser {
  static func axes(_ reader: inout NodeReader) -> [Workflow.Axis] {
    var axes: [Workflow.Axis] = []
    for entry in reader.mapping("foreach") {
      if !ManifestParser.isName(entry.key) {
        reader.report(
          "the axis's name '\(entry.key)' must be letters, digits, '_' and '-'", at: entry.keyMark)
      }
      if let values = values(entry, &reader) {
        axes.append(
          Workflow.Axis(name: entry.key, values: values, mark: entry.value.mark))
      }
    }
    return axes
  }

  private static func values(
    _ entry: YAMLNode.Entry, _ reader: inout NodeReader
  ) -> Workflow.Axis.Values? {
    switch entry.value.value {
    case .mapping(let fields): return source(entry, fields, &reader)
    case .list(let items):
      for item in items { checkNumbers(item, &reader) }
      let areRows = items.contains { if case .mapping = $0.value { true } else { false } }
      return areRows
        ? .rows(items.map { row($0, &reader) })
        : .list(ValueParser.value(entry.value, &reader))
    case .scalar: return .list(ValueParser.value(entry.value, &reader))
    }
  }

  /// `{files: …}`, `{table: …}` or `{zip: …}`.
  private static func source(
    _ entry: YAMLNode.Entry, _ fields: [YAMLNode.Entry], _ outer: inout NodeReader
  ) -> Workflow.Axis.Values? {
    var reader = NodeReader(
      entry.value, file: outer.file, subject: "'foreach' over '\(entry.key)'",
      form: WorkflowForms.axis)
    var values: Workflow.Axis.Values?
    if fields.count == 1, reader.knownField(fields[0].key) != nil {
      let node = fields[0].value
      switch fields[0].key {
      case "files": values = ValueParser.source(node, &reader).map { .files($0) }
      case "table": values = ValueParser.source(node, &reader).map { .table($0) }
      default:
        checkNumbers(node, &reader)
        values = .zip(columns(reader.mapping("zip"), &reader))
      }
    } else if fields.allSatisfy({ WorkflowForms.axis.has($0.key) }) {
      reader.report(
        "'foreach' over '\(entry.key)' needs one of 'files', 'table' and 'zip'",
        fix: "for rows write a list: [{a: 1, b: 2}, {a: 3, b: 4}]")
    }
    outer.take(reader.finish())
    return values
  }

  /// Numbers of samples, versions and wells are text, of which a number keeps only the value: tasks and scripts would
  /// get `7` for `007` and `1.1` for `1.10`.
  private static func checkNumbers(_ node: YAMLNode, _ reader: inout NodeReader) {
    switch node.value {
    case .list(let nodes): for node in nodes { checkNumbers(node, &reader) }
    case .mapping(let entries): for entry in entries { checkNumbers(entry.value, &reader) }
    case .scalar(let text, let isPlain):
      guard isPlain, let number = node.changedNumber else { return }
      reader.report(
        "\(text) is the number \(number) here, and tasks are called so", at: node.mark,
        fix: "write \"\(text)\" to keep it as it stands, or \(number)")
    }
  }

  private static func row(_ node: YAMLNode, _ reader: inout NodeReader) -> Workflow.Axis.Row {
    guard case .mapping(let entries) = node.value else {
      reader.report(
        "here a row is needed as the others are, not \(node.kind)", at: node.mark,
        fix: "write {NAME: VALUE, …} for each")
      return Workflow.Axis.Row(cells: [], mark: node.mark)
    }
    return Workflow.Axis.Row(cells: columns(entries, &reader), mark: node.mark)
  }

  private static func columns(
    _ entries: [YAMLNode.Entry], _ reader: inout NodeReader
  ) -> [Workflow.Axis.Column] {
    entries.map { entry in
      if !ManifestParser.isName(entry.key) {
        reader.report(
          "the column's name '\(entry.key)' must be letters, digits, '_' and '-'",
          at: entry.keyMark)
      }
      return Workflow.Axis.Column(
        name: entry.key, value: ValueParser.value(entry.value, &reader), mark: entry.value.mark)
    }
  }
}
