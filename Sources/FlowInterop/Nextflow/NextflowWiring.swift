import Files
import FlowCore

/// What stands where in the pipeline: the names of calls and parameters, and the expressions that join them.
struct NextflowWiring {
  let plan: Plan
  /// The name of each task's call, by its position in the plan.
  let calls: [String]
  /// The module of each task.
  let modules: [NextflowModule]
  /// The pipeline's parameters for the workflow's inputs and for those of its parameters that can be set.
  private(set) var inputNames: [String: String] = [:]
  private(set) var parameterNames: [String: String] = [:]
  /// The way from the pipeline's directory to the workflow's.
  private let workflowDirectory: String

  /// - Parameter directory: the pipeline's, which exists.
  init(_ plan: Plan, in directory: String) throws(FileError) {
    self.plan = plan
    workflowDirectory = try RelativePath.from(directory, to: Path.parent(plan.workflow.file))
    modules = plan.tasks.compactMap { task in
      task.program.plugin.map {
        NextflowModule(plugin: $0.manifest, operation: task.operation)
      }
    }
    var names = Identifiers()
    calls = plan.tasks.map { names.make($0.id, uppercased: true) }
    var parameters = Identifiers()
    for input in plan.workflow.inputs { inputNames[input.name] = parameters.make(input.name) }
    let settable = Self.settableParameters(of: plan)
    for parameter in plan.workflow.parameters where settable.contains(parameter.name) {
      parameterNames[parameter.name] = parameters.make(parameter.name)
    }
  }

  /// The workflow's parameters that have a value and decide more than which tasks there are: `foreach` is unrolled
  /// when the pipeline is written, so that its lists cannot change after.
  private static func settableParameters(of plan: Plan) -> Set<String> {
    var used: Set<String> = []
    func use(_ reference: Reference) {
      if case .parameter(let name) = reference, plan.parameters[name] != nil { used.insert(name) }
    }
    func use(_ value: Value) {
      switch value.kind {
      case .literal: break
      case .reference(let reference): use(reference)
      case .template(let template): template.references.forEach(use)
      case .list(let values): values.forEach(use)
      }
    }
    func use(_ source: Source) {
      source.subpath?.references.forEach(use)
      if case .path(let template) = source.origin { template.references.forEach(use) }
    }
    for step in plan.workflow.steps {
      for parameter in step.parameters { use(parameter.value) }
      for source in step.inputs.flatMap(\.sources) { use(source) }
    }
    for output in plan.workflow.outputs { use(output.source) }
    return used
  }

  // MARK: Parameters

  /// The map of the parameters that the workflow sets for a task: `['k': 6, 'seed': params.seed]`.
  func parameterMap(of position: Int) -> String {
    let task = plan.tasks[position]
    guard let step = plan.workflow.steps.first(where: { $0.id == task.step }) else { return "[:]" }
    let entries = step.parameters.compactMap { parameter -> String? in
      guard let value = expression(parameter.value, of: task) else { return nil }
      return "\(Groovy.quote(parameter.name)): \(value)"
    }
    return entries.isEmpty ? "[:]" : "[\(entries.joined(separator: ", "))]"
  }

  /// A value as a Groovy expression; nil where it stays unset.
  private func expression(_ value: Value, of task: Plan.Task) -> String? {
    switch value.kind {
    case .literal(.null): nil
    case .literal(let json): Groovy.literal(json)
    case .reference(let reference): expression(reference, of: task)
    case .template(let template): expression(template, of: task)
    case .list(let values):
      "[\(values.compactMap { expression($0, of: task) }.joined(separator: ", "))]"
    }
  }

  private func expression(_ reference: Reference, of task: Plan.Task?) -> String? {
    switch reference {
    case .parameter(let name):
      parameterNames[name].map { "params.\($0)" }
    case .axis(let name):
      task?.axes.first { $0.name == name }.map { Groovy.literal($0.value) }
    case .field(let axis, let name):
      task?.axes.first { $0.name == axis }?.field(name).map { Groovy.literal($0) }
    case .environment(let name):
      plan.parameters["env.\(name)"].map { Groovy.literal($0) }
    }
  }

