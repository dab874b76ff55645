import CFlowPlugin
import FlowTesting
import Genome
import Testing

@testable import Pretrain

/// Held-out regions and held-out cell types.
@Suite struct ValidationTests {
  let small: SmallCorpus

  init() throws { small = try SmallCorpus() }

  @Test func cellTypesAreSplitByName() throws {
    let corpus = try Corpus(directory: small.corpus)
    #expect(try CellTypeSplit(corpus, heldOut: []).training == [0, 1])
    let split = try CellTypeSplit(corpus, heldOut: ["one"])
    #expect(split.training == [1] && split.heldOut == [0])
  }

  @Test(
    arguments: [
      (["three"], "the corpus has no cell type 'three'; it has one, two"),
      (["two", "one"], "names every cell type of the corpus (one, two)"),
    ])
  func namesThatLeaveNothingAreRefused(names: [String], message: String) throws {
    let host = try small.host("bad", ["validation_cell_types": .array(names.map { .string($0) })])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains(message), "\(failure)")
  }

  @Test func eachKindOfUnseenWindowHasItsOwnLoss() throws {
    let host = try small.host("run", ["validation_cell_types": ["two"]])
    try host.run("ebert", of: Pretrain.entry)
    for name in ["loss/validation", "loss/validation_cell_types", "loss/validation_both"] {
      #expect(host.metrics[name]?.map(\.at) == [4, 8, 12], "\(name)")
    }
    let values = ["loss/validation", "loss/validation_cell_types", "loss/validation_both"]
      .compactMap { host.metrics[$0]?.last?.value }
    #expect(Set(values).count == 3, "the windows differ")
  }

  @Test func trainingNeverDrawsWhatIsHeldOut() throws {
    let corpus = try Corpus(directory: small.corpus)
    let windows = MaskedWindows(
      corpus: corpus,
      sampler: WindowSampler(
        regions: corpus.training, cellTypes: try CellTypeSplit(corpus, heldOut: ["one"]).training,
        bases: corpus.bases(forTokens: 24)),
      masking: Masking(rate: 0.15, span: 0, vocabulary: corpus.vocabulary), spanWarmup: 0,
      length: 24, usesStates: true, seed: 1, purpose: .training)
    let drawn = windows.batch(StepSlice(step: 1, first: 0, count: 200)).windows
    #expect(drawn.allSatisfy { $0.cellType == 1 && $0.start + 24 <= 5000 })
  }

  @Test func lossesAreSummedByStateAndCellType() throws {
    var batch = MaskedBatch(StepSlice(step: 0, first: 0, count: 2), length: 4)
    batch.windows = [
      .init(chromosome: 0, start: 0, cellType: 3), .init(chromosome: 0, start: 9, cellType: 5),
    ]
    batch.scored = .init(rows: [1, 2, 5], labels: [9, 9, 9])
    batch.statesOfScored = [7, 8, 8]
    var losses = ValidationLosses()
    losses.add([1, 2, 4], of: batch)
    #expect(losses.all.tokens == 3 && losses.all.sum == 7)
    #expect(losses.byState[7]?.mean == 1 && losses.byState[8]?.mean == 3)
    #expect(losses.byCellType[3]?.mean == 1.5 && losses.byCellType[5]?.mean == 4)
  }
}
