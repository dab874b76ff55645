import Files
import FlowCore
import FlowReport

/// What a step's inputs were made from, back to the sources, as a drawing.
struct Lineage {
  private static let nodeLimit = 60
  private var nodes: [StepGraph.Node] = []
  private var edges: [(from: String, to: String)] = []
  private var names: [String: String] = [:]
  private var taken: Set<String> = []
  private var isCut = false

  static func html(of step: StepRecord, in ledger: Ledger) throws -> HTML {
    var lineage = Lineage()
    try lineage.follow(step, in: ledger)
    guard lineage.nodes.count > 1 else { return .empty }
    var body = GraphDrawing(StepGraph(nodes: lineage.nodes, edges: lineage.edges)).html
    if lineage.isCut {
      body += "<p class=\"note\">The nearest \(lineage.nodes.count); there are more.</p>\n"
    }
    return Elements.section("lineage", "Where it comes from", body)
  }

  /// Breadth first, so that what is cut is what is furthest.
  private mutating func follow(_ start: StepRecord, in ledger: Ledger) throws {
    var queue = [start]
    var next = 0
    _ = add("step \(start.key ?? "\(start.id)")", name: start.name) { name in
      StepGraph.Node(
        step: name, operation: start.operation, counts: [start.status: 1], link: Link.step(start))
    }
    while next < queue.count {
      let step = queue[next]
      next += 1
      guard let to = names["step \(step.key ?? "\(step.id)")"] else { continue }
      for input in try ledger.inputs(ofStep: step.id).prefix(200) {
        let maker = try input.key.flatMap { try ledger.maker(ofKey: $0) }
        let identity = input.key.map { "step \($0)" } ?? "file \(input.sha256)"
        let isKnown = names[identity] != nil
        let from = add(identity, name: maker?.name ?? Path.name(input.path)) { name in
          maker.map {
            StepGraph.Node(
              step: name, operation: $0.operation, counts: [$0.status: 1], link: Link.step($0))
          }
            ?? StepGraph.Node(
              step: name, operation: "source, \(Quantity.text(bytes: input.bytes))", counts: [:])
        }
        guard let from else { continue }
        edges.append((from, to))
        if !isKnown, let maker { queue.append(maker) }
      }
    }
    var seen: Set<String> = []
    edges = edges.filter { seen.insert("\($0.from)\u{0}\($0.to)").inserted }
  }

  /// The name of a node, which is added where it is new; nil where there are enough.
  private mutating func add(
    _ identity: String, name: String, _ node: (String) -> StepGraph.Node
  ) -> String? {
    if let known = names[identity] { return known }
    guard nodes.count < Self.nodeLimit else {
      isCut = true
      return nil
    }
    // Two files of one name, or a step of two runs.
    var unique = name
    var number = 2
    while !taken.insert(unique).inserted {
      unique = "\(name) (\(number))"
      number += 1
    }
    names[identity] = unique
    nodes.append(node(unique))
    return unique
  }
}
