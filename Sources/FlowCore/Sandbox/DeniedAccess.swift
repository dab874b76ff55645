import Files
import Glibc

/// What the sandbox kept a step from, as far as the step's own words tell: a program says "Permission denied" and
/// not by whom.
enum DeniedAccess {
  /// What to do about it; nil where nothing in `text`, the end of a log, speaks of the sandbox.
  ///
  /// A path counts only where this process may reach it: otherwise the denial is the system's.
  static func fix(for text: String, hasNetwork: Bool) -> String? {
    for line in text.split(separator: "\n").reversed() {
      guard let denied = line.firstRange(of: "Permission denied") else { continue }
      let before = line[..<denied.lowerBound]
      if !hasNetwork, isOfNetwork(before) {
        return "the sandbox denies connections: say 'network: true' at the step if it needs them"
      }
      if let path = paths(in: before).last(where: isReachable) {
        let path = Visible.cell(path)
        return "the sandbox keeps the step from \(path): name it under 'inputs:', "
          + "or under 'sandbox: {read: [\(path)]}', 'write' to write there"
      }
    }
    return nil
  }

  private static func isOfNetwork(_ text: Substring) -> Bool {
    ["connect", "/dev/tcp/", "socket", "bind"].contains { text.contains($0) }
  }

  /// Words that begin with `/`, without what messages put around them.
  private static func paths(in line: Substring) -> [String] {
    line.split { " '\"`\t=(),".contains($0) }.compactMap { word in
      guard let slash = word.firstIndex(of: "/"), slash == word.startIndex else { return nil }
      return String(word.last == ":" ? word.dropLast() : word)
    }
  }

  private static func isReachable(_ path: String) -> Bool {
    // What is to be created is as far as its directory is.
    access(path, R_OK) == 0 || (!Path.exists(path) && access(Path.parent(path), W_OK) == 0)
  }
}

extension WorkflowRun {
  /// What to do about a step that failed for want of a right; nil where the sandbox had no part in it.
  func fixForDenied(_ task: Plan.Task, key: String, _ outcome: StepOutcome) -> String? {
    guard options.sandbox.isOn, !task.confinement.isOff,
      [.failed, .invalid, .unavailable].contains(outcome.kind)
    else { return nil }
    let asked = task.operation.confinement.joined(with: task.confinement)
    let log = store.tail(ofLog: key).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return DeniedAccess.fix(for: "\(log)\n\(outcome.message)", hasNetwork: asked.network)
  }
}
