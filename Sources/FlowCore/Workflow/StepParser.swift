import Files

/// Reads a step of a workflow.
enum StepParser {
  static func step(_ entry: YAMLNode.Entry, _ outer: inout NodeReader) -> Workflow.Step {
    var reader = NodeReader(
      entry.value, file: outer.file, subject: "step '\(entry.key)'", form: WorkflowForms.step)
    WorkflowParser.checkName(entry, "step", &reader)
    let script = ScriptParser.script(&reader)
    let use = script == nil ? reader.requiredString("use") : "shell"
    var step = Workflow.Step(
      id: entry.key, mark: entry.keyMark, use: use,
      useMark: reader.field("use")?.value.mark ?? entry.keyMark, script: script)
    step.axes = ForeachParser.axes(&reader)
    step.conditions = ConditionParser.conditions(&reader)
    for input in reader.mapping("inputs") {
      step.inputs.append(self.input(input, isScript: script != nil, &reader))
    }
    for parameter in reader.mapping("with") {
      step.parameters.append(
        Workflow.StepParameter(
          name: parameter.key, nameMark: parameter.keyMark,
          value: ValueParser.value(parameter.value, &reader)))
    }
    step.policy = PolicyParser.policy(&reader)
    step.stub = ScriptParser.stub(&reader)
    if script != nil { ScriptParser.checkNames(of: step, &reader) }
    if step.usesWorkflow { checkNested(&reader) }
    outer.take(reader.finish())
    return step
  }

  /// A path or reference, a list of them, or for a script `{from: …, optional: true}`.
  private static func input(
    _ entry: YAMLNode.Entry, isScript: Bool, _ outer: inout NodeReader
  ) -> Workflow.StepInput {
    var node = entry.value
    var isOptional = false
    if case .mapping = node.value {
      var reader = NodeReader(
        node, file: outer.file, subject: "input '\(entry.key)'", form: WorkflowForms.stepInput)
      if let optional = reader.field("optional") {
        isOptional = reader.boolean("optional") ?? false
        if !isScript {
          reader.report(
            "whether a plugin can do without an input stands in its manifest", at: optional.keyMark,
            fix: "remove 'optional'")
        }
      }
      if let from = reader.field("from") {
        node = from.value
      } else {
        reader.report("\(reader.subject) has no 'from'")
        node = YAMLNode(value: .list([]), mark: node.mark)
      }
      outer.take(reader.finish())
    }
    let items: [YAMLNode]? = if case .list(let items) = node.value { items } else { nil }
    return Workflow.StepInput(
      name: entry.key, nameMark: entry.keyMark,
      sources: (items ?? [node]).compactMap { ValueParser.source($0, &outer) },
      isList: items != nil, isOptional: isOptional)
  }

  /// A step that stands for a workflow has no process of its own.
  private static func checkNested(_ reader: inout NodeReader) {
    for name in WorkflowForms.policyFields.map(\.name) + ["stub"] {
      if let field = reader.field(name) {
        reader.report(
          "a step that uses a workflow has no '\(name)'", at: field.keyMark,
          fix: "say it in that workflow, or in a profile for single steps of it")
      }
    }
  }
}
