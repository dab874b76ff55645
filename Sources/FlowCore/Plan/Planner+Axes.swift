import Files

// What steps run over.
extension Planner {
  mutating func checkAxis(_ axis: Workflow.Axis, of step: Workflow.Step, in scope: Int) {
    let before = reports
    let none = Axes(nil)
    switch axis.values {
    case .list(let value): check(value, axes: none, in: scope)
    case .zip(let columns):
      for column in columns { check(column.value, axes: none, in: scope) }
    case .rows(let rows):
      for cell in rows.flatMap(\.cells) { check(cell.value, axes: none, in: scope) }
    case .files(let source), .table(let source):
      // Whether there are files is another question.
      for reference in (source.subpath?.references ?? []) + source.pathReferences {
        check(reference, at: source.mark, axes: none, in: scope)
      }
      switch source.origin {
      case .path: break
      case .input(let name):
        if !scopes[scope].inputs.contains(name) { check(source, of: step, axes: none, in: scope) }
      case .step: checkMade(axis, source, of: step, in: scope)
      }
    }
    // What a nested workflow runs over may differ from use to use and from task to task.
    if scope == 0, reports == before, axis.source.map({ !isMade($0, in: scope) }) ?? true {
      _ = values(of: axis, in: scope, axes: [:])
    }
  }

  /// The values of an axis; nil, reported, where there are none or they cannot be told apart.
  ///
  /// - Parameter axes: the values of the axes around a nested workflow.
  mutating func values(
    of axis: Workflow.Axis, in scope: Int, axes: [String: AxisValue]
  ) -> [AxisValue]? {
    let name = scopes[scope].prefix + axis.name
    if let source = axis.source, isMade(source, in: scope) {
      guard let values = madeValues(of: axis, source, name, in: scope, axes: axes) else {
        return nil
      }
      return areDistinct(values, of: axis, in: scope) ? values : nil
    }
    let values: [AxisValue]?
    switch axis.values {
    case .list(let value):
      values = list(value, in: scope, axes: axes)?.map {
        AxisValue(name: name, value: $0, label: plain($0))
      }
      if values == nil {
        report(
          "'foreach' needs a list for '\(axis.name)'", at: axis.mark, in: scope,
          fix: "write [a, b] or $params.NAME of a list parameter")
      }
    case .rows(let rows): values = self.rows(rows, of: axis, name, in: scope, axes: axes)
    case .zip(let columns): values = zipped(columns, of: axis, name, in: scope, axes: axes)
    case .files(let source):
      values = files(source, in: scope, axes: axes)?.map {
        AxisValue(name: name, value: .string($0.path), label: $0.name, kind: .file)
      }
    case .table(let source):
      values = table(source, in: scope, axes: axes).map { rows(of: $0, name) }
    }
    guard let values else { return nil }
    if values.isEmpty {
      report(
        "'foreach' needs at least one value for '\(axis.name)'", at: axis.mark, in: scope)
      return nil
    }
    return areDistinct(values, of: axis, in: scope) ? values : nil
  }

  /// Whether values are called differently; reported where not.
  private mutating func areDistinct(
    _ values: [AxisValue], of axis: Workflow.Axis, in scope: Int
  ) -> Bool {
    var seen: Set<String> = []
    guard let twice = values.first(where: { !seen.insert($0.label).inserted }) else {
      return true
    }
    if twice.kind == .file {
      report(
        "'foreach' gives '\(axis.name)' two files called '\(twice.label)'", at: axis.mark,
        in: scope,
        fix: "files are called by what '*' and '?' stand for: put a '*' where their paths differ")
    } else {
      report(
        "'foreach' gives '\(axis.name)' the value \(twice.label) twice", at: axis.mark, in: scope,
        fix: "remove one of the two; 1 and \"1\" make tasks of the same name")
    }
    return false
  }

  /// The rows of a table as values.
  func rows(of table: DelimitedTable, _ name: String) -> [AxisValue] {
    zip(table.rows, labels(of: table.rows.map(\.cells))).map { row, label in
      AxisValue(
        name: name,
        value: .object(
          Dictionary(zip(table.columns, row.cells.map(JSON.string))) { first, _ in first }),
        label: label, kind: .textRow)
    }
  }

  private func list(
    _ value: Value, in scope: Int, axes: [String: AxisValue]
  ) -> [JSON]? {
    switch value.kind {
    case .list(let values): values.map { json($0, in: scope, axes: axes) ?? .null }
    case .reference(.parameter): json(value, in: scope, axes: axes)?.array
    case .literal, .template, .reference: nil
    }
  }

  private mutating func rows(
    _ rows: [Workflow.Axis.Row], of axis: Workflow.Axis, _ name: String, in scope: Int,
    axes: [String: AxisValue]
  ) -> [AxisValue]? {
    let columns = rows.first?.cells.map(\.name) ?? []
    for row in rows where Set(row.cells.map(\.name)) != Set(columns) {
      report(
        "the rows of '\(axis.name)' have different columns", at: row.mark, in: scope,
        fix: "give each row: \(columns.joined(separator: ", "))")
      return nil
    }
    return self.rows(
      rows.map { row in
        let cells = Dictionary(row.cells.map { ($0.name, $0.value) }) { first, _ in first }
        return columns.map { column in
          cells[column].flatMap { json($0, in: scope, axes: axes) } ?? .null
        }
      }, columns, name)
  }

