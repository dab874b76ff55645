import FlowCore

/// The run's graph as a reader thinks of it: a node for each step of the workflow file, the instances of a
/// `foreach` together.
struct StepGraph {
  struct Node {
    var step: String
    var operation: String
    /// How many instances have each status, what went wrong first.
    var counts: [(status: StepStatus, count: Int)]
    var instances: [StepContents]
  }

  var nodes: [Node]
  /// Pairs of positions in `nodes`; each pair once.
  var edges: [(from: Int, to: Int)]

  init(_ steps: [StepContents]) {
    var order: [String] = []
    var instances: [String: [StepContents]] = [:]
    var stepOf: [String: String] = [:]
    for step in steps {
      if instances[step.record.step] == nil { order.append(step.record.step) }
      instances[step.record.step, default: []].append(step)
      stepOf[step.record.name] = step.record.step
    }
    nodes = order.map { name in
      let members = instances[name, default: []]
      var counts: [StepStatus: Int] = [:]
      for member in members { counts[member.record.status, default: 0] += 1 }
      return Node(
        step: name, operation: members.first?.record.operation ?? "",
        counts: StepStatus.byConcern.compactMap { status in counts[status].map { (status, $0) } },
        instances: members)
    }
    var position: [String: Int] = [:]
    for (index, name) in order.enumerated() { position[name] = index }
    var seen: Set<[Int]> = []
    edges = []
    for step in steps {
      guard let to = position[step.record.step] else { continue }
      for need in step.record.needs {
        guard let from = stepOf[need].flatMap({ position[$0] }), from != to else { continue }
        if seen.insert([from, to]).inserted { edges.append((from, to)) }
      }
    }
  }
}
