import Files

extension YAMLNode {
  /// The value in a JSON file, within the bounds of a YAML file; it has no marks but the file's beginning.
  ///
  /// JSON is YAML too, except that YAML's text must not hold control characters and JSON's may.
  ///
  /// - Throws: `Diagnostic` where it is no JSON; `FileError` where the file cannot be read.
  static func json(file path: String, limits: YAMLParser.Limits = .init()) throws -> YAMLNode {
    let text = try Path.readRegularText(path, limit: limits.bytes)
    do {
      return YAMLNode(
        try JSON(parsing: Array(text.utf8), mostValues: limits.nodes), at: Mark(line: 1, column: 1))
    } catch {
      throw Diagnostic("not valid JSON: \(error)", file: path)
    }
  }

  private init(_ json: JSON, at mark: Mark) {
    self.mark = mark
    switch json {
    case .string(let text): value = .scalar(text, isPlain: false)
    case .array(let elements): value = .list(elements.map { YAMLNode($0, at: mark) })
    case .object(let members):
      value = .mapping(
        members.sorted { $0.key < $1.key }.map {
          Entry(key: $0.key, keyMark: mark, value: YAMLNode($0.value, at: mark))
        })
    default: value = .scalar(json.text, isPlain: true)
    }
  }
}
