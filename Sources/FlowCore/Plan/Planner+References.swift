import Files

// The checks of what references name.
extension Planner {
  /// The axes of a step, and the columns of those that have them; nil where these stand in a file.
  struct Axes {
    var columns: [String: Set<String>?] = [:]
    /// Those whose values are rows, of which only columns are values.
    var rows: Set<String> = []

    init(_ step: Workflow.Step?) {
      for axis in step?.axes ?? [] {
        switch axis.values {
        case .list: columns[axis.name] = .some([])
        case .files: columns[axis.name] = .some(["name"])
        case .zip(let zipped): columns[axis.name] = .some(Set(zipped.map(\.name)))
        case .rows(let rows):
          columns[axis.name] = .some(Set(rows.flatMap { $0.cells.map(\.name) }))
        case .table: columns[axis.name] = .some(nil)
        }
        switch axis.values {
        case .rows, .zip, .table: rows.insert(axis.name)
        case .list, .files: break
        }
      }
    }
  }

  /// Whether a value may differ between the tasks of a step.
  func depends(_ value: Value, on axes: Axes) -> Bool {
    switch value.kind {
    case .literal: false
    case .list(let values): values.contains { depends($0, on: axes) }
    case .reference(let reference): depends([reference])
    case .template(let template): depends(template.references)
    }
  }

  private func depends(_ references: [Reference]) -> Bool {
    references.contains {
      switch $0 {
      case .axis, .field: true
      case .parameter, .environment: false
      }
    }
  }

  mutating func check(_ value: Value, axes: Axes, in scope: Int) {
    switch value.kind {
    case .literal: break
    case .list(let values): for value in values { check(value, axes: axes, in: scope) }
    case .reference(let reference): check(reference, at: value.mark, axes: axes, in: scope)
    case .template(let template):
      for reference in template.references {
        check(reference, at: value.mark, axes: axes, in: scope)
      }
    }
  }

  mutating func check(_ reference: Reference, at mark: Mark, axes: Axes, in scope: Int) {
    switch reference {
    case .parameter(let name):
      let known = scopes[scope].parameters
      if !known.contains(name) {
        report(
          "the workflow has no parameter '\(name)'", at: mark, in: scope,
          fix: suggestion(for: name, among: known) ?? "declare it under 'params:'")
      }
    case .environment(let name):
      let known = scopes[scope].environment
      if !known.contains(name) {
        report(
          "the workflow does not declare the variable '\(name)' of the environment", at: mark,
          in: scope,
          fix: Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
            ?? "add it to 'env:' at the top, a list of names")
      }
    case .axis(let name), .field(let name, _):
      guard let columns = axes.columns[name] else {
        report(
          "there is no '\(name)' to run over here", at: mark, in: scope,
          fix: suggestion(for: name, among: axes.columns.keys)
            ?? "declare it under 'foreach:' of the step")
        return
      }
      guard case .field(_, let column) = reference else {
        if axes.rows.contains(name) {
          report(
            "'\(name)' is a row, not a single value", at: mark, in: scope,
            fix: "name a column: $each.\(name).\(columns?.sorted().first ?? "COLUMN")")
        }
        return
      }
      guard let columns, !columns.contains(column) else { return }
      report(
        columns.isEmpty
          ? "'\(name)' is a single value and has no '\(column)'"
          : "'\(name)' has no '\(column)'", at: mark, in: scope,
        fix: columns.isEmpty
          ? "write $each.\(name)" : suggestion(for: column, among: columns))
    }
  }

  mutating func check(_ source: Source, of step: Workflow.Step?, axes: Axes, in scope: Int) {
    for reference in source.subpath?.references ?? [] {
      check(reference, at: source.mark, axes: axes, in: scope)
    }
    switch source.origin {
    case .path(let template):
      for reference in template.references {
        check(reference, at: source.mark, axes: axes, in: scope)
      }
      if template.references.isEmpty {
        let path = Path.resolve(template.text { _ in nil }, from: scopes[scope].directory)
        checkFile(path, nil, at: source.mark, in: scope)
      }
    case .input(let name):
      let known = scopes[scope].inputs
      if !known.contains(name) {
        report(
          "the workflow has no input '\(name)'", at: source.mark, in: scope,
          fix: suggestion(for: name, among: known) ?? "declare it under 'inputs:'")
      }
    case .step(let id, let output):
      checkOutput(
        output, of: id, for: step, at: source.mark, isInside: source.subpath != nil, in: scope)
    }
  }

  /// Checks that there is such an output.
  ///
  /// - Parameters:
  ///   - step: who wants it; nil for the workflow's results.
  ///   - isInside: whether something inside it is wanted.
  mutating func checkOutput(
    _ output: String, of id: String, for step: Workflow.Step?, at mark: Mark, isInside: Bool,
    in scope: Int
  ) {
    guard scopes[scope].steps.contains(id) else {
      report(
        "there is no step '\(id)'", at: mark, in: scope,
        fix: suggestion(for: id, among: scopes[scope].steps))
      return
    }
    if id == step?.id { report("step '\(id)' needs its own output", at: mark, in: scope) }
    let full = scopes[scope].prefix + id
    if let inner = nested[full] {
      guard let source = self.output(output, of: inner) else {
        report(
          "step '\(id)' has no output '\(output)'", at: mark, in: scope,
          fix: suggestion(
            for: output, among: scopes[inner].workflow.outputs.map(\.name))
            ?? "declare it under 'outputs:' of \(scopes[inner].workflow.file)")
        return
      }
      if case .step = source.origin { return }
      report(
        "the output '\(output)' of step '\(id)' is made by none of its steps", at: mark, in: scope,
        fix: "name the file itself")
      return
    }
    guard let operation = declared[full]?.operation else { return }
    if operation.output(output) == nil {
      report(
        "step '\(id)' has no output '\(output)'", at: mark, in: scope,
        fix: suggestion(for: output, among: operation.outputs.map(\.name)))
    } else if operation.output(output)?.type == .file, isInside {
      report("'\(output)' of step '\(id)' is a file, nothing is inside it", at: mark, in: scope)
    }
  }
}
