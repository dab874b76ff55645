import CFlowPlugin
import Corpus
import Files
import FlowTesting
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

  @Test func windowsThatHideNothingDoNotJudge() throws {
    let host = try small.host(
      "silent", ["mask_strategy": "bin", "mask_rate": 0.001, "validation_windows": 1])
    let failure = try #require(host.failure("ebert", of: Pretrain.entry))
    #expect(failure.status == .invalid)
    #expect(
      failure.description.contains("no token is masked in the 1 validation windows"), "\(failure)")
  }

  @Test func stepsThatHideNothingAreNoPointsOfTheCurve() throws {
    let host = try small.host(
      "silent",
      ["mask_strategy": "bin", "mask_rate": 0.01, "validation_every": 0, "batch_size": 1])
    try host.run("ebert", of: Pretrain.entry)
    let losses = host.metrics["loss/train"] ?? []
    #expect(losses.count < 12 && losses.allSatisfy { $0.value > 1 }, "\(losses)")
    #expect(host.metrics["learning_rate"]?.count == 12)
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
    // Only windows of the first cell type's second quarter are in state E2, and it is not held out.
    let summary = try JSON(parsing: Path.readText(host.output("summary")))
    let sets = try #require(summary["validation"])
    #expect(sets["regions"]?["loss"]?.number == values[0])
    #expect(sets["cell_types"]?["by_cell_type"]?.object?.keys.sorted() == ["two"])
    #expect(sets["regions"]?["by_cell_type"]?.object?.keys.sorted() == ["one"])
    #expect(sets["cell_types"]?["by_state"]?.object?.keys.sorted() == ["E1"])
    let table = try #require(host.records["table:validation_by_cell_type"])
    #expect(table["columns"]?.array?.count == 7)
    #expect(table["rows"]?.array?.map { $0.array?.first?.string } == ["one", "two", "all"])
  }

  @Test func partsByStateAddUpToTheWhole() throws {
    let host = try small.host("run", ["validation_windows": 40])
    try host.run("ebert", of: Pretrain.entry)
    let summary = try JSON(parsing: Path.readText(host.output("summary")))
    let regions = try #require(summary["validation"]?["regions"])
    for part in ["by_state", "by_cell_type"] {
      let means = try #require(regions[part]?.object?.values)
      let tokens = means.compactMap { $0["masked_tokens"]?.integer }.reduce(0, +)
      let sum = means.reduce(0) {
        $0 + ($1["loss"]?.number ?? 0) * Double($1["masked_tokens"]?.integer ?? 0)
      }
      #expect(tokens == regions["masked_tokens"]?.integer)
      #expect(abs(sum / Double(tokens) - (regions["loss"]?.number ?? 0)) < 1e-9)
    }
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
    losses.add(([1, 2, 4], []), of: batch)
    #expect(losses.all.count == 3 && losses.all.sum == 7)
    #expect(losses.byState[7]?.mean == 1 && losses.byState[8]?.mean == 3)
    #expect(losses.byCellType[3]?.mean == 1.5 && losses.byCellType[5]?.mean == 4)
  }
}
