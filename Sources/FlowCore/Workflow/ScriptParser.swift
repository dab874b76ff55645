import Files

/// Reads `shell:` of a step and what belongs to it.
enum ScriptParser {
  /// A script longer than this belongs into a file of its own, given as an input.
  static let longest = 64 << 10

  /// The step's script; nil where it has none.
  static func script(_ reader: inout NodeReader) -> Workflow.Script? {
    guard let entry = reader.field("shell") else {
      if let outputs = reader.field("outputs") {
        reader.report(
          "only a step with 'shell:' declares outputs; those of a plugin are in its manifest",
          at: outputs.keyMark)
      }
      return nil
    }
    let shell = shell("shell", at: entry.value.mark, &reader)
    if let use = reader.field("use") {
      reader.report("a step has 'use:' or 'shell:', not both", at: use.keyMark)
    }
    let outputs = reader.mapping("outputs").map { output($0, &reader) }
    return Workflow.Script(shell: shell, outputs: outputs)
  }

  /// The script that stands in for a step; nil where there is none.
  static func stub(_ reader: inout NodeReader) -> ShellScript? {
    reader.field("stub").map { shell("stub", at: $0.value.mark, &reader) }
  }

  private static func shell(
    _ field: String, at mark: Mark, _ reader: inout NodeReader
  ) -> ShellScript {
    let text = reader.string(field) ?? ""
    if text.allSatisfy(\.isWhitespace) {
      reader.report("the script is empty", at: mark)
    }
    if text.utf8.count > longest {
      reader.report(
        "the script has more than \(longest >> 10) KiB", at: mark,
        fix: "put it into a file and name that under 'inputs:'")
    }
    if text.utf8.contains(0) {
      reader.report("the script holds NUL characters", at: mark)
    }
    return ShellScript(text: text)
  }

  /// `name: path`, or `name: {path: …, type: directory, optional: true, format: …}`.
  private static func output(
    _ entry: YAMLNode.Entry, _ outer: inout NodeReader
  ) -> Manifest.Output {
    var output = Manifest.Output(
      name: entry.key, type: .file, format: nil, path: entry.key, isOptional: false, help: "")
    if case .scalar(let path, _) = entry.value.value {
      output.path = path
    } else {
      var reader = NodeReader(
        entry.value, file: outer.file, subject: "output '\(entry.key)'",
        form: WorkflowForms.output)
      output.path = reader.string("path") ?? entry.key
      output.format = reader.string("format")
      output.isOptional = reader.boolean("optional") ?? false
      if let text = reader.string("type") {
        if let type = Manifest.FileType(rawValue: text) {
          output.type = type
        } else {
          reader.report("the type '\(text)' must be 'file' or 'directory'")
        }
      }
      outer.take(reader.finish())
    }
    if output.path.isEmpty || output.path.contains("/") || output.path.hasPrefix(".") {
      outer.report(
        "the output's path '\(output.path)' must be a bare, visible file name",
        at: entry.value.mark)
    } else if output.path.utf8.count > Planner.nameLimit {
      outer.report(
        "the output's path '\(output.path.prefix(60))…' has more than \(Planner.nameLimit) bytes",
        at: entry.value.mark, fix: "no file may be called so; use a shorter name")
    }
    return output
  }

  /// Inputs, parameters and outputs become variables of one script.
  static func checkNames(of step: Workflow.Step, _ reader: inout NodeReader) {
    let outputs = step.script?.outputs ?? []
    let marks = reader.mapping("outputs").map(\.keyMark)
    let names =
      step.inputs.map { ($0.name, $0.nameMark) } + step.parameters.map { ($0.name, $0.nameMark) }
      + zip(outputs.map(\.name), marks)
    var seen: Set<String> = []
    for (name, mark) in names {
      if let objection = ShellScript.objection(to: name) {
        reader.report("\(objection)", at: mark, fix: "rename it")
      }
      if !seen.insert(name).inserted {
        reader.report("'\(name)' would be two variables of the script", at: mark, fix: "rename one")
      }
    }
    var paths: Set<String> = []
    for (output, mark) in zip(outputs, marks) where !paths.insert(output.path).inserted {
      reader.report("two outputs have the path '\(output.path)'", at: mark)
    }
  }
}
