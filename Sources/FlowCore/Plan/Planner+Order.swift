// The order of steps, by Kahn's algorithm (A. B. Kahn, "Topological sorting of large networks",
// Communications of the ACM 5, 1962): linear in steps and edges.
extension Planner {
  /// The positions of steps such that each comes after those it needs; a circle is a mistake.
  mutating func orderedSteps() -> [Int] {
    let needs = steps.indices.map { neededSteps(of: $0) }
    var dependants = [[Int]](repeating: [], count: steps.count)
    for (position, needed) in needs.enumerated() {
      for other in needed { dependants[other].append(position) }
    }
    var missing = needs.map(\.count)
    var order: [Int] = []
    var ready = steps.indices.filter { missing[$0] == 0 }
    while !ready.isEmpty {
      order += ready
      var next: [Int] = []
      for dependant in ready.flatMap({ dependants[$0] }) {
        missing[dependant] -= 1
        if missing[dependant] == 0 { next.append(dependant) }
      }
      // Among steps that may run at the same time the file's order counts.
      ready = next.sorted()
    }
    if let first = steps.indices.first(where: { missing[$0] > 0 }) {
      let circle = circle(from: first, needs: needs, missing: missing)
      let names = circle.prefix(20).map { "'\(steps[$0].id)'" }.joined(separator: ", ")
      let more = circle.count > 20 ? ", …" : ""
      let step = steps[circle[0]]
      report(
        "steps need each other in a circle: \(names)\(more)", at: step.step.mark, in: step.scope)
    }
    return order
  }

  /// The positions of the steps that a step needs, sorted.
  func neededSteps(of position: Int) -> [Int] {
    let planned = steps[position]
    var needed: Set<Int> = []
    collect(planned.step, in: planned.scope, into: &needed)
    // What decides whether a nested workflow is run at all, and over what, is needed by each of its steps.
    for scope in chain(to: planned.scope) {
      guard let user = scopes[scope].user else { continue }
      for source in user.step.axes.compactMap(\.source) {
        collect(source, in: user.scope, into: &needed)
      }
      for condition in user.step.conditions {
        collect(condition, in: user.scope, into: &needed)
      }
    }
    // That a step needs itself is reported where it says so.
    needed.remove(position)
    return needed.sorted()
  }

  /// The positions of the steps behind a source.
  func needed(by source: Source, in scope: Int) -> Set<Int> {
    var needed: Set<Int> = []
    collect(source, in: scope, into: &needed)
    return needed
  }

  private func collect(_ step: Workflow.Step, in scope: Int, into needed: inout Set<Int>) {
    for source in step.inputs.flatMap(\.sources) + step.axes.compactMap(\.source) {
      collect(source, in: scope, into: &needed)
    }
    for condition in step.conditions { collect(condition, in: scope, into: &needed) }
  }

  private func collect(
    _ condition: Workflow.Condition, in scope: Int, into needed: inout Set<Int>
  ) {
    guard case .output(let id, let output) = condition.kind else { return }
    collect(output, of: id, in: scope, into: &needed)
  }

  /// Outputs lead down into nested workflows, inputs up to those that use them; neither leads back.
  private func collect(_ source: Source, in scope: Int, into needed: inout Set<Int>) {
    switch source.origin {
    case .path: return
    case .step(let id, let output): collect(output, of: id, in: scope, into: &needed)
    case .input(let name):
      guard let (user, given) = given(name, to: scope) else { return }
      for source in given.sources { collect(source, in: user, into: &needed) }
    }
  }

  private func collect(
    _ output: String, of id: String, in scope: Int, into needed: inout Set<Int>
  ) {
    let full = scopes[scope].prefix + id
    if let position = positions[full] {
      needed.insert(position)
    } else if let inner = nested[full], let source = self.output(output, of: inner),
      case .step(let id, let output) = source.origin
    {
      collect(output, of: id, in: inner, into: &needed)
    }
  }

  /// The steps of one circle, sorted: whoever walks from step to needed step among those that never became
  /// ready comes by one of them twice.
  private func circle(from first: Int, needs: [[Int]], missing: [Int]) -> [Int] {
    var path: [Int] = []
    var seen: [Int: Int] = [:]
    var position = first
    while seen[position] == nil {
      seen[position] = path.count
      path.append(position)
      guard let next = needs[position].first(where: { missing[$0] > 0 }) else { break }
      position = next
    }
    return path[seen[position, default: 0]...].sorted()
  }
}
