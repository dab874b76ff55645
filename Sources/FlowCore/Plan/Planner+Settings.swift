import Files

// What the user sets: profiles, parameters, inputs, the environment.
//
// From weakest to strongest: what the workflow says, the chosen profiles from left to right, a file of parameters,
// the command line.
extension Planner {
  mutating func chooseProfiles() {
    let known = workflow.profiles.map(\.name) + settings.ownProfiles.map(\.name)
    for name in settings.profiles {
      // Of one name the workflow's comes first, and the user's own adapts it to the machine.
      let found = (workflow.profiles + settings.ownProfiles).filter { $0.name == name }
      profiles += found
      if found.isEmpty {
        report(
          Diagnostic(
            "there is no profile '\(name)'", file: workflow.file,
            fix: suggestion(for: name, among: Set(known))
              ?? "declare it under 'profiles:', here or in the file that --config names"))
      }
    }
  }

  /// Finds what is wrong in the workflow's own profiles, those that were not chosen too.
  mutating func checkProfiles() {
    for profile in workflow.profiles {
      for value in profile.parameters {
        if let parameter = workflow.parameters.first(where: { $0.name == value.name }) {
          _ = canonical(value, for: parameter)
        } else {
          reportUnknown("parameter", value, among: scopes[0].parameters)
        }
      }
      for value in profile.inputs where !scopes[0].inputs.contains(value.name) {
        reportUnknown("input", value, among: scopes[0].inputs)
      }
      for step in profile.steps where positions[step.id] == nil {
        report(
          "there is no step '\(step.id)'", at: step.mark, in: 0,
          fix: suggestion(for: step.id, among: positions.keys))
      }
    }
  }

  mutating func resolveEnvironment() {
    for variable in workflow.environment {
      let name = "env.\(variable.name)"
      guard let value = settings.parameters[name] ?? settings.environment(variable.name) else {
        report(
          "the variable \(variable.name) of the environment is not set", at: variable.mark, in: 0,
          fix: "set it before: \(variable.name)=… flow run …")
        continue
      }
      environment[variable.name] = value
      parameters[name] = .string(value)
    }
  }

  mutating func resolveParameters() {
    for parameter in workflow.parameters {
      if let text = settings.parameters[parameter.name] {
        guard let value = parameter.type.value(fromText: text) else {
          report(
            Diagnostic(
              "parameter '\(parameter.name)' is \(parameter.type.withArticle), not '\(text)'",
              fix: parameter.type.fixOfText))
          continue
        }
        if let objection = parameter.objection(to: value) {
          report(Diagnostic("parameter '\(parameter.name)' \(objection), not '\(text)'"))
        }
        parameters[parameter.name] = value
      } else if let given = given(parameter.name) {
        parameters[parameter.name] = canonical(given, for: parameter)
      } else if let value = parameter.defaultValue {
        parameters[parameter.name] = value
      } else if parameter.isRequired {
        report(
          Diagnostic(
            "parameter '\(parameter.name)' has no value", file: workflow.file,
            fix: "give one with --set \(parameter.name)=…"))
      }
    }
    let known = scopes[0].parameters
    for value in settings.givenParameters where !known.contains(value.name) {
      reportUnknown("parameter", value, among: known)
    }
    let variables = Set(workflow.environment.map { "env.\($0.name)" })
    for name in settings.parameters.keys.sorted()
    where !known.contains(name) && !variables.contains(name) {
      report(
        Diagnostic(
          "the workflow has no parameter '\(name)'", file: workflow.file,
          fix: suggestion(for: name, among: known)))
    }
  }

  /// The value that a file gives for a parameter: the file of parameters, or the last of the profiles.
  private func given(_ parameter: String) -> GivenValue? {
    settings.givenParameters.last { $0.name == parameter }
      ?? profiles.last { $0.parameters.contains { $0.name == parameter } }?
      .parameters.first { $0.name == parameter }
  }

  /// A file's value in the parameter's canonical form; nil, reported, where it is of another type.
  private mutating func canonical(
    _ given: GivenValue, for parameter: Manifest.Parameter
  ) -> JSON? {
    let json = given.node.json(for: parameter.type)
    if json == .null, !parameter.isRequired { return parameter.defaultValue }
    guard let value = parameter.type.canonical(json) else {
      report(
        Diagnostic(
          "parameter '\(parameter.name)' is \(parameter.type.withArticle), not \(given.node.kind)",
          file: given.file, at: given.node.mark))
      return nil
    }
    if let objection = parameter.objection(to: value) {
      report(
        Diagnostic(
          "parameter '\(parameter.name)' \(objection), not \(plain(value))", file: given.file,
          at: given.node.mark))
    }
    return value
  }

  private mutating func reportUnknown(
    _ what: String, _ value: GivenValue, among known: Set<String>
  ) {
    report(
      Diagnostic(
        "the workflow has no \(what) '\(value.name)'", file: value.file, at: value.nameMark,
        fix: suggestion(for: value.name, among: known)))
  }

  mutating func resolveInputs() {
    for input in workflow.inputs {
      let given = profiles.last { $0.inputs.contains { $0.name == input.name } }?
        .inputs.first { $0.name == input.name }
      var place: (file: String, mark: Mark)? = (workflow.file, input.mark)
      let path: String
      if let own = settings.inputs[input.name] {
        path = own
        place = nil
      } else if let given {
        path = Path.resolve(given.node.scalar ?? "", from: Path.parent(given.file))
        place = (given.file, given.node.mark)
      } else if let written = input.path {
        path = Path.resolve(written, from: scopes[0].directory)
      } else {
        inputPaths[input.name] = .some(nil)
        if !input.isOptional {
          report(
            "input '\(input.name)' is not given\(input.help.map { ": \($0)" } ?? "")",
            at: input.mark, in: 0, fix: "give it with --input \(input.name)=PATH")
        }
        continue
      }
      inputPaths[input.name] = path
      if !Path.exists(path) {
        report(
          Diagnostic(
            "input '\(input.name)' is not there: \(path)", file: place?.file ?? workflow.file,
            at: place?.mark,
            fix: "put the file there or give another with --input \(input.name)=PATH"))
      }
    }
    for name in settings.inputs.keys.sorted() where !scopes[0].inputs.contains(name) {
      report(
        Diagnostic(
          "the workflow has no input '\(name)'", file: workflow.file,
          fix: suggestion(for: name, among: scopes[0].inputs)))
    }
  }

  /// What is said of most steps is what was said of the one before.
  mutating func sharedPolicy(of planned: PlannedStep) -> Plan.Policy {
    let said = policy(of: planned)
    if let lastPolicy, lastPolicy.said == said { return lastPolicy.policy }
    let policy = Plan.Policy(said)
    lastPolicy = (said, policy)
    return policy
  }

  /// How a step is run: what is said nearest to it counts, but that a profile may set a single step by name.
  func policy(of planned: PlannedStep) -> StepPolicy {
    var policy = StepPolicy()
    for scope in chain(to: planned.scope) {
      policy = policy.overridden(by: scopes[scope].workflow.defaults)
    }
    for profile in profiles { policy = policy.overridden(by: profile.policy) }
    policy = policy.overridden(by: planned.step.policy)
    for settings in profiles.flatMap(\.steps) where settings.id == planned.id {
      policy = policy.overridden(by: settings.policy)
    }
    return policy
  }
}
