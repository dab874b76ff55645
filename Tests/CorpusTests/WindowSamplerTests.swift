import Corpus
import CounterRandom
import Genome
import Testing

@Suite struct WindowSamplerTests {
  @Test func windowsAreUniformOverPlacesAndCellTypes() {
    let regions = [
      Region(chromosome: 0, start: 10, end: 20), Region(chromosome: 1, start: 0, end: 4),
      Region(chromosome: 1, start: 100, end: 106),
    ]
    let sampler = WindowSampler(regions: regions, cellTypes: 2, bases: 5)
    // 6 places in the first region, none in the second, 2 in the third; two cell types.
    #expect(sampler.count == 16)
    var counts: [String: Int] = [:]
    var random = RandomSequence(5)
    for _ in 0..<16_000 {
      let window = sampler.draw(&random)
      counts["\(window.chromosome) \(window.start) \(window.cellType)", default: 0] += 1
    }
    #expect(counts.count == 16)
    #expect(counts["1 101 1"] != nil && counts["0 15 0"] != nil)
    // Four standard deviations of a count: 4 sqrt(16000 x 1/16 x 15/16).
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 123 })
  }

  @Test func onlyTheGivenCellTypesAreDrawn() {
    let regions = [Region(chromosome: 0, start: 0, end: 9)]
    let sampler = WindowSampler(regions: regions, cellTypes: [1, 4], bases: 5)
    #expect(sampler.count == 10)
    var random = RandomSequence(5)
    #expect(Set((0..<100).map { _ in sampler.draw(&random).cellType }) == [1, 4])
  }
}
