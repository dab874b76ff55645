import Files
import FlowCore

/// The last words about a run: what was done, what failed and where to look, and what to do next.
struct RunConclusion {
  private let summary: RunSummary
  private let failures: [RunTally.Failure]
  private let results: String
  private let stateDirectory: String?
  private let total: Int

  /// - Parameters:
  ///   - failures: the first steps that failed.
  ///   - results: the directory that results are copied to.
  ///   - stateDirectory: where the history is, if not where it is looked for.
  init(
    _ summary: RunSummary, failures: [RunTally.Failure], results: String, stateDirectory: String?
  ) {
    self.summary = summary
    self.failures = failures
    self.results = results
    self.stateDirectory = stateDirectory
    total = summary.counts.values.reduce(0, +)
  }

  /// - Parameter writeReport: writes the report and tells where it is.
  func print(writeReport: () -> Void) {
    let time = Quantity.text(seconds: summary.duration)
    let reused = summary.counts[.reused] ?? 0
    let unwanted = summary.counts[.skipped] ?? 0
    if reused + unwanted == total && summary.problems.isEmpty {
      let copied = summary.published.count
      let again = "; \(copied == 1 ? "1 result" : "\(copied) results") copied again"
      let steps = reused == 1 ? "the only step is" : "all \(reused) steps are"
      let others = unwanted == 0 ? "" : ", \(unwanted) not wanted"
      Terminal.line(
        "nothing to do: \(steps) up to date\(others)\(copied == 0 ? "" : again) (\(time))")
      if !Path.exists("\(results)/report.html") { writeReport() }
      tellLeftBehind()
      return
    }
    for (position, failure) in failures.prefix(Self.shownFailures).enumerated() {
      tell(failure, logLines: position < 3 ? 5 : 0)
    }
    Terminal.line("\(counts) in \(time)")
    if !summary.problems.isEmpty {
      let count = summary.problems.count
      Terminal.line("\(count == 1 ? "1 problem" : "\(count) problems") with the results: see above")
    }
    writeReport()
    if !summary.published.isEmpty { Terminal.line("results: \(results)") }
    tellLeftBehind()
    let place = stateDirectory.map { " --state-dir \(ShellQuoting.quote($0))" } ?? ""
    Terminal.line("history: flow log \(summary.id)\(place)")
    if let next { Terminal.line("next: \(next)") }
  }

  /// Who reads all that lies in the directory would take it for this run's.
  private func tellLeftBehind() {
    guard let first = summary.leftBehind.first else { return }
    let others = summary.leftBehind.count - 1
    let more = others == 0 ? "" : others == 1 ? " and 1 file more" : " and \(others) files more"
    Terminal.line("of earlier runs, still there: \(results)/\(Visible.cell(first))\(more)")
  }

  private static let shownFailures = 10

  private var counts: String {
    var parts = ["\(summary.counts[.done] ?? 0) of \(total) steps run"]
    let others: [(StepStatus, String)] = [
      (.reused, "up to date"), (.failed, "failed"), (.skipped, "skipped"), (.cancelled, "stopped"),
    ]
    for (status, word) in others {
      if let count = summary.counts[status] { parts.append("\(count) \(word)") }
    }
    return parts.joined(separator: ", ")
  }

  /// A step that failed: why, the last lines of its log, and how to see it fail again.
  private func tell(_ failure: RunTally.Failure, logLines: Int) {
    let heading = Terminal.styled(
      "failed: \(Visible.cell(failure.id))", .red, on: .standardOutput)
    Terminal.line("\(heading) after \(Quantity.span(failure.seconds))")
    for line in failure.message.split(separator: "\n") {
      Terminal.line("  \(Visible.cell(String(line)))")
    }
    if let log = failure.log {
      for line in Self.lastLines(of: log, count: logLines) {
        Terminal.line(Terminal.styled("  │ \(Visible.cell(line))", .dim, on: .standardOutput))
      }
      Terminal.line("  log: \(log)")
      let command = "\(Path.parent(log))/command"
      if Path.exists(command) {
        Terminal.line("  alone: bash \(ShellQuoting.quote(command))")
      }
    }
    Terminal.line("")
  }

  private var next: String? {
    let kept = (summary.counts[.done] ?? 0) + (summary.counts[.reused] ?? 0)
    let keeping = kept == 0 ? "" : kept == 1 ? "; 1 step is kept" : "; \(kept) steps are kept"
    // A failure that is to be ignored is nothing to mend.
    if let failed = summary.counts[.failed], summary.status == .failed {
      let more =
        failed > Self.shownFailures
        ? " (`flow log \(summary.id)` names all \(Quantity.grouped(failed)))" : ""
      return "mend what failed\(more) and run the same command again\(keeping)"
    }
    return summary.status == .cancelled
      ? "the same command goes on from here\(keeping)" : nil
  }

  /// The last lines of a log that have text, from its last 4 KiB.
  private static func lastLines(of path: String, count: Int) -> [String] {
    guard count > 0, let size = try? Path.size(path),
      let bytes = try? FileHandle.openForReading(path).read(
        upTo: 4096, from: max(0, size - 4096))
    else { return [] }
    var lines = String(decoding: bytes, as: UTF8.self).split { $0.isNewline }
    if size > 4096 { lines = Array(lines.dropFirst()) }
    return lines.filter { $0.contains { !$0.isWhitespace } }.suffix(count).map(String.init)
  }
}
