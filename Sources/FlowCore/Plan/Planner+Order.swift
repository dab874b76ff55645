// The order of steps, by Kahn's algorithm (A. B. Kahn, "Topological sorting of large networks",
// Communications of the ACM 5, 1962): linear in steps and edges.
extension Planner {
  /// The steps such that each comes after those it needs; a circle is a mistake.
  mutating func orderedSteps() -> [Workflow.Step] {
    let steps = workflow.steps
    let needs = neededSteps()
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
      report("steps need each other in a circle: \(names)\(more)", at: steps[circle[0]].mark)
    }
    return order.map { steps[$0] }
  }

  /// For each step the positions of those it needs, sorted.
  private func neededSteps() -> [[Int]] {
    let positions = Dictionary(
      workflow.steps.enumerated().map { ($0.element.id, $0.offset) }
    ) { first, _ in first }
    return workflow.steps.enumerated().map { position, step in
      let needed = step.inputs.flatMap(\.sources).compactMap { source -> Int? in
        guard case .step(let id, _) = source.origin else { return nil }
        // That a step needs itself is reported where it says so.
        return positions[id].flatMap { $0 == position ? nil : $0 }
      }
      return Set(needed).sorted()
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
