import Files

/// Reads what may hold references: sources of inputs, and values.
enum ValueParser {
  static func source(_ node: YAMLNode, _ reader: inout NodeReader) -> Source? {
    guard case .scalar(let text, _) = node.value, !text.isEmpty else {
      reader.report("here a path or a reference is needed, not \(node.kind)", at: node.mark)
      return nil
    }
    do throws(ReferenceParser.Mistake) {
      switch try ReferenceParser.parse(text) {
      case .literal(let path):
        let template = Template(parts: [.text(path)])
        return Source(origin: .path(template), subpath: nil, mark: node.mark)
      case .template(let template):
        return Source(origin: .path(template), subpath: nil, mark: node.mark)
      case .input(let name, let subpath):
        return Source(origin: .input(name), subpath: subpath, mark: node.mark)
      case .step(let id, let output, let subpath):
        return Source(
          origin: .step(id: id, output: output), subpath: subpath, mark: node.mark)
      case .value(let reference):
        let template = Template(parts: [.reference(reference)])
        return Source(origin: .path(template), subpath: nil, mark: node.mark)
      }
    } catch {
      reader.report(error.message, at: node.mark, fix: error.fix)
      return nil
    }
  }

  static func value(_ node: YAMLNode, _ reader: inout NodeReader) -> Value {
    switch node.value {
    case .list(let items):
      return Value(kind: .list(items.map { value($0, &reader) }), mark: node.mark)
    case .mapping:
      reader.report("a parameter's value is a single value or a list", at: node.mark)
    case .scalar(let text, _) where text.contains("$"):
      do throws(ReferenceParser.Mistake) {
        switch try ReferenceParser.parse(text) {
        case .literal(let text): return Value(kind: .literal(.string(text)), mark: node.mark)
        case .template(let template): return Value(kind: .template(template), mark: node.mark)
        case .value(let reference): return Value(kind: .reference(reference), mark: node.mark)
        case .input, .step:
          reader.report(
            "'\(text)' is a file; a parameter needs a value", at: node.mark,
            fix: "name files under 'inputs:'")
        }
      } catch {
        reader.report(error.message, at: node.mark, fix: error.fix)
      }
    case .scalar(let text, let isPlain):
      return Value(
        kind: .literal(node.json), mark: node.mark, source: isPlain ? text : nil)
    }
    return Value(kind: .literal(.null), mark: node.mark)
  }
}
