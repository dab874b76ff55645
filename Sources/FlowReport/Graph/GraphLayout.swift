/// Places the nodes of an acyclic graph in layers: the method of Sugiyama, Tagawa and Toda (IEEE Transactions on
/// Systems, Man, and Cybernetics 11, 1981), with longest-path layers, barycentre ordering and least-squares
/// positions.
///
/// Lengths are in pixels. `along` is the direction of the edges, `across` the other one; the drawing decides
/// which of them is horizontal.
struct GraphLayout {
  struct Place: Equatable {
    /// The layer, from 0 on.
    var layer: Int
    /// The middle of the node, across the edges.
    var across: Double
  }

  /// By node.
  private(set) var places: [Place] = []
  /// By edge: the places through which it passes between its ends, one in each layer that it crosses.
  private(set) var bends: [[Place]] = []
  private(set) var layerCount = 0
  /// The extent across all layers, from 0 on.
  private(set) var breadth = 0.0

  /// - Parameters:
  ///   - nodes: how many nodes there are.
  ///   - edges: pairs of nodes; the first comes before the second. An edge that would close a circle is placed
  ///     as if it were not there.
  ///   - size: a node's extent across the edges.
  ///   - gap: the least space between neighbours in a layer.
  init(nodes: Int, edges: [(from: Int, to: Int)], size: Double, gap: Double) {
    guard nodes > 0 else {
      bends = edges.map { _ in [] }
      return
    }
    let layerOf = Self.layers(nodes: nodes, edges: edges)
    layerCount = (layerOf.max() ?? 0) + 1

    // Long edges get a place of their own in each layer between, so that nodes make room for them.
    var items: [Item] = layerOf.map { Item(layer: $0, size: size) }
    var chains: [[Int]] = []
    for edge in edges {
      var chain = [edge.from]
      let between = layerOf[edge.from] + 1..<max(layerOf[edge.from] + 1, layerOf[edge.to])
      for layer in between {
        chain.append(items.count)
        items.append(Item(layer: layer, size: 12))
      }
      chain.append(edge.to)
      chains.append(chain)
      for (before, after) in zip(chain, chain.dropFirst())
      where items[before].layer < items[after].layer {
        items[before].after.append(after)
        items[after].before.append(before)
      }
    }
    var layers = Array(repeating: [Int](), count: layerCount)
    for (position, item) in items.enumerated() { layers[item.layer].append(position) }

    Self.order(&layers, items)
    let across = Self.positions(layers, items, gap: gap)
    places = (0..<nodes).map { Place(layer: items[$0].layer, across: across[$0]) }
    bends = chains.map { chain in
      chain.dropFirst().dropLast().map { Place(layer: items[$0].layer, across: across[$0]) }
    }
    breadth = items.indices.map { across[$0] + items[$0].size / 2 }.max() ?? 0
  }

  /// A node, or the place of a long edge in a layer.
  private struct Item {
    var layer: Int
    var size: Double
    var before: [Int] = []
    var after: [Int] = []
  }

  /// Each node one layer after the last of those it needs; one that needs nothing, just before its first user.
  private static func layers(nodes: Int, edges: [(from: Int, to: Int)]) -> [Int] {
    var layers = Array(repeating: 0, count: nodes)
    // At most `nodes` rounds: more would mean a circle, which stays as it is.
    for _ in 0..<nodes {
      var changed = false
      for edge in edges where edge.from != edge.to && layers[edge.to] < layers[edge.from] + 1 {
        guard layers[edge.from] + 1 < nodes else { continue }
        layers[edge.to] = layers[edge.from] + 1
        changed = true
      }
      if !changed { break }
    }
    let needing = Set(edges.map(\.to))
    for node in 0..<nodes where !needing.contains(node) {
      let users = edges.filter { $0.from == node && $0.to != node }.map { layers[$0.to] }
      if let first = users.min() { layers[node] = max(layers[node], first - 1) }
    }
    return layers
  }

