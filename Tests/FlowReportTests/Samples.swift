import Files

@testable import FlowCore
@testable import FlowReport

/// Runs and steps as the ledger would give them, with only what a test is about.
enum Sample {
  static func run(_ status: RunStatus = .done, workflow: String = "quickstart") -> RunRecord {
    RunRecord(
      id: "20260131-142501-3f9a", workflow: workflow, file: "/data/quickstart.yaml",
      parameters: [:], flowVersion: "0.1.0", host: "node1", pid: 17, cpus: 2,
      memory: 8_000_000_000, started: 1_769_869_501,
      ended: status == .running || status == .interrupted ? nil : 1_769_869_561, status: status)
  }

  static func step(
    _ name: String, id: Int = 1, step: String? = nil, operation: String = "pretrain/ebert",
    status: StepStatus = .done, needs: [String] = [], message: String? = nil
  ) -> StepContents {
    var contents = StepContents(
      StepRecord(
        id: id, run: "20260131-142501-3f9a", name: name, step: step ?? name, operation: operation,
        plugin: PluginRecord(
          name: "pretrain", version: "0.1.0", abi: 1, library: "/lib/libPretrain.so",
          sha256: String(repeating: "ab", count: 32)),
        key: String(repeating: "0f", count: 32), status: status, needs: needs, cpus: 1,
        started: nil, ended: nil, message: message, madeBy: id))
    if status == .done || status == .failed {
      contents.attempts = [attempt(1, from: 0, to: 10)]
      contents.makingAttempts = contents.attempts
    }
    return contents
  }

  /// - Parameters: seconds after the run's beginning.
  static func attempt(_ number: Int, from begin: Double, to end: Double?) -> AttemptRecord {
    AttemptRecord(
      number: number, started: run().started + begin, ended: end.map { run().started + $0 },
      exitCode: 0, signal: nil, userSeconds: 1.5, systemSeconds: 0.5, peakMemory: 50_000_000,
      message: nil)
  }

  static func page(_ steps: [StepContents], _ status: RunStatus = .done) -> String {
    Report.page(RunContents(run: run(status), source: "flow: 1\n", steps: steps)).text
  }

  static func series(_ points: [(Int, Double)]) -> [MetricPoint] {
    points.map { MetricPoint(at: $0.0, value: $0.1) }
  }
}
