import FlowCore
import Testing

@testable import FlowReport

@Suite("Graph")
struct GraphTests {
  /// A diamond with a long edge, a loner, and a wide layer.
  private static let graph: [(from: Int, to: Int)] = [
    (0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 5), (0, 5), (4, 5), (3, 6), (3, 7), (3, 8), (1, 8),
  ]

  private func steps(_ edges: [(from: Int, to: Int)], count: Int) -> [StepContents] {
    (0..<count).map { node in
      Sample.step(
        "step\(node)", id: node, needs: edges.filter { $0.to == node }.map { "step\($0.from)" })
    }
  }

  @Test("Every edge points to a later layer")
  func layers() {
    let layout = GraphLayout(nodes: 10, edges: Self.graph, size: 50, gap: 10)
    for edge in Self.graph {
      #expect(layout.places[edge.from].layer < layout.places[edge.to].layer)
    }
    // A step that needs nothing stands just before its first user, not at the far left.
    #expect(layout.places[4].layer == layout.places[5].layer - 1)
  }

  @Test("No two nodes of a layer overlap, nor does an edge that passes between them")
  func overlap() {
    let layout = GraphLayout(nodes: 10, edges: Self.graph, size: 50, gap: 10)
    for (first, one) in layout.places.enumerated() {
      for (second, other) in layout.places.enumerated() where first < second {
        if one.layer == other.layer { #expect(abs(one.across - other.across) >= 60 - 1e-6) }
      }
      for bend in layout.bends.flatMap({ $0 }) where bend.layer == one.layer {
        #expect(abs(bend.across - one.across) >= 25 + 6 + 10 - 1e-6)
      }
    }
    #expect(layout.places.allSatisfy { $0.across >= 25 - 1e-6 })
    #expect(layout.places.allSatisfy { $0.across + 25 <= layout.breadth + 1e-6 })
  }

  @Test("A long edge has a place in each layer that it crosses")
  func bends() throws {
    let layout = GraphLayout(nodes: 10, edges: Self.graph, size: 50, gap: 10)
    let long = try #require(Self.graph.firstIndex { $0 == (0, 5) })
    let crossed = layout.places[5].layer - layout.places[0].layer - 1
    #expect(layout.bends[long].map(\.layer) == Array(1...crossed))
  }

  @Test("Crossings that can be avoided are avoided")
  func crossings() {
    let layout = GraphLayout(nodes: 4, edges: [(0, 3), (1, 2)], size: 10, gap: 5)
    let order = layout.places[0].across < layout.places[1].across
    #expect((layout.places[3].across < layout.places[2].across) == order)
  }

  @Test("A chain is straight")
  func chain() {
    let layout = GraphLayout(nodes: 4, edges: [(0, 1), (1, 2), (2, 3)], size: 10, gap: 5)
    #expect(Set(layout.places.map(\.across)).count == 1)
  }

  @Test("A circle, which a plan cannot have, ends the layout all the same")
  func circle() {
    let layout = GraphLayout(nodes: 3, edges: [(0, 1), (1, 2), (2, 0)], size: 10, gap: 5)
    #expect(layout.places.count == 3)
  }

  @Test("Instances of a foreach are one node that counts them; edges are drawn once")
  func instances() {
    let graph = StepGraph([
      Sample.step("corpus"),
      Sample.step("train[seed=1]", step: "train", needs: ["corpus"]),
      Sample.step("train[seed=2]", step: "train", status: .failed, needs: ["corpus"]),
      Sample.step("compare", status: .skipped, needs: ["train[seed=1]", "train[seed=2]"]),
    ])
    #expect(graph.nodes.map(\.step) == ["corpus", "train", "compare"])
    #expect(graph.nodes[1].counts.map(\.status) == [.failed, .done])
    #expect(graph.edges.map(\.from) == [0, 1])
    #expect(graph.edges.map(\.to) == [1, 2])
  }

  @Test("All nodes and edges lie inside the drawing, in both directions", arguments: [10, 3])
  func inside(layers: Int) {
    let edges = (1..<layers).map { (from: $0 - 1, to: $0) } + [(from: 0, to: layers - 1)]
    let drawing = GraphDrawing(StepGraph(steps(edges, count: layers)))
    #expect(drawing.isHorizontal == (layers == 3))
    for node in 0..<layers {
      let corner = drawing.corner(of: node)
      #expect(corner.x >= 0 && corner.x + drawing.nodeWidth <= drawing.width)
      #expect(corner.y >= 0 && corner.y + GraphDrawing.nodeHeight <= drawing.height)
    }
    for edge in drawing.graph.edges.indices {
      let route = drawing.route(of: edge)
      #expect(route.allSatisfy { $0.x >= 0 && $0.x <= drawing.width })
      #expect(route.allSatisfy { $0.y >= 0 && $0.y <= drawing.height })
      let along = route.map { drawing.isHorizontal ? $0.x : $0.y }
      #expect(along == along.sorted())
    }
  }

  @Test("Long names keep their beginning and their end")
  func shortened() {
    #expect(GraphDrawing.shortened("finetune_with_states", to: 11) == "finet…tates")
    #expect(GraphDrawing.shortened("short", to: 11) == "short")
  }
}
