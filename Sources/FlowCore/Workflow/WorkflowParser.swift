import Files

/// Reads a workflow file and finds every mistake of form in it.
public enum WorkflowParser {
  /// The version of the workflow format that this engine reads.
  public static let format = 1
  /// The report of a run stands among its results under this name.
  static let reportName = "report.html"

  /// - Throws: `Diagnostics`; `FileError` where the file cannot be read.
  public static func parse(file: String) throws -> Workflow {
    let root: YAMLNode
    do {
      root = try YAMLParser.parse(file: file)
    } catch let problem as Diagnostic {
      throw Diagnostics([problem])
    }
    return try parse(root, file: file)
  }

  /// The workflow in `text`; paths in it are taken from the directory of `file`, which is not read.
  ///
  /// - Throws: `Diagnostics` with every mistake in its form.
  static func parse(text: String, file: String) throws(Diagnostics) -> Workflow {
    let root: YAMLNode
    do {
      root = try YAMLParser.parse(text, file: file)
    } catch {
      throw Diagnostics([error])
    }
    return try parse(root, file: file)
  }

  static func parse(_ root: YAMLNode, file: String) throws(Diagnostics) -> Workflow {
    var reader = NodeReader(root, file: file, subject: "the workflow")
    let declared = reader.integer("flow")
    if declared != format {
      reader.report(
        "the workflow's format is \(declared.map(String.init) ?? "not given"); this flow reads \(format)",
        fix: "write 'flow: \(format)' at its top")
    }
    let name = reader.requiredString("name")
    if !name.isEmpty && !ManifestParser.isName(name) {
      reader.report("the name '\(name)' must be letters, digits, '_' and '-'")
    }
    var workflow = Workflow(
      name: name, description: reader.string("description") ?? "", file: file, inputs: [],
      parameters: [], steps: [], outputs: [])
    for entry in reader.mapping("inputs") {
      checkName(entry, "input", &reader)
      guard case .scalar(let path, _) = entry.value.value, !path.isEmpty else {
        reader.report("input '\(entry.key)' must be a path", at: entry.value.mark)
        continue
      }
      workflow.inputs.append(
        Workflow.Input(name: entry.key, path: path, mark: entry.value.mark))
    }
    for entry in reader.mapping("params") {
      checkName(entry, "parameter", &reader)
      var inner = NodeReader(entry.value, file: file, subject: "parameter '\(entry.key)'")
      workflow.parameters.append(ParameterParser.parameter(named: entry.key, &inner))
      reader.take(inner.finish())
    }
    for entry in reader.mapping("steps") {
      workflow.steps.append(step(entry, file: file, &reader))
    }
    if workflow.steps.isEmpty { reader.report("the workflow has no steps") }
    for entry in reader.mapping("outputs") {
      if entry.key.contains("/") || entry.key.hasPrefix(".") || entry.key.isEmpty {
        reader.report(
          "the result's name '\(entry.key)' must be a bare, visible file name", at: entry.keyMark)
      }
      if entry.key == reportName {
        reader.report(
          "the result's name '\(reportName)' is that of the run's report", at: entry.keyMark,
          fix: "choose another name")
      }
      if let source = source(entry.value, &reader) {
        workflow.outputs.append(
          Workflow.Output(name: entry.key, source: source, mark: entry.value.mark))
      }
    }
    let problems = reader.finish()
    if !problems.isEmpty { throw Diagnostics(problems) }
    return workflow
  }

  private static func checkName(
    _ entry: YAMLNode.Entry, _ what: String, _ reader: inout NodeReader
  ) {
    if !ManifestParser.isName(entry.key) {
      reader.report(
        "the \(what)'s name '\(entry.key)' must be letters, digits, '_' and '-'", at: entry.keyMark)
    }
  }

