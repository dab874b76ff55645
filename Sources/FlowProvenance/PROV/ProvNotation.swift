import Files
import FlowCore

/// A run as a PROV document.
public enum ProvExport {
  public enum Notation: String, Sendable, CaseIterable {
    /// https://www.w3.org/submissions/prov-json/
    case json
    /// https://www.w3.org/TR/prov-n/
    case provn
  }

  /// Writes the document.
  ///
  /// - Throws: `Diagnostic` for a run that is still going on, `FileError`, `SQLiteError`.
  public static func write(
    _ history: RunHistory, statements: Statements, as notation: Notation, to path: String
  ) throws {
    try history.checkHasEnded()
    let document = try ProvDocument(history, statements: statements)
    let file = try TextFile(path)
    switch notation {
    case .json: try ProvJSON(document).write(to: file)
    case .provn: try ProvN(document).write(to: file)
    }
    try file.finish()
  }
}

/// PROV-JSON: an object for each kind of statement.
private struct ProvJSON {
  let document: ProvDocument

  init(_ document: ProvDocument) { self.document = document }

  func write(to file: TextFile) throws {
    let prefixes = document.prefixes.map { ($0.name, JSON.string($0.uri)) }
    try file.write(
      "{\"prefix\":\(JSON.object(Dictionary(uniqueKeysWithValues: prefixes)).text)")
    for kind in ProvRecord.Kind.allCases {
      var count = 0
      try document.records(kind) { record in
        try file.write(count == 0 ? ",\n\"\(kind.rawValue)\":{\n" : ",\n")
        count += 1
        // Statements that are no things still need a name in JSON: one that is known nowhere else.
        let id = record.id ?? "_:\(kind.rawValue)\(count)"
        try file.write("\(JSON.string(id).text):\(members(of: record).text)")
      }
      if count > 0 { try file.write("\n}") }
    }
    try file.write("\n}\n")
  }

  private func members(of record: ProvRecord) -> JSON {
    var members: [String: JSON] = [:]
    for (name, value) in zip(record.kind.arguments, record.arguments) {
      switch value {
      case .name(let text), .time(let text): members["prov:\(name)"] = .string(text)
      case .some(let value): members["prov:\(name)"] = json(value)
      case nil: break
      }
    }
    for (name, value) in record.attributes { members[name] = json(value) }
    return .object(members)
  }

  private func json(_ value: ProvRecord.Value) -> JSON {
    switch value {
    case .name(let name): ["$": .string(name), "type": "prov:QUALIFIED_NAME"]
    case .text(let text): .string(text)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .boolean(let value): .boolean(value)
    case .time(let text): ["$": .string(text), "type": "xsd:dateTime"]
    }
  }
}

/// PROV-N: a statement a line.
private struct ProvN {
  let document: ProvDocument

  init(_ document: ProvDocument) { self.document = document }

  func write(to file: TextFile) throws {
    try file.write("document\n")
    for (name, uri) in document.prefixes { try file.write("  prefix \(name) <\(uri)>\n") }
    for kind in ProvRecord.Kind.allCases {
      try document.records(kind) { record in
        var parts = record.id.map { [$0] } ?? []
        if record.arguments.contains(where: { $0 != nil }) || !kind.isThing {
          parts += record.arguments.map { $0.map(argument) ?? "-" }
        }
        if !record.attributes.isEmpty {
          let list = record.attributes.map { "\($0.name)=\(literal($0.value))" }
          parts.append("[\(list.joined(separator: ", "))]")
        }
        try file.write("  \(kind.rawValue)(\(parts.joined(separator: ", ")))\n")
      }
    }
    try file.write("endDocument\n")
  }

  private func argument(_ value: ProvRecord.Value) -> String {
    switch value {
    case .name(let text), .time(let text): text
    default: literal(value)
    }
  }

  private func literal(_ value: ProvRecord.Value) -> String {
    switch value {
    case .name(let name): "'\(name)'"
    case .text(let text): quoted(text)
    case .integer(let value): "\(value)"
    case .number(let value): "\"\(value)\" %% xsd:double"
    case .boolean(let value): "\"\(value)\" %% xsd:boolean"
    case .time(let text): "\"\(text)\" %% xsd:dateTime"
    }
  }

  /// A string of PROV-N has escapes for six characters; controls without one are shown by their pictures.
  private func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      default: quoted += Visible.cell(String(scalar))
      }
    }
    return quoted + "\""
  }
}
