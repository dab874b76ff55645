import Files

/// Reads a workflow file and finds every mistake of form in it.
public enum WorkflowParser {
  /// The version of the workflow format that this engine reads.
  public static let format = 1
  /// The report of a run stands among its results under this name.
  static let reportName = "report.html"

  /// - Throws: `Diagnostics`; `FileError` where the file cannot be read.
  public static func parse(file: String) throws -> Workflow {
    let (workflow, problems) = try read(file: file)
    if !problems.isEmpty { throw Diagnostics(problems) }
    return workflow
  }

  /// The workflow in `text`; `file` is its name for messages, and where its paths begin.
  public static func parse(text: String, file: String) throws -> Workflow {
    let (workflow, problems) = try read(text: text, file: file)
    if !problems.isEmpty { throw Diagnostics(problems) }
    return workflow
  }

  /// The workflow as far as it can be read, and what is wrong with the rest.
  ///
  /// - Throws: `Diagnostics` where it is no YAML; `FileError` where the file cannot be read.
  static func read(file: String) throws -> (Workflow, [Diagnostic]) {
    try read(
      text: try Path.readRegularText(file, limit: YAMLParser.Limits().bytes), file: file)
  }

  /// The same for a text, of which `file` is the name for messages, and where its paths begin.
  static func read(text: String, file: String) throws -> (Workflow, [Diagnostic]) {
    let (root, repeated) = try oneProblem { try YAMLParser.read(text, file: file) }
    let (workflow, problems) = read(root, file: file)
    return (workflow, repeated + problems)
  }

  static func read(_ root: YAMLNode, file: String) -> (Workflow, [Diagnostic]) {
    var reader = NodeReader(
      root, file: file, subject: "the workflow", form: WorkflowForms.workflow)
    guard case .mapping = root.value else {
      return (
        Workflow(
          name: "", description: "", file: file, inputs: [], parameters: [], steps: [], outputs: []
        ), reader.finish()
      )
    }
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
    workflow.inputs = reader.mapping("inputs").compactMap { input($0, &reader) }
    for entry in reader.mapping("params") {
      checkName(entry, "parameter", &reader)
      guard case .mapping = entry.value.value else {
        // `n: 3` is meant as `n: {type: integer, default: 3}`.
        let meant = ParameterType(of: entry.value.json)
        reader.report(
          "parameter '\(entry.key)' must be a mapping, not \(entry.value.kind)",
          at: entry.value.mark, fix: "write {\(meant.form), default: …}")
        // Enough to look for other mistakes.
        workflow.parameters.append(
          Manifest.Parameter(
            name: entry.key, type: meant, defaultValue: meant.canonical(entry.value.json),
            isRequired: false, choices: [], help: ""))
        continue
      }
      var inner = NodeReader(
        entry.value, file: file, subject: "parameter '\(entry.key)'",
        form: WorkflowForms.parameter)
      workflow.parameters.append(
        ParameterParser.parameter(named: entry.key, needsHelp: false, &inner))
      reader.take(inner.finish())
    }
    workflow.environment = environment(&reader)
    if let node = reader.field("defaults")?.value {
      var inner = NodeReader(
        node, file: file, subject: "'defaults'", form: WorkflowForms.policy)
      workflow.defaults = PolicyParser.policy(&inner)
      reader.take(inner.finish())
    }
    workflow.profiles = reader.mapping("profiles").map { ProfileParser.profile($0, &reader) }
    workflow.steps = reader.mapping("steps").map { StepParser.step($0, &reader) }
    if workflow.steps.isEmpty { reader.report("the workflow has no steps") }
    workflow.outputs = reader.mapping("outputs").compactMap { output($0, &reader) }
    return (workflow, reader.finish())
  }

  static func checkName(
    _ entry: YAMLNode.Entry, _ what: String, _ reader: inout NodeReader
  ) {
    if !ManifestParser.isName(entry.key) {
      reader.report(
        "the \(what)'s name '\(entry.key)' must be letters, digits, '_' and '-'", at: entry.keyMark)
    }
  }

  /// `name: path`, or `name: {path: …, optional: true, help: …}`; without a path it must be given.
  private static func input(
    _ entry: YAMLNode.Entry, _ outer: inout NodeReader
  ) -> Workflow.Input? {
    checkName(entry, "input", &outer)
    var input = Workflow.Input(name: entry.key, path: nil, mark: entry.value.mark)
    if case .mapping = entry.value.value {
      var reader = NodeReader(
        entry.value, file: outer.file, subject: "input '\(entry.key)'", form: WorkflowForms.input)
      input.path = reader.string("path")
      input.isOptional = reader.boolean("optional") ?? false
      input.help = reader.string("help")
      outer.take(reader.finish())
    } else if case .scalar(let path, _) = entry.value.value {
      input.path = path
    }
    if input.path?.isEmpty ?? false || entry.value.isList {
      outer.report("input '\(entry.key)' must be a path", at: entry.value.mark)
      return nil
    }
    return input
  }

  private static func environment(
    _ reader: inout NodeReader
  ) -> [Workflow.EnvironmentVariable] {
    var variables: [Workflow.EnvironmentVariable] = []
    for node in reader.list("env") {
      guard let name = node.scalar, isVariable(name) else {
        reader.report(
          "the name of a variable of the environment is letters, digits and '_', not \(node.kind)",
          at: node.mark)
        continue
      }
      if variables.contains(where: { $0.name == name }) {
        reader.report("'\(name)' stands here twice", at: node.mark, fix: "remove one of the two")
      }
      variables.append(Workflow.EnvironmentVariable(name: name, mark: node.mark))
    }
    return variables
  }

  private static func isVariable(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return ManifestParser.isName(name) && !name.contains("-")
  }

  private static func output(
    _ entry: YAMLNode.Entry, _ reader: inout NodeReader
  ) -> Workflow.Output? {
    if entry.key.contains("/") || entry.key.hasPrefix(".") || entry.key.isEmpty {
      reader.report(
        "the result's name '\(entry.key)' must be a bare, visible file name", at: entry.keyMark)
    }
    if entry.key == reportName {
      reader.report(
        "the result's name '\(reportName)' is that of the run's report", at: entry.keyMark,
        fix: "choose another name")
    }
    return ValueParser.source(entry.value, &reader).map {
      Workflow.Output(name: entry.key, source: $0, mark: entry.value.mark)
    }
  }
}
