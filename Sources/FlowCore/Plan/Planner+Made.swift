import Files

// Steps that run over what other steps make: how many tasks they become is known when those have a result. Until then a
// placeholder stands for the tasks, and what needs these needs it.
extension Planner {
  /// Whether steps make what a source names.
  func isMade(_ source: Source, in scope: Int) -> Bool { !needed(by: source, in: scope).isEmpty }

  /// Checks the output of a step that an axis runs over.
  mutating func checkMade(
    _ axis: Workflow.Axis, _ source: Source, of step: Workflow.Step, in scope: Int
  ) {
    let before = reports
    check(source, of: step, axes: Axes(nil), in: scope)
    guard reports == before, case .files = axis.values else { return }
    let pattern = source.subpath?.text { _ in .string("*") } ?? ""
    if !FilePattern.hasWildcard(pattern) {
      report(
        "'foreach' over '\(axis.name)' needs a pattern with '*' or '?' inside what a step makes",
        at: source.mark, in: scope, fix: "write for instance '\(reference(to: source))/*.bed'")
    }
  }

  private func reference(to source: Source) -> String {
    guard case .step(let id, let output) = source.origin else { return "$inputs.NAME" }
    return "$steps.\(id).\(output)"
  }

  /// The values of an axis over what a step makes; one that is absent where the step has no result yet, or there is
  /// nothing to run over; nil, reported, where there is a mistake.
  mutating func madeValues(
    of axis: Workflow.Axis, _ source: Source, _ name: String, in scope: Int,
    axes: [String: AxisValue]
  ) -> [AxisValue]? {
    let before = reports
    let sources = resolve(source, in: scope, axes: axes).sources
    guard reports == before, let first = sources.first else { return nil }
    guard case .output(let position, let output, let subpath) = first, sources.count == 1 else {
      report(
        "'foreach' over '\(axis.name)' takes what one task makes, and here \(sources.count) do",
        at: source.mark, in: scope,
        fix: "run this step over the 'foreach' axes of that step first")
      return nil
    }
    let maker = tasks[position]
    guard let outputs = made[maker.id], !maker.isAwaiting else {
      return [.absent(name, .awaited, source: first)]
    }
    guard let path = outputs[output] else {
      return [.absent(name, .nothing("nothing to run over: '\(maker.id)' made no '\(output)'"))]
    }
    switch axis.values {
    case .files:
      return files(subpath ?? "", in: path, name, at: source.mark, in: scope) { match in
        .output(task: position, name: output, subpath: match)
      }.map { values in
        guard values.isEmpty else { return values }
        let reason =
          "nothing to run over: no file matches '\(subpath ?? "")' in '\(output)' of '\(maker.id)'"
        return [.absent(name, .nothing(reason))]
      }
    case .table:
      let file = subpath.map { "\(path)/\($0)" } ?? path
      return table(file, name, at: source.mark, in: scope).map { values in
        // They have no file to need their maker by.
        let values = values.map { value in
          var value = value
          value.source = first
          return value
        }
        return values.isEmpty
          ? [.absent(name, .nothing("nothing to run over: \(file) has no rows"))] : values
      }
    case .list, .rows, .zip: return nil
    }
  }

  private mutating func files(
    _ pattern: String, in directory: String, _ name: String, at mark: Mark, in scope: Int,
    source: (String) -> Plan.PlannedSource
  ) -> [AxisValue]? {
    do throws(FilePattern.Mistake) {
      return try FilePattern.matches(of: pattern, in: directory).map { match in
        AxisValue(
          name: name, value: .string(match.path), label: match.name, kind: .file,
          source: source(match.path))
      }
    } catch {
      report(error.message, at: mark, in: scope, fix: error.fix)
      return nil
    }
  }