  private func expression(_ template: Template, of task: Plan.Task?) -> String {
    var parts = template.parts.compactMap { part -> String? in
      switch part {
      case .text(let text): return Groovy.quote(text)
      case .reference(.axis(let name)):
        return task?.axes.first { $0.name == name }.map { Groovy.quote(plain($0.value)) }
      case .reference(.field(let axis, let name)):
        return task?.axes.first { $0.name == axis }?.field(name).map { Groovy.quote(plain($0)) }
      case .reference(let reference): return expression(reference, of: task)
      }
    }
    // A sum is text only if its first term is.
    if parts.first?.hasPrefix("'") != true { parts.insert("''", at: 0) }
    return parts.joined(separator: " + ")
  }

  // MARK: Files

  /// A workflow input's default path, as a string literal.
  func defaultPath(of input: Workflow.Input) -> String {
    guard let path = input.path else { return "null" }
    return path.hasPrefix("/")
      ? Groovy.quote(path)
      : "\"${projectDir}/\(Groovy.escapeDouble("\(workflowDirectory)/\(path)"))\""
  }

  /// What is passed for each of an operation's inputs, in the manifest's order.
  func inputs(of position: Int) -> [String] {
    let task = plan.tasks[position]
    let step = plan.workflow.steps.first { $0.id == task.step }
    return task.operation.inputs.map { input in
      guard let declared = step?.inputs.first(where: { $0.name == input.name }),
        let planned = task.inputs.first(where: { $0.name == input.name })
      else { return "[]" }
      return expression(declared.sources, planned.sources, of: task)
    }
  }

  /// One expression for all sources of an input; where there are several, a list in their order.
  ///
  /// A declared source stands for one planned source, or, where it gathers the instances of a step, for several.
  private func expression(
    _ declared: [Source], _ planned: [Plan.PlannedSource], of task: Plan.Task
  ) -> String {
    var files: [String] = []
    var hasChannel = false
    var next = planned[...]
    for source in declared {
      switch source.origin {
      case .path(let template):
        next = next.dropFirst()
        files.append(file(template, of: task))
      case .input(let name):
        next = next.dropFirst()
        let base = "params.\(inputNames[name] ?? name)"
        files.append(
          source.subpath.map { "\(base).resolve(\(expression($0, of: task)))" } ?? base)
      case .step(let id, _):
        hasChannel = true
        while case .output(let maker, let output, _) = next.first, plan.tasks[maker].step == id {
          next = next.dropFirst()
          files.append(channel(maker, output, source.subpath, of: task))
        }
      }
    }
    if files.count == 1 { return files[0] }
    guard hasChannel else { return "[\(files.joined(separator: ", "))]" }
    // `concat` keeps the order; `mix` would not.
    let channels = files.map { $0.contains(".out.") ? $0 : "channel.of(\($0))" }
    return "channel.empty().concat(\(channels.joined(separator: ", "))).collect()"
  }

  /// The channel of a task's output.
  func channel(_ maker: Int, _ output: String, _ subpath: Template?, of task: Plan.Task?) -> String
  {
    let name = modules[maker].outputNames[output] ?? output
    let channel = "\(calls[maker]).out.\(name)"
    guard let subpath else { return channel }
    return "\(channel).map { directory -> directory.resolve(\(expression(subpath, of: task))) }"
  }

  private func file(_ template: Template, of task: Plan.Task) -> String {
    let text = template.text { reference in
      switch reference {
      case .parameter(let name): plan.parameters[name]
      case .axis(let name): task.axes.first { $0.name == name }?.value
      case .field(let axis, let name): task.axes.first { $0.name == axis }?.field(name)
      case .environment(let name): plan.parameters["env.\(name)"]
      }
    }
    let path = expression(template, of: task)
    // `glob: false`: a name with wildcards in it is still a name.
    if text.hasPrefix("/") { return "file(\(path), glob: false)" }
    let base = "\"${projectDir}/\(Groovy.escapeDouble(workflowDirectory))/\""
    return "file(\(base) + \(path), glob: false)"
  }
}
