import Files

/// A workflow in its place: the one that is planned, or one that a step of another uses.
struct Scope {
  let workflow: Workflow
  /// What the ids of its steps begin with: nothing, `qc/`, `qc/inner/`.
  let prefix: String
  /// The scope and the step that use it; nil for the outermost.
  let user: (scope: Int, step: Workflow.Step)?
  /// The directory that its paths are taken from.
  let directory: String
  /// The names that references may use.
  let parameters: Set<String>
  let inputs: Set<String>
  let steps: Set<String>
  let environment: Set<String>

  init(_ workflow: Workflow, prefix: String = "", user: (scope: Int, step: Workflow.Step)? = nil) {
    self.workflow = workflow
    self.prefix = prefix
    self.user = user
    directory = Path.parent(workflow.file)
    parameters = Set(workflow.parameters.map(\.name))
    inputs = Set(workflow.inputs.map(\.name))
    steps = Set(workflow.steps.map(\.id))
    environment = Set(workflow.environment.map(\.name))
  }
}

/// A step that becomes tasks: of the workflow itself, or of one that it uses.
struct PlannedStep {
  let scope: Int
  let step: Workflow.Step
  /// With what stands before the ids of its workflow.
  let id: String
}

// Workflows that are used by steps.
extension Planner {
  /// Workflows that use each other deeper than this are a mistake.
  static let deepest = 8
  /// More uses of workflows than this in all are a mistake too.
  static let mostScopes = 1_000

  /// Finds the steps of a scope and of all that it uses, in the files' order.
  ///
  /// - Parameter users: the files of the workflows around it and its own.
  mutating func enter(_ scope: Int, users: [String]) {
    let workflow = scopes[scope].workflow
    for step in workflow.steps {
      let id = scopes[scope].prefix + step.id
      if step.usesWorkflow {
        use(step, id: id, in: scope, users: users)
      } else {
        positions[id] = steps.count
        steps.append(PlannedStep(scope: scope, step: step, id: id))
      }
    }
  }

  private mutating func use(
    _ step: Workflow.Step, id: String, in scope: Int, users: [String]
  ) {
    let written = step.use.hasPrefix("./") ? String(step.use.dropFirst(2)) : step.use
    let path = Path.resolve(written, from: scopes[scope].directory)
    let real = Path.place(path)
    guard settings.files[real] != nil || Path.exists(real) else {
      report(
        "there is no workflow \(path)", at: step.useMark, in: scope,
        fix: "a path is taken from the workflow's directory")
      return
    }
    if users.contains(real) {
      report("\(path) uses itself, by way of step '\(id)'", at: step.useMark, in: scope)
      return
    }
    guard users.count < Self.deepest, scopes.count < Self.mostScopes else {
      // Said once is enough.
      if !hasTooManyScopes {
        report(
          "workflows use each other more than \(Self.deepest) deep or \(Self.mostScopes) times in all",
          at: step.useMark, in: scope)
      }
      hasTooManyScopes = true
      return
    }
    guard let workflow = nestedWorkflow(path, real: real, step, in: scope) else { return }
    nested[id] = scopes.count
    scopes.append(Scope(workflow, prefix: "\(id)/", user: (scope, step)))
    enter(scopes.count - 1, users: users + [real])
  }

  /// The workflow in a file, read once however often it is used.
  private mutating func nestedWorkflow(
    _ path: String, real: String, _ step: Workflow.Step, in scope: Int
  ) -> Workflow? {
    if let known = nestedWorkflows[real] { return known }
    do {
      let text = try text(ofFile: path, real: real, limit: YAMLParser.Limits().bytes)
      let (workflow, found) = try WorkflowParser.read(text: text, file: path)
      for problem in found { report(problem) }
      nestedWorkflows[real] = workflow
      return workflow
    } catch let error as Diagnostics {
      for problem in error.list { report(problem) }
    } catch {
      report("\(error)", at: step.useMark, in: scope)
    }
    return nil
  }

  /// A longer file is not kept with each run that it decides.
  static let longestKept = 1 << 20

  /// The text of a file that is a part of the plan.
  mutating func text(ofFile path: String, real: String, limit: Int) throws -> String {
    let text = try settings.files[real] ?? Path.readRegularText(path, limit: limit)
    if text.utf8.count <= Self.longestKept { files[real] = text }
    return text
  }

  /// The scopes from the outermost to this one.
  func chain(to scope: Int) -> [Int] {
    var chain = [scope]
    while let user = scopes[chain[0]].user { chain.insert(user.scope, at: 0) }
    return chain
  }

  /// The output of a nested workflow: the scope and the source inside it; nil, reported, where there is none
  /// that a step makes.
  func output(_ name: String, of scope: Int) -> Source? {
    scopes[scope].workflow.outputs.first { $0.name == name }?.source
  }

  /// What a step of a nested workflow reads for one of that workflow's inputs: the user's sources; nil where the
  /// user says nothing.
  func given(_ input: String, to scope: Int) -> (scope: Int, input: Workflow.StepInput)? {
    guard let user = scopes[scope].user,
      let input = user.step.inputs.first(where: { $0.name == input })
    else { return nil }
    return (user.scope, input)
  }
}
