import FlowCore

/// The run's graph as a reader thinks of it: a node for each step of the workflow file, the instances of a
/// `foreach` together.
package struct StepGraph {
  package struct Node {
    package var step: String
    package var operation: String
    /// How many instances have each status, what went wrong first; none for what is no step, as a file.
    package var counts: [(status: StepStatus, count: Int)]
    /// The names of the first instances.
    package var names: [String]
    /// Where the node leads in a page that has more pages; nil for none.
    package var link: String?

    package init(
      step: String, operation: String, counts: [StepStatus: Int], names: [String] = [],
      link: String? = nil
    ) {
      self.step = step
      self.operation = operation
      self.counts = StepStatus.byConcern.compactMap { status in
        counts[status].map { (status, $0) }
      }
      self.names = names
      self.link = link
    }

    var count: Int { counts.reduce(0) { $0 + $1.count } }
  }

  /// How many names of instances a node tells.
  private static let nameLimit = 40

  var nodes: [Node]
  /// Pairs of positions in `nodes`; each pair once.
  var edges: [(from: Int, to: Int)]

  /// - Parameter edges: pairs of names of nodes; those that no node has are left out.
  package init(nodes: [Node], edges: [(from: String, to: String)]) {
    self.nodes = nodes
    let positions = Dictionary(zip(nodes.map(\.step), nodes.indices)) { first, _ in first }
    self.edges = edges.compactMap { edge in
      guard let from = positions[edge.from], let to = positions[edge.to], from != to else {
        return nil
      }
      return (from, to)
    }
  }

  init(_ contents: RunContents) {
    guard contents.isPart else {
      self.init(contents.steps)
      return
    }
    var names: [String: [String]] = [:]
    for step in contents.steps
    where names[step.record.step, default: []].count < Self.nameLimit {
      names[step.record.step, default: []].append(step.record.name)
    }
    self.init(
      nodes: contents.summaries.map {
        Node(
          step: $0.step, operation: $0.operation, counts: $0.counts,
          names: names[$0.step, default: []])
      }, edges: contents.edges)
  }

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
        step: name, operation: members.first?.record.operation ?? "", counts: counts,
        names: members.prefix(Self.nameLimit).map(\.record.name))
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
