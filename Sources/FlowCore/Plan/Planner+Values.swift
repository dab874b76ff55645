import Files

// The values behind references.
extension Planner {
  /// - Parameter type: the type that the value is for, where that is known: text is then taken as written, so
  ///   that `007` stays `007`.
  func json(
    _ value: Value, in scope: Int, axes: [String: AxisValue], for type: ParameterType? = nil
  ) -> JSON? {
    switch value.kind {
    case .literal(let json):
      if type == .string, json != .null, let source = value.source {
        return .string(source)
      }
      return json
    case .list(let values):
      let element: ParameterType? = if case .list(let element)? = type { element } else { nil }
      return .array(values.map { json($0, in: scope, axes: axes, for: element) ?? .null })
    case .reference(let reference):
      let json = self.value(of: reference, in: scope, axes: axes)
      guard let type, case .string(let text)? = json, isText(reference, in: scope, axes: axes)
      else { return json }
      return typed(text, type)
    case .template(let template):
      return .string(template.text { self.value(of: $0, in: scope, axes: axes) })
    }
  }

  /// A value for where there is no type: a number that would be printed otherwise is its text, so that a script's `007`
  /// stays `007`.
  func asWritten(_ value: Value, in scope: Int, axes: [String: AxisValue]) -> JSON? {
    switch value.kind {
    case .list(let values):
      return .array(values.map { asWritten($0, in: scope, axes: axes) ?? .null })
    case .literal(let json):
      guard json.number != nil, let source = value.source, source != plain(json) else {
        return json
      }
      return .string(source)
    case .reference, .template: return json(value, in: scope, axes: axes)
    }
  }

  /// Whether a value comes from where there is only text: a table, or the environment.
  private func isText(
    _ reference: Reference, in scope: Int, axes: [String: AxisValue]
  ) -> Bool {
    switch reference {
    case .environment: true
    case .field(let axis, _): axes[scopes[scope].prefix + axis]?.kind == .textRow
    case .parameter, .axis: false
    }
  }

  /// Text as a value of a type; an empty one is none, except as text.
  private func typed(_ text: String, _ type: ParameterType) -> JSON {
    if type == .string { return .string(text) }
    if text.isEmpty { return .null }
    return type.value(fromText: text) ?? .string(text)
  }

  func value(
    of reference: Reference, in scope: Int, axes: [String: AxisValue]
  ) -> JSON? {
    switch reference {
    case .parameter(let name): scope == 0 ? parameters[name] : bindings[scope]?[name]
    case .axis(let name): axes[scopes[scope].prefix + name]?.value
    case .field(let axis, let name): axes[scopes[scope].prefix + axis]?.field(name)
    case .environment(let name): parameters["env.\(name)"]
    }
  }

  /// The value that a step gives a parameter, in canonical form; nil, reported, where it is of another type or
  /// out of bounds, and where it is none.
  mutating func canonical(
    _ given: Workflow.StepParameter, for parameter: Manifest.Parameter, of use: String,
    in scope: Int, axes: [String: AxisValue]
  ) -> JSON? {
    guard let json = json(given.value, in: scope, axes: axes, for: parameter.type), json != .null
    else {
      if parameter.isRequired {
        report(
          "'\(parameter.name)' of \(use) needs a value, and gets none here", at: given.value.mark,
          in: scope, fix: "give one (\(parameter.described))")
      }
      return nil
    }
    guard let value = parameter.type.canonical(json) else {
      report(
        "parameter '\(parameter.name)' of \(use) is \(parameter.type.withArticle), not \(written(given.value, json))",
        at: given.value.mark, in: scope)
      return nil
    }
    if let objection = parameter.objection(to: value) {
      report(
        "parameter '\(parameter.name)' of \(use) \(objection), not \(plain(value))",
        at: given.value.mark, in: scope)
    }
    return value
  }

  /// A value for a message: a number as the user wrote it.
  private func written(_ value: Value, _ json: JSON) -> String {
    if case .literal = value.kind, json.number != nil, let source = value.source { return source }
    return json.text
  }

  /// Sets the parameters of the nested workflows around a task with these axes.
  mutating func bind(_ scope: Int, axes: [String: AxisValue]) {
    guard scope > 0 else { return }
    for scope in chain(to: scope).dropFirst() {
      guard let (user, step) = scopes[scope].user else { continue }
      let given = Dictionary(step.parameters.map { ($0.name, $0) }) { first, _ in first }
      var values: [String: JSON] = [:]
      for parameter in scopes[scope].workflow.parameters {
        let value = given[parameter.name].flatMap {
          canonical($0, for: parameter, of: step.use, in: user, axes: axes)
        }
        values[parameter.name] = value ?? parameter.defaultValue
      }
      bindings[scope] = values
    }
  }
}
