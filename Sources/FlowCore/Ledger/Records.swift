import Files

public enum RunStatus: String, CaseIterable, Sendable {
  case running, done, failed, cancelled, interrupted
}

public enum StepStatus: String, CaseIterable, Sendable {
  case waiting, running, done, reused, failed, cancelled, skipped, interrupted
}

/// A run as the ledger has it.
public struct RunRecord: Sendable {
  public var id: String
  public var workflow: String
  public var file: String
  public var parameters: JSON
  public var flowVersion: String
  public var host: String
  public var pid: Int
  public var cpus: Int
  /// In bytes.
  public var memory: Int
  /// Seconds since 1970.
  public var started: Double
  public var ended: Double?
  public var status: RunStatus
}

/// A step of a run as the ledger has it.
public struct StepRecord: Sendable {
  public var id: Int
  public var run: String
  public var name: String
  public var step: String
  public var operation: String
  public var plugin: PluginRecord?
  public var key: String?
  public var status: StepStatus
  /// Names of the steps it needs.
  public var needs: [String]
  public var cpus: Int
  public var started: Double?
  public var ended: Double?
  public var message: String?
  /// The row of the step that made the result: its own, or for a reused step that of an earlier run.
  public var madeBy: Int
  /// The memory it asked for, in bytes.
  public var memory: Int?
  /// In seconds.
  public var timeLimit: Int?
}

public struct PluginRecord: Sendable {
  public var name: String
  public var version: String
  public var abi: Int
  public var library: String
  public var sha256: String
}

public struct AttemptRecord: Sendable {
  public var number: Int
  public var started: Double
  public var ended: Double?
  public var exitCode: Int?
  public var signal: Int?
  public var userSeconds: Double?
  public var systemSeconds: Double?
  /// In bytes.
  public var peakMemory: Int?
  public var message: String?
  public var pid: Int?
  /// Through read and write calls of its processes, pipes included; nil where that was not counted.
  public var bytesRead: Int?
  public var bytesWritten: Int?
}

/// One input or output of a step.
public struct ArtifactRecord: Equatable, Sendable {
  public var name: String
  public var path: String
  public var sha256: String
  public var kind: String
  public var bytes: Int
  /// The key of the step that made it; nil for a source.
  public var key: String?
}

/// One point of a time series.
public struct MetricPoint: Sendable {
  public var at: Int
  public var value: Double
}