  private mutating func table(
    _ file: String, _ name: String, at mark: Mark, in scope: Int
  ) -> [AxisValue]? {
    do {
      let text = try Path.readRegularText(file, limit: DelimitedTable.mostBytes)
      // A stub cannot know the columns.
      if text.isEmpty, isStub {
        return [.absent(name, .nothing("nothing to run over: the stub of the table is empty"))]
      }
      return rows(of: try DelimitedTable(text, file: file), name)
    } catch let problem as Diagnostic {
      report(problem)
    } catch {
      report("\(error)", at: mark, in: scope)
    }
    return nil
  }

  /// The file that a path begins with, where a step made it: `$each.part`, `${each.part}.bai`; nil for other paths.
  mutating func madeFile(
    _ template: Template, at mark: Mark, in scope: Int, axes: [String: AxisValue]
  ) -> Resolved? {
    for (index, part) in template.parts.enumerated() {
      guard case .reference(.axis(let name)) = part,
        let axis = axes[scopes[scope].prefix + name], axis.kind == .file,
        case .output(let task, let output, _)? = axis.source
      else { continue }
      guard index == 0 else {
        report(
          "a path cannot lead to '$each.\(name)', which a step makes", at: mark, in: scope,
          fix: "begin with it")
        return Resolved()
      }
      let subpath = template.text { value(of: $0, in: scope, axes: axes) }
      guard isInside(subpath, at: mark, in: scope) else { return Resolved() }
      return Resolved(sources: [.output(task: task, name: output, subpath: subpath)])
    }
    return nil
  }

  /// What stands for tasks that are not known yet, or that there are none of.
  func placeholder(
    of shared: Plan.Step, _ combination: [AxisValue]
  ) -> Plan.Task {
    var task = bareTask(of: shared, combination)
    for axis in combination {
      if case .nothing(let reason)? = axis.absence { task.unwanted = reason }
    }
    task.needs = Set(task.makers).sorted()
    return task
  }

  /// The positions of a step's placeholders that may become tasks called as `axes` over the axes that both have; where
  /// `axes` are those of a placeholder, of all that may be called as it will be.
  func awaitedInstances(
    of id: String, as axes: [String: AxisValue], over shared: [String]
  ) -> [Int] {
    let isAwaiting = shared.contains { axes[$0]?.absence == .awaited }
    let candidates = isAwaiting ? instances[id, default: []] : awaiting[id, default: []]
    return candidates.filter { position in
      tasks[position].axes.allSatisfy { axis in
        guard let other = axes[axis.name] else { return true }
        return axis.label == other.label || axis.absence == .awaited || other.absence == .awaited
      }
    }
  }

  /// The planner as it was before it made tasks: what it has read stays read.
  var beforeUnrolling: Planner {
    var planner = self
    planner.tasks = []
    planner.instances = [:]
    planner.awaiting = [:]
    planner.indices = [:]
    planner.bindings = [:]
    planner.sources = 0
    return planner
  }
}

extension Plan {
  /// Whether some of its tasks stand for others, of which nothing is known yet.
  public var isAwaiting: Bool { planner != nil }

  /// Whether what a task made is known to it.
  func isUnrolled(over maker: String) -> Bool { planner?.made[maker] != nil }

  /// The plan with the tasks that become known by the results of others.
  ///
  /// All of its settled tasks are in it again, and are what they were.
  ///
  /// - Parameter made: the paths of outputs, by the id of their task and their name; those that were given for earlier
  ///   plans of the run are remembered.
  /// - Throws: `Diagnostics` where what was made cannot be run over.
  func unrolled(over made: [String: [String: String]]) throws(Diagnostics) -> Plan {
    guard var planner else { return self }
    planner.made.merge(made) { _, new in new }
    planner.isStub = isStub
    var plan = try planner.unrolled()
    if isStub { plan = plan.stubbed() }
    return plan
  }
}

extension AxisValue {
  static func absent(
    _ name: String, _ absence: Absence, source: Plan.PlannedSource? = nil
  ) -> AxisValue {
    AxisValue(name: name, value: .null, label: "*", source: source, absence: absence)
  }
}
