import Files

/// The identity of a step's result: everything that decides it, and nothing else.
///
/// Paths, times, host, user, number of threads and the step's name play no part, so a renamed step, a moved
/// directory or another machine finds the same result. To a script, which hands it to programs that write it into what
/// they make, the last part of an input's path is content too.
public enum StepKey {
  /// An input: the contents of its files, and their paths.
  typealias Input = (name: String, sha256: [String], paths: [String])

  /// The text that is hashed: JSON with sorted keys.
  static func content(
    plugin: Manifest, librarySHA256: String, operation: String, parameters: [String: JSON],
    inputs: [Input]
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
    inputs: [Input]
  ) -> JSON {
    [
      "key": 1,
      "shell": .string(script.text),
      "interpreter": .string(ShellScript.interpreter),
      "parameters": .object(parameters),
      "inputs": json(inputs),
      "names": .object(
        Dictionary(
          inputs.map { ($0.name, .array($0.paths.map { .string(Path.name($0)) })) }
        ) { first, _ in first }),
      "outputs": .object(
        Dictionary(
          outputs.map { ($0.name, .array([.string($0.type.rawValue), .string($0.path)])) }
        ) { first, _ in first }),
    ]
  }

  /// The text that is hashed for a task.
  ///
  /// - Parameters:
  ///   - librarySHA256: of its plugin's library; nil for a script.
  static func content(
    of task: Plan.Task, librarySHA256: String?, inputs: [Input]
  ) -> JSON {
    switch task.program {
    case .plugin(let plugin):
      content(
        plugin: plugin.manifest, librarySHA256: librarySHA256 ?? "",
        operation: task.operation.name, parameters: task.parameters, inputs: inputs)
    case .script(let script):
      content(
        script: script, outputs: task.operation.outputs, parameters: task.parameters,
        inputs: inputs)
    }
  }

  /// What of a key's content the ledger does not have in columns of its own.
  static func rest(of content: JSON) -> JSON {
    let recorded: Set = [
      "plugin", "version", "library", "operation", "shell", "parameters", "inputs", "names",
    ]
    return .object((content.object ?? [:]).filter { !recorded.contains($0.key) })
  }

  private static func json(_ inputs: [Input]) -> JSON {
    .object(
      Dictionary(
        inputs.map { ($0.name, .array($0.sha256.map { .string($0) })) }
      ) { first, _ in first })
  }

  static func key(of content: JSON) -> String { StreamingHash.sha256(of: content.text) }
}
