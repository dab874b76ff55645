import Files

extension RunComparison {
  /// All of it, for programs; also the steps that are the same.
  public var json: JSON {
    [
      "before": .string(before.id), "after": .string(after.id),
      "identical": .boolean(isIdentical),
      "differences": .array(differences.map { .object($0.json) }),
      "steps": .array(steps.map(\.json)),
    ]
  }
}

extension RunComparison.Step {
  var json: JSON {
    [
      "name": .string(name), "outcome": .string(outcome.rawValue),
      "before": before.map { .string($0.status.rawValue) } ?? .null,
      "after": after.map { .string($0.status.rawValue) } ?? .null,
      "differences": .array(changes.map { .object($0.difference.json) }),
      "outputs": .array(
        outputs.map { output in
          [
            "name": .string(output.name), "old": output.before.map { .string($0) } ?? .null,
            "new": output.after.map { .string($0) } ?? .null,
          ]
        }),
    ]
  }
}
