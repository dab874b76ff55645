import FlowTesting
import Genome
import Testing
import Tokens

@testable import Finetune

@Suite("bins and windows")
struct BindingBinsTests {
  private let vocabulary = Vocabulary(k: 6, isOverlapping: true)

  @Test("bins lie on the grid of the stride, their context in the region, off what is excluded")
  func placement() throws {
    let layout = try WindowLayout(bin: 200, context: 256, pool: .bin, vocabulary: vocabulary)
    let bins = BindingBins(
      [Region(chromosome: 0, start: 30, end: 2030)], stride: 50, layout: layout,
      excluded: [[Interval(1000, 1100)]])
    let starts = (0..<bins.count).map { bins[$0].interval.start }
    // Context reaches 28 bases to either side: bins lie in 58 ..< 2002.
    let expected = stride(from: 100, through: 1800, by: 50).filter { start in
      start + 200 <= 2002 && (start + 200 <= 1000 || start >= 1100)
    }
    #expect(starts == expected)
  }

  @Test("every bin of the ENCODE-DREAM grid in a long region is there once")
  func numbering() throws {
    let layout = try WindowLayout(bin: 200, context: 200, pool: .bin, vocabulary: vocabulary)
    let bins = BindingBins(
      [
        Region(chromosome: 0, start: 0, end: 1000), Region(chromosome: 1, start: 600, end: 10_600),
      ], stride: 50, layout: layout, excluded: [[], []])
    #expect(bins.count == 17 + 197)
    #expect(bins[16].interval == Interval(800, 1000))
    #expect(bins[17].chromosome == 1)
    #expect(bins[17].interval == Interval(600, 800))
  }

  @Test("the pooled tokens are those that lie wholly in the bin", arguments: [true, false])
  func span(overlapping: Bool) throws {
    let vocabulary = Vocabulary(k: 5, isOverlapping: overlapping)
    let layout = try WindowLayout(bin: 200, context: 256, pool: .bin, vocabulary: vocabulary)
    for token in 1..<layout.length - 1 {
      let start = (token - 1) * vocabulary.stride
      #expect(layout.span.contains(token) == (start >= 28 && start + 5 <= 228))
    }
    let turned = layout.span.map { layout.length - 1 - $0 }
    #expect(Set(turned) == Set(layout.reversedSpan))
  }

  @Test("without relaxed peaks no bin is ambiguous")
  func noRelaxed() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let peaks = try NarrowPeak.read(genome.peaks)
    let labels = PeakLabels(genome.corpus, conservative: peaks, relaxed: nil)
    let layout = try WindowLayout(
      bin: 50, context: 60, pool: .bin, vocabulary: genome.corpus.vocabulary)
    let bins = BindingBins(
      genome.corpus.training, stride: 10, layout: layout, excluded: [[], []])
    let found = Set((0..<bins.count).map { labels.label(bins[$0]) })
    #expect(found == [.bound, .unbound])
  }
}

@Suite("the order of examples")
struct ExampleOrderTests {
  private func order(_ genome: SmallGenome, seed: UInt64 = 1) throws -> ExampleOrder {
    let layout = try WindowLayout(
      bin: 50, context: 60, pool: .bin, vocabulary: genome.corpus.vocabulary)
    return ExampleOrder(
      BindingBins(genome.corpus.training, stride: 50, layout: layout, excluded: [[], []]),
      labels: PeakLabels(
        genome.corpus, conservative: try NarrowPeak.read(genome.peaks), relaxed: nil),
      negativesPerPositive: 3, readsBothStrands: true, seed: seed, progress: { _ in })
  }

  @Test("an epoch holds each bound bin once and three unbound ones for it; the next draws others")
  func epoch() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    var order = try order(genome)
    let length = order.epochLength
    let first = order.examples(step: 1, batch: length)
    let second = order.examples(step: 2, batch: length)
    for epoch in [first, second] {
      let bound = epoch.filter(\.isBound).map(\.bin.interval.start)
      #expect(bound.count == order.bound.count)
      #expect(Set(bound).count == bound.count)
      #expect(epoch.allSatisfy { order.labels.label($0.bin) == ($0.isBound ? .bound : .unbound) })
    }
    #expect(
      first.filter { !$0.isBound }.map(\.bin.interval)
        != second.filter { !$0.isBound }.map(\.bin.interval))
  }

  @Test("a step's examples do not depend on the steps before it")
  func stateless() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    var inTurn = try order(genome)
    var late = try order(genome)
    var last: [ExampleOrder.Example] = []
    for step in 1...40 { last = inTurn.examples(step: step, batch: 32) }
    #expect(late.examples(step: 40, batch: 32) == last)
    var other = try order(genome, seed: 2)
    #expect(other.examples(step: 40, batch: 32) != last)
  }
}
