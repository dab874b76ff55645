import FlowPlugin
import Testing

@testable import Finetune

@Suite("ranking metrics")
struct RankingMetricsTests {
  /// Bins from "score label" pairs, highest score first, each row its own block.
  private func bins(_ rows: [(Double, Bool)]) -> [ScoredBin] {
    rows.enumerated().map { ScoredBin(score: $1.0, block: Int32($0), isBound: $1.1) }
      .sorted { $0.score > $1.score }
  }

  @Test("a small example, by hand")
  func byHand() {
    // Ranked: bound, unbound, bound, unbound.
    let metrics = RankingMetrics(
      sorted: bins([(0.9, true), (0.8, false), (0.7, true), (0.1, false)]))
    #expect(metrics.auROC == 0.75)
    // First half of recall at precision 1; second half from 1/2 (1 of 2) to 2/3 (2 of 3).
    #expect(abs(metrics.auPRC - (0.5 * 1 + 0.5 * (0.5 + 2.0 / 3) / 2)) < 1e-15)
    #expect(metrics.recallAtFDR == [1, 0.5, 0.5, 0.5])
    #expect(metrics.f1 == 2 * 2 / (3.0 + 2))
  }

  @Test("the order of rows within a tie does not matter")
  func ties() {
    let one = RankingMetrics(sorted: bins([(0.5, true), (0.5, false), (0.5, false), (0.2, true)]))
    let other = RankingMetrics(
      sorted: bins([(0.5, false), (0.2, true), (0.5, false), (0.5, true)]))
    #expect(one == other)
    #expect(one.auROC == 0.25)
  }

  @Test("a score of exactly one half counts as unbound, as numpy rounds")
  func half() {
    #expect(RankingMetrics(sorted: bins([(0.5, true), (0.1, false)])).f1 == 0)
    #expect(RankingMetrics(sorted: bins([(0.5000001, true), (0.1, false)])).f1 == 1)
  }

  @Test("without bound or without unbound rows there is nothing to rank", arguments: [true, false])
  func oneClass(bound: Bool) {
    var scored = ScoredBins()
    for score in [0.1, 0.2] {
      scored.append(score: score, label: bound ? .bound : .unbound, block: 0)
    }
    scored.blocks = 1
    #expect(throws: StepFailure.self) {
      _ = try Evaluation(
        &scored, bootstrap: Bootstrap(replicates: 0, seed: 1), blockSize: 1, path: "rows.tsv")
    }
  }

  @Test("the precision-recall chart keeps the ends of the curve and few points")
  func chart() throws {
    var rows: [(Double, Bool)] = []
    for index in 0..<20_000 { rows.append((Double((index * 7919) % 20_011), index % 10 == 0)) }
    let chart = Curves.precisionRecall(sorted: bins(rows), bound: 2000)
    let points = try #require(chart["series"]?.array?.first?["points"]?.array)
    #expect(points.count <= 201)
    #expect(points.last?.array?.first?.number == 1)
    #expect(chart["lines"]?.array?.first?["y"]?.number == 0.1)
  }
}

@Suite("the bootstrap of auPRC")
struct BootstrapTests {
  /// 1,000 bins in 100 blocks; bound ones score higher on average.
  private func example() -> [ScoredBin] {
    (0..<1000).map { index in
      let isBound = index % 20 == 0
      let noise = Double((index * 7919) % 1009) / 1009
      return ScoredBin(
        score: noise + (isBound ? 0.6 : 0), block: Int32(index / 10), isBound: isBound)
    }.sorted { $0.score > $1.score }
  }

  @Test("the same seed gives the same replicates, another seed others")
  func seeded() throws {
    let bins = example()
    let one = try Bootstrap(replicates: 20, seed: 1).areas(sorted: bins, blocks: 100)
    #expect(try Bootstrap(replicates: 20, seed: 1).areas(sorted: bins, blocks: 100) == one)
    #expect(try Bootstrap(replicates: 20, seed: 2).areas(sorted: bins, blocks: 100) != one)
    #expect(Set(one).count == 20)
  }

  @Test("the interval holds the area itself and narrows with more data")
  func interval() throws {
    let bins = example()
    let area = RankingMetrics(sorted: bins).auPRC
    let replicates = try Bootstrap(replicates: 400, seed: 3).areas(sorted: bins, blocks: 100)
    let narrow = try #require(interval95(replicates))
    #expect(narrow.contains(area))
    let few = bins.filter { $0.block < 25 }
    let wide = try #require(
      interval95(Bootstrap(replicates: 400, seed: 3).areas(sorted: few, blocks: 25)))
    #expect(wide.upperBound - wide.lowerBound > narrow.upperBound - narrow.lowerBound)
  }

  @Test("a unit is left out with probability 1/e")
  func poisson() throws {
    // With one bound bin per block and none unbound, nothing but the draws decides whether an area exists.
    let bins = [ScoredBin(score: 1, block: 0, isBound: true)]
    let areas = try Bootstrap(replicates: 20_000, seed: 5).areas(sorted: bins, blocks: 1)
    let absent = Double(areas.count { $0.isNaN }) / 20_000
    // P(0) = 1/e; four standard errors are 0.0136.
    #expect(abs(absent - 0.36788) < 0.0136)
  }

  @Test("a quantile lies between order statistics")
  func quantiles() throws {
    let interval = try #require(interval95((0...100).map { Double($0) }))
    #expect(abs(interval.lowerBound - 2.5) < 1e-12)
    #expect(abs(interval.upperBound - 97.5) < 1e-12)
    #expect(interval95([1]) == nil)
  }
}
