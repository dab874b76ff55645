import Files

/// The identity of a step's result: everything that decides it, and nothing else.
///
/// Paths, times, host, user, number of threads and the step's name play no part, so a renamed step, a moved
/// directory or another machine finds the same result.
public enum StepKey {
  /// The text that is hashed: JSON with sorted keys.
  static func content(
    plugin: Manifest, librarySHA256: String, operation: String, parameters: [String: JSON],
    inputs: [(name: String, sha256: [String])]
  ) -> JSON {
    [
      "key": 1,
      "plugin": .string(plugin.id),
      "version": .string(plugin.version),
      "library": .string(librarySHA256),
      "operation": .string(operation),
      "parameters": .object(parameters),
      "inputs": json(inputs),
    ]
  }

  /// The same for a script: its text, and where the outputs are, which it may write itself.
  static func content(
    script: ShellScript, outputs: [Manifest.Output], parameters: [String: JSON],
    inputs: [(name: String, sha256: [String])]
  ) -> JSON {
    [
      "key": 1,
      "shell": .string(script.text),
      "interpreter": .string(ShellScript.interpreter),
      "parameters": .object(parameters),
      "inputs": json(inputs),
      "outputs": .object(
        Dictionary(
          outputs.map { ($0.name, .array([.string($0.type.rawValue), .string($0.path)])) }
        ) { first, _ in first }),
    ]
  }

  private static func json(_ inputs: [(name: String, sha256: [String])]) -> JSON {
    .object(
      Dictionary(
        inputs.map { ($0.name, .array($0.sha256.map { .string($0) })) }
      ) { first, _ in first })
  }

  static func key(of content: JSON) -> String { StreamingHash.sha256(of: content.text) }
}
