import Files
import FlowTesting
import Testing

/// The engine is killed (SIGKILL) as it enters each of the system calls by which files come to be, are brought to the
/// disk and get their names. `scripts/kill-engine.py --system-calls` does the same with more calls and more steps.
struct KillPointTests {
  private static let strace = "/usr/bin/strace"
  private static let calls = ["write", "pwrite64", "fsync", "fdatasync", "rename"]

  private let work: TemporaryDirectory

  init() throws {
    work = try TemporaryDirectory()
    try work.write("workflow.yaml", LettersWorkflow.text(name: "killed"))
  }

  @Test(.enabled(if: Path.exists(strace), "needs Debian's strace"))
  func aKillAtAnyWriteLosesNothingThatWasDone() throws {
    let counts = try countedCalls()
    #expect(counts.values.reduce(0, +) > 30, "\(counts)")
    var killed = 0
    for call in Self.calls {
      for number in 0..<(counts[call] ?? 0) {
        try Path.remove(work.at(".flow"))
        try Path.remove(work.at("results"))
        let run = try traced("inject=\(call):signal=SIGKILL:when=\(number + 1)")
        killed += run.status == 137 ? 1 : 0
        try checkWhatIsLeft("after a kill at \(call) \(number + 1)")
      }
    }
    #expect(killed > 30, "so many kills: \(killed)")
  }

  private func checkWhatIsLeft(_ moment: String) throws {
    let result = work.at("results/killed/word.txt")
    if Path.exists(result) { #expect(try Path.readText(result) == "a\nb\n", "\(moment)") }
    let done = try keys("done")
    let again = try Built.flow(["run", "workflow.yaml"], in: work.path)
    #expect(again.status == 0, "\(moment): \(again.errors)")
    #expect(try Path.readText(result) == "a\nb\n", "\(moment)")
    #expect(try done.isSubset(of: keys("reused")), "\(moment): a finished step was run again")
    #expect(!Path.exists(work.at(".flow/work")), "\(moment)")
    #expect(
      try Path.list(work.at("results/killed")) == [
        ".flow-published.json", "report.html", "word.txt",
      ], "\(moment)")
    for group in try Path.list(work.at(".flow/steps")) {
      for key in try Path.list(work.at(".flow/steps/\(group)")) {
        let left = try Path.list(work.at(".flow/steps/\(group)/\(key)"))
          .filter { $0.hasPrefix("partial") }
        #expect(left.isEmpty, "\(moment)")
      }
    }
  }

  /// The keys of the latest run's steps with this status; none where there was no run yet.
  private func keys(_ status: String) throws -> Set<String> {
    let log = try Built.flow(["log", "latest", "--json"], in: work.path)
    guard log.status == 0 else {
      #expect(log.errors.contains("there is no"), "\(log.errors)")
      return []
    }
    let steps = try JSON(parsing: log.output)["steps"]?.array ?? []
    return Set(steps.filter { $0["status"]?.string == status }.compactMap { $0["key"]?.string })
  }

  private func countedCalls() throws -> [String: Int] {
    let trace = work.at("trace")
    let run = try traced("trace=\(Self.calls.joined(separator: ","))", output: trace)
    #expect(run.status == 0, "\(run.errors)")
    var counts: [String: Int] = [:]
    for line in try Path.readText(trace).split(separator: "\n") {
      if let call = Self.calls.first(where: { line.hasPrefix($0 + "(") }) {
        counts[call, default: 0] += 1
      }
    }
    return counts
  }

  /// Only the engine is traced, not what it starts.
  private func traced(_ expression: String, output: String = "/dev/null") throws -> CommandResult {
    try RunningCommand(
      Self.strace,
      ["-qqq", "-o", output, "-e", expression, "\(Built.directory)/flow", "run", "workflow.yaml"],
      in: work.path
    ).wait()
  }
}
