import Files

/// How a job's work ended, as the job itself wrote it down.
struct JobEnd: Equatable {
  /// Of the order that was carried out.
  var token: String
  var outcome: StepOutcome
  /// What the job found in its output directory; where files travel slowly, the engine sees less at first.
  var outputs: TreeMeasure
  /// The machine.
  var node: String
  /// Seconds since 1970 by the node's clock.
  var began: Double
  var ended: Double

  var json: JSON {
    [
      "token": .string(token), "node": .string(node), "began": .number(began),
      "ended": .number(ended), "kind": .string(outcome.kind.rawValue),
      "message": .string(outcome.message),
      "exit_code": outcome.exitCode.map { .integer($0) } ?? .null,
      "signal": outcome.signal.map { .integer($0) } ?? .null,
      "limit": outcome.limit.map { .string($0.rawValue) } ?? .null,
      "user_seconds": .number(outcome.usage.userSeconds),
      "system_seconds": .number(outcome.usage.systemSeconds),
      "peak_memory": .integer(outcome.usage.peakMemory),
      "bytes_read": outcome.usage.bytesRead.map { .integer($0) } ?? .null,
      "bytes_written": outcome.usage.bytesWritten.map { .integer($0) } ?? .null,
      "outputs": ["entries": .integer(outputs.entries), "bytes": .integer(outputs.bytes)],
    ]
  }

  init(
    token: String, outcome: StepOutcome, outputs: TreeMeasure, node: String, began: Double,
    ended: Double
  ) {
    self.token = token
    self.outcome = outcome
    self.outputs = outputs
    self.node = node
    self.began = began
    self.ended = ended
  }

  /// nil where it is no such record.
  init?(_ json: JSON) {
    guard let token = json["token"]?.string,
      let kind = json["kind"]?.string.flatMap(StepOutcome.Kind.init(rawValue:))
    else { return nil }
    self.token = token
    outcome = StepOutcome(kind: kind, message: json["message"]?.string ?? "")
    outcome.exitCode = json["exit_code"]?.integer
    outcome.signal = json["signal"]?.integer
    outcome.limit = json["limit"]?.string.flatMap(StepOutcome.Limit.init)
    outcome.usage = StepOutcome.Usage(
      userSeconds: json["user_seconds"]?.number ?? 0,
      systemSeconds: json["system_seconds"]?.number ?? 0,
      peakMemory: json["peak_memory"]?.integer ?? 0,
      bytesRead: json["bytes_read"]?.integer, bytesWritten: json["bytes_written"]?.integer)
    outputs = TreeMeasure(
      entries: json["outputs"]?["entries"]?.integer ?? 0,
      bytes: json["outputs"]?["bytes"]?.integer ?? 0)
    node = json["node"]?.string ?? ""
    began = json["began"]?.number ?? 0
    ended = json["ended"]?.number ?? 0
  }

  /// The record of the attempt `token` in a step's directory; nil where there is none (yet).
  static func read(in directory: String, token: String) -> JobEnd? {
    guard let text = try? Path.readRegularText(JobOrder.endFile(in: directory), limit: 1 << 20),
      let json = try? JSON(parsing: text), let end = JobEnd(json), end.token == token
    else { return nil }
    return end
  }
}

/// How much lies in a directory.
struct TreeMeasure: Equatable {
  /// Files and directories, itself not counted.
  var entries = 0
  /// Of all files.
  var bytes = 0

  /// Measures what `directory` holds now.
  static func of(_ directory: String) throws(FileError) -> TreeMeasure {
    var measure = TreeMeasure()
    for name in try Path.list(directory) {
      let path = "\(directory)/\(name)"
      measure.entries += 1
      switch try Path.kind(path) {
      case .directory:
        let inner = try of(path)
        measure.entries += inner.entries
        measure.bytes += inner.bytes
      case .file: measure.bytes += try Path.size(path)
      default: break
      }
    }
    return measure
  }
}
