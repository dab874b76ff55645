/// Rectangles of cores on the fabric, one per pipeline stage.
struct Placement: Equatable, Sendable {
  struct Tile: Equatable, Sendable {
    var stage: PipelineStage
    /// The left column and the upper row, in cores.
    var column: Int
    var row: Int
    var columns: Int
    var rows: Int
    /// Bytes of memory the stage needs per core.
    var memoryPerCore: Int

    var cores: Int { columns * rows }
  }

  /// In the order of stages; shelves run to the right and to the left in turns, so that a stage's output
  /// enters the next stage across a shared or a nearby edge.
  var tiles: [Tile]
  /// The slowest stage's time per sample at the cores' peak, in seconds: the pipeline's beat.
  var secondsPerSample: Double
  /// Bytes over all stages.
  var memory: Int

  /// A quarter of each core's memory is left for code and buffers.
  static let usableMemory = 0.75

  /// Bytes that the stages need together, fitting or not.
  static func memory(_ network: NetworkShape, grain: PipelineStage.Grain) -> Int {
    needs(network, grain: grain).reduce(0) { $0 + $1.memory }
  }

  /// Finds the shortest beat whose rectangles fit on the fabric; nil where memory alone is too large.
  init?(_ network: NetworkShape, on system: WaferSystem, grain: PipelineStage.Grain) {
    let needs = Self.needs(network, grain: grain)
    let usable = Double(system.memoryPerCore) * Self.usableMemory
    let floor = needs.map { max(1, Int((Double($0.memory) / usable).rounded(.up))) }
    func pack(beat: Double) -> [Tile]? {
      let cores = zip(needs, floor).map { need, floor in
        max(floor, Int((Double(need.stage.operations) / (system.corePeak * beat)).rounded(.up)))
      }
      return ShelfPacking.pack(cores, columns: system.columns, rows: system.rows).map { tiles in
        zip(needs, tiles).map { need, tile in
          Tile(
            stage: need.stage, column: tile.column, row: tile.row, columns: tile.columns,
            rows: tile.rows, memoryPerCore: need.memory / (tile.columns * tile.rows))
        }
      }
    }
    // Bisect the beat on a logarithmic scale between the whole wafer's peak and far beyond.
    var shortest = Double(network.operationsPerSample) / system.peak
    guard shortest > 0, pack(beat: shortest * 1e6) != nil else { return nil }
    var longest = shortest * 1e6
    while longest / shortest > 1.001 {
      let middle = (longest * shortest).squareRoot()
      if pack(beat: middle) == nil { shortest = middle } else { longest = middle }
    }
    guard let tiles = pack(beat: longest) else { return nil }
    self.tiles = tiles
    memory = needs.reduce(0) { $0 + $1.memory }
    secondsPerSample =
      tiles.map { Double($0.stage.operations) / (system.corePeak * Double($0.cores)) }.max()
      ?? longest
  }

  /// Each stage with its bytes. Stage i of n holds the samples that have passed it forward and not yet
  /// backward: 2 (n - i).
  private static func needs(
    _ network: NetworkShape, grain: PipelineStage.Grain
  ) -> [(stage: PipelineStage, memory: Int)] {
    let stages = PipelineStage.stages(of: network, grain: grain)
    return stages.enumerated().map { index, stage in
      (stage, stage.memory(samplesInFlight: 2 * (stages.count - index)))
    }
  }
}

/// Packs stages onto a rectangle of cores in shelves, in their order.
enum ShelfPacking {
  struct Rectangle: Equatable, Sendable {
    var column: Int
    var row: Int
    var columns: Int
    var rows: Int
  }

  /// - Parameter cores: cores that each stage needs at least.
  /// - Returns: a rectangle per stage, none overlapping, all within `columns` by `rows`; nil where no number
  ///   of shelves works. Of those that work, the one that uses the fewest rows.
  static func pack(_ cores: [Int], columns: Int, rows: Int) -> [Rectangle]? {
    let total = cores.reduce(0, +)
    guard total <= columns * rows, !cores.isEmpty else { return nil }
    var best: (height: Int, tiles: [Rectangle])?
    for shelves in 1...min(cores.count, 64) {
      let (tiles, height) = pack(cores, total: total, shelves: shelves, columns: columns)
      if height <= rows && height < best?.height ?? .max { best = (height, tiles) }
    }
    return best?.tiles
  }

  private static func pack(
    _ cores: [Int], total: Int, shelves: Int, columns: Int
  ) -> (tiles: [Rectangle], height: Int) {
    var tiles: [Rectangle] = []
    var row = 0
    var start = 0
    var placed = 0
    for shelf in 0..<shelves where start < cores.count {
      // The shelf takes stages until it has its share of all cores; the last one takes the rest.
      let target = total * (shelf + 1) / shelves
      var end = start
      repeat {
        placed += cores[end]
        end += 1
      } while end < cores.count && (shelf == shelves - 1 || placed + cores[end] / 2 <= target)
      let members = cores[start..<end]
      var height = (members.reduce(0, +) + columns - 1) / columns
      var widths = members.map { ($0 + height - 1) / height }
      while widths.reduce(0, +) > columns {
        height += 1
        widths = members.map { ($0 + height - 1) / height }
      }
      var column = 0
      for width in widths {
        // Every second shelf runs from right to left.
        let left = shelf % 2 == 0 ? column : columns - column - width
        tiles.append(Rectangle(column: left, row: row, columns: width, rows: height))
        column += width
      }
      row += height
      start = end
    }
    return (tiles, row)
  }
}