  private static func step(
    _ entry: YAMLNode.Entry, file: String, _ outer: inout NodeReader
  ) -> Workflow.Step {
    var reader = NodeReader(entry.value, file: file, subject: "step '\(entry.key)'")
    checkName(entry, "step", &reader)
    let script = ScriptParser.script(&reader)
    let use = script == nil ? reader.requiredString("use") : "shell"
    var step = Workflow.Step(
      id: entry.key, mark: entry.keyMark, use: use,
      useMark: reader.field("use")?.value.mark ?? entry.keyMark, script: script, axes: [],
      inputs: [],
      parameters: [], resources: Resources(), retries: reader.integer("retries") ?? 0)
    if !(0...10).contains(step.retries) {
      reader.report("'retries' must be 0 to 10", at: reader.field("retries")?.value.mark)
    }
    for axis in reader.mapping("foreach") {
      checkName(axis, "axis", &reader)
      step.axes.append(
        Workflow.Axis(name: axis.key, values: value(axis.value, &reader), mark: axis.value.mark))
    }
    for input in reader.mapping("inputs") {
      let items: [YAMLNode]? =
        if case .list(let items) = input.value.value { items } else { nil }
      step.inputs.append(
        Workflow.StepInput(
          name: input.key, nameMark: input.keyMark,
          sources: (items ?? [input.value]).compactMap { source($0, &reader) },
          isList: items != nil))
    }
    for parameter in reader.mapping("with") {
      step.parameters.append(
        Workflow.StepParameter(
          name: parameter.key, nameMark: parameter.keyMark, value: value(parameter.value, &reader)))
    }
    if script != nil { ScriptParser.checkNames(of: step, &reader) }
    if let node = reader.field("resources")?.value {
      var inner = NodeReader(node, file: file, subject: "the resources of step '\(entry.key)'")
      step.resources = resources(&inner)
      reader.take(inner.finish())
    }
    outer.take(reader.finish())
    return step
  }

  private static func resources(_ reader: inout NodeReader) -> Resources {
    var resources = Resources()
    if let cpus = reader.integer("cpus") {
      if cpus < 1 { reader.report("'cpus' must be at least 1") }
      resources.cpus = max(1, cpus)
    }
    if let text = reader.string("memory") {
      resources.memory = Quantity.bytes(text)
      if resources.memory == nil {
        reader.report(
          "'memory' is '\(text)'", at: reader.field("memory")?.value.mark,
          fix: "write for instance '4 GB' or '512 MB'")
      }
    }
    if let text = reader.string("time") {
      resources.time = Quantity.seconds(text)
      if resources.time == nil {
        reader.report(
          "'time' is '\(text)'", at: reader.field("time")?.value.mark,
          fix: "write for instance '90s', '15m' or '2h'; at most 10000d")
      }
    }
    return resources
  }

  private static func source(_ node: YAMLNode, _ reader: inout NodeReader) -> Source? {
    guard case .scalar(let text, _) = node.value, !text.isEmpty else {
      reader.report("here a path or a reference is needed, not \(node.kind)", at: node.mark)
      return nil
    }
    do throws(ReferenceParser.Mistake) {
      switch try ReferenceParser.parse(text) {
      case .literal(let path):
        let template = Template(parts: [.text(path)])
        return Source(origin: .path(template), subpath: nil, mark: node.mark)
      case .template(let template):
        return Source(origin: .path(template), subpath: nil, mark: node.mark)
      case .input(let name, let subpath):
        return Source(origin: .input(name), subpath: subpath, mark: node.mark)
      case .step(let id, let output, let subpath):
        return Source(origin: .step(id: id, output: output), subpath: subpath, mark: node.mark)
      case .value(let reference):
        let template = Template(parts: [.reference(reference)])
        return Source(origin: .path(template), subpath: nil, mark: node.mark)
      }
    } catch {
      reader.report(error.message, at: node.mark, fix: error.fix)
      return nil
    }
  }

  private static func value(_ node: YAMLNode, _ reader: inout NodeReader) -> Value {
    switch node.value {
    case .list(let items):
      return Value(kind: .list(items.map { value($0, &reader) }), mark: node.mark)
    case .mapping:
      reader.report("a parameter's value is a single value or a list", at: node.mark)
    case .scalar(let text, _) where text.contains("$"):
      do throws(ReferenceParser.Mistake) {
        switch try ReferenceParser.parse(text) {
        case .literal(let text): return Value(kind: .literal(.string(text)), mark: node.mark)
        case .template(let template): return Value(kind: .template(template), mark: node.mark)
        case .value(let reference): return Value(kind: .reference(reference), mark: node.mark)
        case .input, .step:
          reader.report(
            "'\(text)' is a file; a parameter needs a value", at: node.mark,
            fix: "name files under 'inputs:'")
        }
      } catch {
        reader.report(error.message, at: node.mark, fix: error.fix)
      }
    case .scalar(let text, let isPlain):
      return Value(
        kind: .literal(node.json), mark: node.mark, source: isPlain ? text : nil)
    }
    return Value(kind: .literal(.null), mark: node.mark)
  }
}
