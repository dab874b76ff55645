import Files
import FlowCore

/// `trace.txt`: a row for each attempt of a step, in the default columns of Nextflow's trace, so that what reads the
/// one reads the other (https://docs.seqera.io/nextflow/reports#trace-file).
///
/// Times are UTC. What is not measured is `-`.
public struct TraceTable {
  /// Nextflow's default columns, in its order.
  static let columns = [
    "task_id", "hash", "native_id", "name", "status", "exit", "submit", "duration", "realtime",
    "%cpu", "peak_rss",
    "peak_vmem", "rchar", "wchar",
  ]

  private let history: RunHistory
  private let isRaw: Bool

  /// - Parameter isRaw: milliseconds and bytes as plain numbers rather than `1.2s` and `3.4 MB`.
  public init(_ history: RunHistory, isRaw: Bool = false) {
    self.history = history
    self.isRaw = isRaw
  }

  /// - Throws: `FileError`, `SQLiteError`.
  public func write(to path: String) throws {
    let file = try TextFile(path)
    try write { try file.write($0) }
    try file.finish()
  }

  /// Gives the table line by line.
  public func write(_ line: (String) throws -> Void) throws {
    try line(Self.columns.joined(separator: "\t") + "\n")
    var task = 0
    for step in history.steps {
      for row in try rows(of: step) {
        task += 1
        try line(([String(task)] + row).joined(separator: "\t") + "\n")
      }
    }
  }

  /// The rows of a step, without the first column.
  private func rows(of step: StepRecord) throws -> [[String]] {
    switch step.status {
    case .waiting, .skipped: return []
    case .reused:
      // As Nextflow tells a cached task: with the figures of the attempt that made the result.
      return [
        row(
          step, try history.ledger.attempts(ofStep: history.maker(of: step)).last, status: "CACHED")
      ]
    default: break
    }
    let attempts = try history.ledger.attempts(ofStep: step.id)
    // A step whose inputs could not be read failed before it was started.
    guard !attempts.isEmpty else {
      return step.status == .failed ? [row(step, nil, status: "FAILED")] : []
    }
    return attempts.enumerated().map { position, attempt in
      row(step, attempt, status: status(step, isLast: position == attempts.count - 1))
    }
  }

  private func status(_ step: StepRecord, isLast: Bool) -> String {
    guard isLast else { return "FAILED" }
    switch step.status {
    case .done: return "COMPLETED"
    case .running: return "RUNNING"
    case .cancelled, .interrupted: return "ABORTED"
    default: return "FAILED"
    }
  }

  private func row(
    _ step: StepRecord, _ attempt: AttemptRecord?, status: String
  ) -> [String] {
    let missing = NextflowUnits.missing
    let exit = attempt.flatMap { $0.exitCode ?? $0.signal.map { 128 + $0 } }
    let took = attempt.flatMap { attempt in
      attempt.ended.map { max(0, Int((($0 - attempt.started) * 1000).rounded())) }
    }
    let processor = attempt.flatMap { attempt in
      attempt.userSeconds.map { $0 + (attempt.systemSeconds ?? 0) }
    }
    let cpu = took.flatMap { took in processor.map { $0 * 100_000 / Double(max(1, took)) } }
    let duration = took.map { isRaw ? "\($0)" : NextflowUnits.duration(milliseconds: $0) }
    let submit = attempt.map {
      isRaw ? "\(Int(($0.started * 1000).rounded(.down)))" : Instant.trace($0.started)
    }
    let percent = cpu.map {
      isRaw ? "\(($0 * 10).rounded() / 10)" : NextflowUnits.percent($0)
    }
    func memory(_ bytes: Int?) -> String {
      bytes.map { isRaw ? "\($0)" : NextflowUnits.memory(bytes: $0) } ?? missing
    }
    return [
      hash(step), attempt?.pid.map { "\($0)" } ?? missing, cell(step.name), status,
      exit.map { "\($0)" } ?? missing, submit ?? missing, duration ?? missing, duration ?? missing,
      percent ?? missing, memory(attempt?.peakMemory.flatMap { $0 > 0 ? $0 : nil }), missing,
      memory(attempt?.bytesRead), memory(attempt?.bytesWritten),
    ]
  }

  /// `ab/cdef01`, the beginning of the step's key, which is also where its directory begins.
  private func hash(_ step: StepRecord) -> String {
    guard let key = step.key else { return NextflowUnits.missing }
    return "\(key.prefix(2))/\(key.dropFirst(2).prefix(6))"
  }

  /// A name in its column: tabs and line ends in it would be other columns and rows.
  private func cell(_ text: String) -> String {
    let visible = Visible.cell(text)
    return visible.isEmpty ? NextflowUnits.missing : visible
  }
}
