import Testing

@testable import Wafer

/// Networks whose throughput was published for CS systems; docs/wafer.md has the sources.
private let bertLarge = Pipeline.measured.network
private let gptJ = NetworkShape(
  layers: 28, hidden: 4096, heads: 16, intermediate: 16_384, vocabulary: 50_257, states: 1,
  length: 2048, masked: 2048)
private let ebertBase = NetworkShape(
  layers: 12, hidden: 768, heads: 12, intermediate: 3072, vocabulary: 4101, states: 26, length: 512,
  masked: 77)

@Suite("wafer/estimate: arithmetic of a network")
struct NetworkShapeTests {
  @Test("operations of BERT-large equal the count over the vendor's lowered graph")
  func operations() { #expect(bertLarge.operationsPerSample == 240_636_444_672) }

  @Test("parameters of BERT-base equal those of its published checkpoint's masked language model")
  func parameters() {
    // google-bert/bert-base-uncased as BertForMaskedLM with tied decoder: 109,514,298.
    let base = NetworkShape(
      layers: 12, hidden: 768, heads: 12, intermediate: 3072, vocabulary: 30_522, states: 2,
      length: 512, masked: 77)
    #expect(base.parameters == 109_514_298)
  }

  @Test(
    "the stages of a pipeline hold all operations of the network", arguments: ["layer", "operator"])
  func stages(grain: String) throws {
    let grain = try #require(PipelineStage.Grain(rawValue: grain))
    for network in [bertLarge, ebertBase] {
      let sum = PipelineStage.stages(of: network, grain: grain).reduce(0) { $0 + $1.operations }
      #expect(sum == network.operationsPerSample)
    }
  }
}

@Suite("wafer/estimate: step times")
struct StepTimeTests {
  /// (network, samples per step, published samples per second on one system).
  static let published: [(String, NetworkShape, Int, Double, WaferSystem)] = [
    ("BERT-large B512", bertLarge, 512, 2938, .cs2),
    ("BERT-large B1024", bertLarge, 1024, 4862, .cs2),
    ("BERT-large B2048", bertLarge, 2048, 6731, .cs2), ("GPT-J B66", gptJ, 66, 19.80, .cs2),
    ("GPT-J B60", gptJ, 60, 43.70 / 2, .cs2), ("GPT-J B120 on CS-3", gptJ, 120, 44.75, .cs3),
  ]

  @Test("published throughputs lie within the stated range", arguments: 0..<6)
  func published(index: Int) {
    let (name, network, batch, rate, system) = Self.published[index]
    let time = WeightStreaming.stepTime(network, batch: batch, on: system)
    let measured = Double(batch) / rate
    #expect(time.low < measured && measured < time.high, "\(name): \(time), measured \(measured)")
  }

  @Test("a small network is told to extrapolate, with a range of more than ten times")
  func small() {
    let time = WeightStreaming.stepTime(ebertBase, batch: 1024, on: .cs2)
    #expect(time.extrapolates)
    #expect(time.high / time.low > 10)
    #expect(time.low < time.middle && time.middle < time.high)
  }

  @Test("the pipeline gives back the run it is scaled to")
  func pipeline() throws {
    let estimate = WaferEstimate(
      bertLarge, batch: 1024, system: .cs2, mode: .pipeline, grain: .operator)
    let time = try #require(estimate.stepTime)
    #expect(abs(1024 / time.middle - 6882) < 1)
    #expect(!time.extrapolates)
  }

  @Test("auto is the pipeline on cs-1 and weight streaming on later systems")
  func auto() {
    func mode(_ system: WaferSystem) -> ExecutionMode {
      WaferEstimate(ebertBase, batch: 1, system: system, mode: .auto, grain: .layer).mode
    }
    #expect(mode(.cs1) == .pipeline)
    #expect(mode(.cs2) == .weightStreaming)
    #expect(mode(.cs3) == .weightStreaming)
  }
}

@Suite("wafer/estimate: placement")
struct PlacementTests {
  @Test(
    "rectangles lie on the fabric, do not overlap, and hold their stage's memory",
    arguments: ["layer", "operator"])
  func rectangles(grain: String) throws {
    let grain = try #require(PipelineStage.Grain(rawValue: grain))
    let system = WaferSystem.cs2
    let placement = try #require(Placement(bertLarge, on: system, grain: grain))
    for (index, tile) in placement.tiles.enumerated() {
      #expect(tile.column >= 0 && tile.column + tile.columns <= system.columns)
      #expect(tile.row >= 0 && tile.row + tile.rows <= system.rows)
      #expect(Double(tile.memoryPerCore) <= Double(system.memoryPerCore) * 0.75)
      for other in placement.tiles[..<index] {
        let apart =
          tile.column + tile.columns <= other.column || other.column + other.columns <= tile.column
          || tile.row + tile.rows <= other.row || other.row + other.rows <= tile.row
        #expect(apart, "\(tile.stage.name) overlaps \(other.stage.name)")
      }
    }
  }

  @Test("most of the fabric is used")
  func use() throws {
    let placement = try #require(Placement(bertLarge, on: .cs2, grain: .operator))
    let cores = placement.tiles.reduce(0) { $0 + $1.cores }
    #expect(Double(cores) > 0.85 * Double(750 * 994))
  }

  @Test("a network whose stages need more memory than the wafer has does not fit, and says so")
  func tooLarge() {
    let estimate = WaferEstimate(
      ebertBase, batch: 64, system: .cs1, mode: .pipeline, grain: .operator)
    #expect(estimate.placement == nil)
    #expect(estimate.stepTime == nil)
    #expect(estimate.caveats.contains { $0.contains("does not fit") })
    #expect(Placement(ebertBase, on: .cs1, grain: .layer) != nil)
  }

  @Test("shelves pack any list of stages that fits, in order", arguments: 1...40)
  func shelves(seed: Int) throws {
    // A linear congruential sequence of sizes: skewed, some of them tiny.
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
    let cores = (0..<(3 + seed)).map { _ -> Int in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return 1 + Int(state >> 33) % 400
    }
    let tiles = try #require(ShelfPacking.pack(cores, columns: 200, rows: 200))
    #expect(tiles.count == cores.count)
    for (tile, need) in zip(tiles, cores) { #expect(tile.columns * tile.rows >= need) }
    #expect(ShelfPacking.pack([200 * 200 + 1], columns: 200, rows: 200) == nil)
  }
}