  /// Orders each layer by the mean position of its neighbours, forwards and backwards, and keeps the order with
  /// the fewest crossings.
  private static func order(_ layers: inout [[Int]], _ items: [Item]) {
    var rank = Array(repeating: 0.0, count: items.count)
    func rerank(_ layer: [Int]) {
      for (position, item) in layer.enumerated() { rank[item] = Double(position) }
    }
    for layer in layers { rerank(layer) }
    var best = layers
    var fewest = crossings(layers, items)
    for round in 0..<8 where fewest > 0 {
      let isForward = round % 2 == 0
      for index in isForward ? Array(layers.indices) : layers.indices.reversed() {
        let keys = layers[index].map { item -> Double in
          let neighbours = isForward ? items[item].before : items[item].after
          guard !neighbours.isEmpty else { return rank[item] }
          return neighbours.reduce(0) { $0 + rank[$1] } / Double(neighbours.count)
        }
        let sorted = layers[index].indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        layers[index] = sorted.map { layers[index][$0] }
        rerank(layers[index])
      }
      let count = crossings(layers, items)
      if count < fewest { (best, fewest) = (layers, count) }
    }
    layers = best
  }

  /// How many pairs of edges between neighbouring layers cross.
  private static func crossings(_ layers: [[Int]], _ items: [Item]) -> Int {
    var rank = Array(repeating: 0, count: items.count)
    for layer in layers {
      for (position, item) in layer.enumerated() { rank[item] = position }
    }
    var count = 0
    for layer in layers {
      let edges = layer.flatMap { item in items[item].after.map { (rank[item], rank[$0]) } }
      for first in edges.indices {
        for second in edges.indices.dropFirst(first + 1)
        where (edges[first].0 - edges[second].0) * (edges[first].1 - edges[second].1) < 0 {
          count += 1
        }
      }
    }
    return count
  }

  /// Moves each item towards its neighbours as far as its layer's order and the gaps allow.
  private static func positions(_ layers: [[Int]], _ items: [Item], gap: Double) -> [Double] {
    var across = Array(repeating: 0.0, count: items.count)
    for layer in layers {
      let spread = separated(layer, items, wanted: layer.map { _ in 0 }, gap: gap)
      for (item, position) in zip(layer, spread) { across[item] = position }
    }
    for round in 0..<12 {
      let isForward = round % 2 == 0
      for index in isForward ? Array(layers.indices) : layers.indices.reversed() {
        let wanted = layers[index].map { item -> Double in
          var neighbours = isForward ? items[item].before : items[item].after
          // The last rounds weigh both sides: a node between its needs and its users.
          if round >= 10 { neighbours = items[item].before + items[item].after }
          guard !neighbours.isEmpty else { return across[item] }
          return neighbours.reduce(0) { $0 + across[$1] } / Double(neighbours.count)
        }
        let placed = separated(layers[index], items, wanted: wanted, gap: gap)
        for (item, position) in zip(layers[index], placed) { across[item] = position }
      }
    }
    let lowest = items.indices.map { across[$0] - items[$0].size / 2 }.min() ?? 0
    return across.map { $0 - lowest }
  }

  /// The positions nearest to those wanted, by least squares, at which neighbours keep their distance: isotonic
  /// regression by pooling adjacent violators.
  private static func separated(
    _ layer: [Int], _ items: [Item], wanted: [Double], gap: Double
  ) -> [Double] {
    var offsets: [Double] = []
    var offset = 0.0
    for (position, item) in layer.enumerated() {
      if position > 0 {
        offset += (items[layer[position - 1]].size + items[item].size) / 2 + gap
      }
      offsets.append(offset)
    }
    var pools: [(sum: Double, count: Int)] = []
    for (position, goal) in wanted.enumerated() {
      var pool = (sum: goal - offsets[position], count: 1)
      while let last = pools.last, last.sum / Double(last.count) >= pool.sum / Double(pool.count) {
        pool = (pool.sum + last.sum, pool.count + last.count)
        pools.removeLast()
      }
      pools.append(pool)
    }
    let levels = pools.flatMap {
      Array(repeating: $0.sum / Double($0.count), count: $0.count)
    }
    return zip(levels, offsets).map { $0 + $1 }
  }
}
