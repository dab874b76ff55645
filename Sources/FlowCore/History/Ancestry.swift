import Files

/// All steps that a result goes back to, each once, the maker first.
public struct Ancestry: Sendable {
  /// A step with what went into it.
  public struct Step: Sendable {
    /// As the ledger has it.
    public var record: StepRecord
    /// By name, defaults included.
    public var parameters: [(name: String, value: JSON)]
    /// With the key of the step that made it; nil for a source.
    public var inputs: [ArtifactRecord]
  }

  /// Nearest to the result first.
  public var steps: [Step] = []

  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public init(of maker: StepRecord, in ledger: Ledger) throws {
    var queue = [maker]
    var seen: Set<Int> = [maker.id]
    var next = 0
    while next < queue.count {
      let record = queue[next]
      next += 1
      let inputs = try ledger.inputs(ofStep: record.id)
      steps.append(
        Step(
          record: record, parameters: try ledger.parameters(ofStep: record.id), inputs: inputs))
      for key in inputs.compactMap(\.key) {
        guard let before = try ledger.maker(ofKey: key), seen.insert(before.id).inserted else {
          continue
        }
        queue.append(before)
      }
    }
  }

  /// All of it, for programs.
  public var json: JSON {
    .array(
      steps.map { step in
        [
          "name": .string(step.record.name), "operation": .string(step.record.operation),
          "run": .string(step.record.run), "key": step.record.key.map { .string($0) } ?? .null,
          "plugin": step.record.plugin.map {
            [
              "name": .string($0.name), "version": .string($0.version),
              "sha256": .string($0.sha256),
            ]
          } ?? .null,
          "parameters": .object(
            Dictionary(step.parameters.map { ($0.name, $0.value) }) { first, _ in first }),
          "inputs": .array(
            step.inputs.map { input in
              [
                "name": .string(input.name), "path": .string(input.path),
                "sha256": .string(input.sha256),
                "made_by": input.key.map { .string($0) } ?? .null,
              ]
            }),
        ]
      })
  }
}