  private mutating func zipped(
    _ columns: [Workflow.Axis.Column], of axis: Workflow.Axis, _ name: String, in scope: Int,
    axes: [String: AxisValue]
  ) -> [AxisValue]? {
    var lists: [[JSON]] = []
    for column in columns {
      guard let list = list(column.value, in: scope, axes: axes) else {
        report(
          "'zip' needs a list for '\(column.name)'", at: column.mark, in: scope,
          fix: "write [a, b] or $params.NAME of a list parameter")
        return nil
      }
      if let first = lists.first, first.count != list.count {
        report(
          "'zip' needs lists of one length: '\(columns[0].name)' has \(first.count) values, '\(column.name)' has \(list.count)",
          at: column.mark, in: scope)
        return nil
      }
      lists.append(list)
    }
    let count = lists.first?.count ?? 0
    return rows(
      (0..<count).map { row in lists.map { $0[row] } }, columns.map(\.name), name)
  }

  private func rows(_ cells: [[JSON]], _ columns: [String], _ name: String) -> [AxisValue] {
    zip(cells, labels(of: cells.map { $0.map(plain) })).map { cells, label in
      AxisValue(
        name: name, value: .object(Dictionary(zip(columns, cells)) { first, _ in first }),
        label: label, kind: .row)
    }
  }

  /// What rows are called: by their first cells, as many as tell them apart.
  private func labels(of rows: [[String]]) -> [String] {
    let width = rows.first?.count ?? 0
    for count in 1..<max(2, width + 1) {
      let labels = rows.map { $0.prefix(count).joined(separator: ",") }
      if count >= width || Set(labels).count == rows.count { return labels }
    }
    return []
  }

  private mutating func files(
    _ source: Source, in scope: Int, axes: [String: AxisValue]
  ) -> [FilePattern.Match]? {
    guard let (pattern, directory) = path(source, in: scope, axes: axes) else { return nil }
    let key = "\(directory)\u{0}\(pattern)"
    if let known = matches[key] { return known }
    do throws(FilePattern.Mistake) {
      let found = try FilePattern.matches(of: pattern, in: directory)
      if found.isEmpty {
        report(
          "no file matches '\(pattern)'", at: source.mark, in: scope,
          fix: "a path is taken from the workflow's directory, \(directory)")
        return nil
      }
      matches[key] = found
      return found
    } catch {
      report(error.message, at: source.mark, in: scope, fix: error.fix)
      return nil
    }
  }

  private mutating func table(
    _ source: Source, in scope: Int, axes: [String: AxisValue]
  ) -> DelimitedTable? {
    guard let (name, directory) = path(source, in: scope, axes: axes) else { return nil }
    let path = Path.resolve(name, from: directory)
    if let known = tables[path] { return known }
    let real = Path.place(path)
    guard settings.files[real] != nil || Path.exists(path) else {
      report(
        "there is no file \(path)", at: source.mark, in: scope,
        fix: "a path is taken from the workflow's directory")
      return nil
    }
    do {
      let text = try text(ofFile: path, real: real, limit: DelimitedTable.mostBytes)
      let table = try DelimitedTable(text, file: path)
      tables[path] = table
      return table
    } catch let problem as Diagnostic {
      report(problem)
    } catch {
      report("\(error)", at: source.mark, in: scope)
    }
    return nil
  }

  /// A path or pattern and the directory it begins in; nil for an input that is not there.
  private func path(
    _ source: Source, in scope: Int, axes: [String: AxisValue]
  ) -> (path: String, directory: String)? {
    switch source.origin {
    case .path(let template):
      return (
        template.text { value(of: $0, in: scope, axes: axes) }, scopes[scope].directory
      )
    case .input(let name):
      let subpath = source.subpath?.text { value(of: $0, in: scope, axes: axes) }
      if scope > 0, let (user, input) = given(name, to: scope) {
        guard let first = input.sources.first,
          let (path, directory) = path(first, in: user, axes: axes),
          let base = try? Path.real(directory)
        else { return nil }
        // Absolute: it was written in another directory than that of the workflow that reads it.
        let place = Path.resolve(path, from: base)
        return (place + (subpath.map { "/\($0)" } ?? ""), scopes[scope].directory)
      }
      // Absolute: a path that a user gives begins elsewhere than the workflow's.
      guard let path = defaultPath(of: name, in: scope), let real = try? Path.real(path) else {
        return nil
      }
      return (real + (subpath.map { "/\($0)" } ?? ""), scopes[scope].directory)
    case .step: return nil
    }
  }

  /// Where an input of a scope is unless its user gives another.
  func defaultPath(of input: String, in scope: Int) -> String? {
    if scope == 0 { return inputPaths[input] ?? nil }
    return scopes[scope].workflow.inputs.first { $0.name == input }?.path
      .map { Path.resolve($0, from: scopes[scope].directory) }
  }
}

extension Source {
  /// The references in a path.
  var pathReferences: [Reference] {
    if case .path(let template) = origin { template.references } else { [] }
  }
}
