import Files

/// Reads `when:`: a reference, a mapping of references to the values they must have, or a list of these.
///
///     when: $params.call_peaks
///     when: {$params.mode: [fast, exact], $each.control: true}
///     when: [$params.call_peaks, $steps.peaks.summits]
enum ConditionParser {
  static func conditions(_ reader: inout NodeReader) -> [Workflow.Condition] {
    guard let entry = reader.field("when") else { return [] }
    let nodes: [YAMLNode] =
      if case .list(let items) = entry.value.value { items } else { [entry.value] }
    return nodes.flatMap { conditions($0, &reader) }
  }

  private static func conditions(
    _ node: YAMLNode, _ reader: inout NodeReader
  ) -> [Workflow.Condition] {
    guard case .mapping(let entries) = node.value else {
      return condition(node.scalar, at: node.mark, among: nil, &reader).map { [$0] } ?? []
    }
    return entries.compactMap { entry in
      let values: [YAMLNode] =
        if case .list(let items) = entry.value.value { items } else { [entry.value] }
      if values.isEmpty {
        reader.report("'when' needs at least one value here", at: entry.value.mark)
      }
      for value in values {
        guard case .scalar(let text, _) = value.value else {
          reader.report("'when' compares with single values", at: value.mark)
          return nil
        }
        if text.contains("$") {
          reader.report(
            "'when' compares with values, not with references", at: value.mark,
            fix: "write the value out")
        }
      }
      return condition(entry.key, at: entry.keyMark, among: values.map(\.json), &reader)
    }
  }

  private static func condition(
    _ text: String?, at mark: Mark, among values: [JSON]?, _ reader: inout NodeReader
  ) -> Workflow.Condition? {
    let fix =
      "write $params.NAME, $steps.STEP.OUTPUT, or a mapping such as {$params.mode: [fast, exact]}"
    guard let text, text.hasPrefix("$") else {
      reader.report("'when' needs a reference here", at: mark, fix: fix)
      return nil
    }
    do throws(ReferenceParser.Mistake) {
      switch try ReferenceParser.parse(text) {
      case .value(let reference):
        return Workflow.Condition(
          kind: .value(reference, among: values ?? [.boolean(true)]), mark: mark)
      case .step(let id, let output, nil):
        guard values == nil else {
          reader.report(
            "an output is there or not; it has no value", at: mark, fix: "write 'when: \(text)'")
          return nil
        }
        return Workflow.Condition(kind: .output(step: id, output: output), mark: mark)
      default:
        reader.report("'when' cannot ask for '\(text)'", at: mark, fix: fix)
      }
    } catch {
      reader.report(error.message, at: mark, fix: error.fix)
    }
    return nil
  }
}
