import Files
import FlowCore

/// A reason in full, as lines.
enum ReasonText {
  static func lines(_ reason: Reason, of name: String) -> [String] {
    switch reason {
    case .reused(let step):
      return ["its key is that of \(step.name) in run \(step.run), whose result was taken"]
    case .new: return ["nothing of this name was run before in this workflow"]
    case .lost(let loss): return lines(loss)
    case .unfinished(let step):
      let message = step.message.map { ": \($0)" } ?? ""
      return ["\(reason.summary(of: name)), in run \(step.run)\(message)"]
    case .forgotten(let step):
      return ["it had a result in run \(step.run), which is no longer there"]
    case .waits(let steps):
      return ["it needs what has to be run before: \(steps.joined(separator: ", "))"]
    case .blocked(let message): return [message]
    case .changed(let past, let changes): return lines(changes, since: past, of: name)
    }
  }

  private static func lines(_ loss: LostResult) -> [String] {
    var lines = [loss.summary]
    if let path = loss.path { lines.append("  \(path)") }
    if let expected = loss.expected {
      lines.append("  made  \(expected)")
      lines.append("  found \(loss.found ?? "nothing")")
    }
    return lines
  }

  /// So many steps are shown between a step and the causes of its change.
  private static let mostSteps = 20

  private static func lines(
    _ changes: [StepChange], since past: StepRecord, of name: String
  ) -> [String] {
    let result = past.status == .done || past.status == .reused ? "" : ", which had no result"
    var lines = ["its key is not that of run \(past.run)\(result):"]
    var left = 0
    for (position, change) in changes.enumerated() {
      let isCause = change.differences.contains {
        if case .changed = $0.origin { false } else { true }
      }
      if position >= mostSteps && !isCause {
        left += 1
        continue
      }
      if position > 0 { lines.append("\(change.step)") }
      for difference in change.differences { lines += self.lines(difference).map { "  \($0)" } }
      if change.differences.isEmpty { lines.append("  in something that was not recorded then") }
    }
    if left > 0 { lines.append("(\(left) steps between them are not shown)") }
    return lines
  }

  /// A difference, and for an input what lies behind it.
  static func lines(_ change: StepChange.Change) -> [String] {
    let files = lines(change.files)
    switch change.origin {
    case .here: return lines(change.difference) + files
    case .changed(let step):
      return ["\(line(change.difference))  of \(step), which changed too"] + files
    case .madeAgain(let step):
      return [
        "\(line(change.difference))  of \(step), which was made again",
        "  and came out different, though nothing that decides it had changed",
      ] + files
    }
  }

  /// So many files of a directory are shown.
  private static let mostFiles = 10

  private static func lines(_ files: [StepChange.FileChange]) -> [String] {
    let shown = files.prefix(mostFiles).map { file in
      let old = file.old.map { String($0.prefix(12)) } ?? "(none)"
      let new = file.new.map { String($0.prefix(12)) } ?? "(none)"
      return "  \(file.path)  \(old) → \(new)"
    }
    return shown + (files.count > mostFiles ? ["  and \(files.count - mostFiles) more files"] : [])
  }

  /// A difference with both values, texts line by line.
  static func lines(_ difference: Difference) -> [String] {
    switch difference {
    case .script(let lines):
      return ["script"] + lines.map { "  \($0.kind.rawValue) \($0.text)" }
    case .parameter(_, .string(let old), .string(let new)) where "\(old)\(new)".contains("\n"):
      return [difference.part]
        + LineChange.changes(from: old, to: new).map { "  \($0.kind.rawValue) \($0.text)" }
    case .input(_, let old, let new): return ["\(line(difference))  \(place(old, new))"]
    default: return [line(difference)]
    }
  }

  private static func line(_ difference: Difference) -> String {
    "\(difference.part)  \(difference.values)"
  }

  private static func place(_ old: ArtifactRecord?, _ new: ArtifactRecord?) -> String {
    guard let new else { return old.map { "\($0.path) is gone" } ?? "" }
    guard let old else { return "\(new.path) has come" }
    return old.path == new.path ? new.path : "\(old.path) → \(new.path)"
  }
}
