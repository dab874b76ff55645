import FlowCore

/// A step of two runs in full, as lines.
enum ComparisonText {
  static func lines(_ step: RunComparison.Step) -> [String] {
    var words = step.outcome.rawValue
    if let before = step.before, let after = step.after, before.hasResult != after.hasResult {
      words = "\(before.status.rawValue) → \(after.status.rawValue)"
    }
    var lines = ["\(Terminal.styled(step.name, .bold, on: .standardOutput))  \(words)"]
    for change in step.changes { lines += ReasonText.lines(change).map { "  \($0)" } }
    for (name, before, after) in step.outputs {
      let old = before.map { String($0.prefix(12)) } ?? "(none)"
      let new = after.map { String($0.prefix(12)) } ?? "(none)"
      lines.append("  output '\(name)'  \(old) → \(new)")
    }
    return lines
  }
}
