import FlowCore

/// The step graph as an SVG drawing.
package struct GraphDrawing {
  static let nodeHeight = 58.0
  /// The page's width: a graph that fits is drawn from left to right, a longer one from top to bottom.
  static let pageWidth = 1080.0
  private static let margin = 10.0
  /// Between layers.
  private static let spacing = 38.0

  let graph: StepGraph
  let layout: GraphLayout
  let isHorizontal: Bool
  /// Wide enough for the longest name, within bounds.
  let nodeWidth: Double
  private let step: Double

  package init(_ graph: StepGraph) {
    self.graph = graph
    // The widths of characters are estimates for common fonts; `shortened` keeps what is longer in bounds.
    let longest =
      graph.nodes.map {
        max(
          Double($0.step.count) * 8 + ($0.count > 1 ? 34 : 0),
          Double($0.operation.count) * 6.6)
      }.max() ?? 0
    nodeWidth = min(196, max(128, longest + 26))
    let horizontal = GraphLayout(
      nodes: graph.nodes.count, edges: graph.edges, size: Self.nodeHeight, gap: 20)
    let length =
      Double(horizontal.layerCount) * (nodeWidth + Self.spacing) - Self.spacing + 2 * Self.margin
    isHorizontal = length <= Self.pageWidth
    if isHorizontal {
      layout = horizontal
      step = nodeWidth + Self.spacing
    } else {
      layout = GraphLayout(
        nodes: graph.nodes.count, edges: graph.edges, size: nodeWidth, gap: 24)
      step = Self.nodeHeight + Self.spacing
    }
  }

  var width: Double { isHorizontal ? length : layout.breadth + 2 * Self.margin }
  var height: Double { isHorizontal ? layout.breadth + 2 * Self.margin : length }

  private var length: Double {
    let node = isHorizontal ? nodeWidth : Self.nodeHeight
    return Double(max(0, layout.layerCount - 1)) * step + node + 2 * Self.margin
  }

  /// The upper left corner of a node.
  func corner(of node: Int) -> Point {
    let place = layout.places[node]
    let along = Self.margin + Double(place.layer) * step
    let across = Self.margin + place.across
    return isHorizontal
      ? Point(x: along, y: across - Self.nodeHeight / 2)
      : Point(x: across - nodeWidth / 2, y: along)
  }

  /// The points that an edge passes through, its ends on the borders of its nodes.
  func route(of edge: Int) -> [Point] {
    let (from, to) = graph.edges[edge]
    let begin = corner(of: from)
    let end = corner(of: to)
    let node = isHorizontal ? nodeWidth : Self.nodeHeight
    var points: [Point] = []
    if isHorizontal {
      points.append(Point(x: begin.x + nodeWidth, y: begin.y + Self.nodeHeight / 2))
    } else {
      points.append(Point(x: begin.x + nodeWidth / 2, y: begin.y + Self.nodeHeight))
    }
    // A bend keeps its place along the whole depth of its layer: the edge must not cut the nodes beside it.
    for bend in layout.bends[edge] {
      let along = Self.margin + Double(bend.layer) * step
      let across = Self.margin + bend.across
      for at in [along, along + node] {
        points.append(isHorizontal ? Point(x: at, y: across) : Point(x: across, y: at))
      }
    }
    if isHorizontal {
      points.append(Point(x: end.x, y: end.y + Self.nodeHeight / 2))
    } else {
      points.append(Point(x: end.x + nodeWidth / 2, y: end.y))
    }
    return points
  }

  package var html: HTML {
    let description = graph.edges.map { edge in
      "\(graph.nodes[edge.from].step) to \(graph.nodes[edge.to].step)"
    }.joined(separator: ", ")
    return """
      <div class="scroll"><svg class="graph" role="img" aria-labelledby="graph-name graph-desc" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
      <title id="graph-name">Graph of \(graph.nodes.count) steps</title>
      <desc id="graph-desc">\(description.isEmpty ? "No edges." : "Edges: \(description).")</desc>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
      \(graph.edges.indices.map(edge).joined())\(graph.nodes.indices.map(node).joined())</svg></div>

      """
  }

  private func edge(_ position: Int) -> HTML {
    let points = route(of: position)
    var path: HTML = "M\(points[0].x) \(points[0].y)"
    for (from, to) in zip(points, points.dropFirst()) {
      let middle =
        isHorizontal
        ? (Point(x: (from.x + to.x) / 2, y: from.y), Point(x: (from.x + to.x) / 2, y: to.y))
        : (Point(x: from.x, y: (from.y + to.y) / 2), Point(x: to.x, y: (from.y + to.y) / 2))
      path +=
        "C\(middle.0.x) \(middle.0.y) \(middle.1.x) \(middle.1.y) \(to.x) \(to.y)"
    }
    return "<path class=\"edge\" marker-end=\"url(#arrow)\" d=\"\(path)\"/>"
  }

  private func node(_ position: Int) -> HTML {
    let node = graph.nodes[position]
    let corner = corner(of: position)
    let worst = node.counts.first?.status ?? .waiting
    let count = node.count
    let states = node.counts.map { status, number in
      count == 1
        ? "\(status.sign) \(status.rawValue)" : "\(status.sign) \(number) \(status.rawValue)"
    }.joined(separator: "  ")
    let names = node.names.joined(separator: "\n")
    let title =
      node.counts.isEmpty
      ? "\(node.step): \(node.operation)"
      : count == 1 ? "\(node.step): \(worst.rawValue)" : "\(names.isEmpty ? node.step : names)"
    let drawing: HTML = """
      <g class="node \(worst.rawValue)" transform="translate(\(corner.x) \(corner.y))"><title>\(title)</title>\
      <rect width="\(nodeWidth)" height="\(Self.nodeHeight)" rx="6"/>\(bar(node))\
      <text class="name" x="12" y="20">\(Self.shortened(node.step, to: Int((nodeWidth - (count > 1 ? 56 : 22)) / 8.2)))</text>\
      \(count > 1 ? "<text class=\"count\" x=\"\(nodeWidth - 10)\" y=\"20\" text-anchor=\"end\">×\(count)</text>" : HTML.empty)\
      <text class="operation" x="12" y="35">\(Self.shortened(node.operation, to: Int((nodeWidth - 20) / 6.4)))</text>\
      <text class="state" x="12" y="50">\(Self.shortened(states, to: Int((nodeWidth - 20) / 6.4)))</text></g>
      """
    return node.link.map { "<a href=\"\($0)\">\(drawing)</a>" } ?? drawing
  }

  /// The stripe at a node's left: how many instances have which status, as shares of its height.
  private func bar(_ node: StepGraph.Node) -> HTML {
    var bar = HTML.empty
    var y = 0.0
    let total = Double(max(1, node.count))
    for (status, count) in node.counts {
      let height = (Self.nodeHeight - 8) * Double(count) / total
      bar +=
        "<rect class=\"bar \(status.rawValue)\" x=\"4\" y=\"\(4 + y)\" width=\"3\" height=\"\(height)\"/>"
      y += height
    }
    return bar
  }

  /// `text` with its middle left out where it is longer than `limit` characters: beginnings and ends of names tell
  /// them apart.
  package static func shortened(_ text: String, to limit: Int) -> String {
    guard text.count > limit else { return text }
    let end = (limit - 1) / 2
    return "\(text.prefix(limit - 1 - end))…\(text.suffix(end))"
  }
}
