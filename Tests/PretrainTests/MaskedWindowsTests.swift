import Corpus
import Files
import FlowTesting
import Genome
import Testing

@testable import Pretrain

@Suite struct MaskedWindowsTests {
  private func windows(_ small: SmallCorpus, spanWarmup: Int) throws -> MaskedWindows {
    let corpus = try Corpus(directory: small.corpus)
    return MaskedWindows(
      corpus: corpus,
      sampler: WindowSampler(
        regions: corpus.training, cellTypes: 2, bases: corpus.bases(forTokens: 40)),
      masking: Masking(
        rate: 0.15, maskShare: 1, randomShare: 0, span: 0, vocabulary: corpus.vocabulary),
      spanWarmup: spanWarmup, length: 40, usesStates: true, seed: 3, purpose: .training)
  }

  @Test func aWindowIsAFunctionOfSeedStepAndIndex() throws {
    let windows = try windows(SmallCorpus(), spanWarmup: 0)
    let batch = windows.batch(StepSlice(step: 5, first: 0, count: 4)).batch
    let later = windows.batch(StepSlice(step: 5, first: 2, count: 2)).batch
    #expect(Array(batch.tokens[80...]) == later.tokens)
    #expect(Array(batch.states[80...]) == later.states)
    #expect(windows.batch(StepSlice(step: 6, first: 0, count: 4)).batch.tokens != batch.tokens)
  }

  @Test func tokensAreMaskedOneByOneDuringTheWarmUpOnly() throws {
    let windows = try windows(SmallCorpus(), spanWarmup: 7)
    func isInSpans(_ step: Int) -> Bool {
      let rows = windows.batch(StepSlice(step: step, first: 0, count: 64)).scored.rows
      let chosen = Set(rows)
      // In spans of three every chosen token has a chosen neighbour.
      return rows.allSatisfy { chosen.contains($0 - 1) || chosen.contains($0 + 1) }
    }
    #expect(!isInSpans(1) && !isInSpans(7))
    #expect(isInSpans(8) && isInSpans(100))
  }

  @Test func hiddenTokensStandInTheCorpus() throws {
    let small = try SmallCorpus()
    let windows = try windows(small, spanWarmup: 0)
    let drawn = windows.batch(StepSlice(step: 1, first: 0, count: 8))
    var tokens = drawn.batch.tokens
    for (row, label) in zip(drawn.scored.rows, drawn.scored.labels) { tokens[Int(row)] = label }
    // Overlapping 3-mers: the last two bases of a token are the first two of the next.
    for row in tokens.indices.dropLast() where tokens[row] > 4 && tokens[row + 1] > 4 {
      #expect((tokens[row] - 5) % 16 == (tokens[row + 1] - 5) / 4)
    }
  }

  private func windows(
    _ small: SmallCorpus, _ changes: [String: JSON],
    regions: KeyPath<Corpus, [Region]> = \.training,
    _ purpose: MaskedWindows.Purpose = .training
  ) throws -> MaskedWindows {
    let parameters = try EbertParameters(SmallCorpus.parameters(changes)).windows
    let corpus = try parameters.open(small.corpus)
    return try parameters.windows(corpus, corpus[keyPath: regions], [0, 1], purpose, "some")
  }

  @Test func theRateFollowsItsScheduleInTrainingOnly() throws {
    let small = try SmallCorpus()
    let changes: [String: JSON] = [
      "mask_rate": 0.1, "mask_rate_end": 0.5, "mask_rate_change_at": 0.5, "steps": 10,
      "length": 202,
    ]
    let training = try windows(small, changes)
    func share(_ windows: MaskedWindows, _ step: Int) -> Double {
      let batch = windows.batch(StepSlice(step: step, first: 0, count: 50))
      return Double(batch.scored.rows.count) / (50 * 200)
    }
    #expect(abs(share(training, 5) - 0.1) < 0.01 && abs(share(training, 6) - 0.5) < 0.01)
    let validation = try windows(small, changes, regions: \.validation, .validation)
    #expect(abs(share(validation, 0) - 0.1) < 0.01)
  }

  @Test func anEpochReadsEachWindowOnce() throws {
    // 5000 bases of training hold 208 windows of 22 3-mers, 24 bases each, in two cell types.
    let windows = try windows(SmallCorpus(), ["sampling": "epoch", "batch_size": 4])
    #expect(windows.loader.order.count == 416 && windows.epochs(after: 104) == 1)
    let seen = (1...104).flatMap {
      windows.batch(StepSlice(step: $0, first: 0, count: 4)).windows.map {
        "\($0.start) \($0.cellType)"
      }
    }
    #expect(Set(seen).count == 416)
    // The part of another rank, in the middle.
    let part = windows.batch(StepSlice(step: 50, first: 2, count: 2)).windows
    #expect(part.map { "\($0.start) \($0.cellType)" } == Array(seen[198..<200]))
  }

  @Test func otherTokensThanTheCorpussCanBeChosen() throws {
    let windows = try windows(SmallCorpus(), ["k": 5])
    #expect(windows.corpus.vocabulary.k == 5)
    #expect(windows.batch(StepSlice(step: 1, first: 0, count: 9)).batch.tokens.contains { $0 > 69 })
  }

  @Test func contradictionsAreRefused() throws {
    let parameters = try EbertParameters(
      SmallCorpus.parameters(["mask_strategy": "bin", "mask_span": 3]))
    #expect(message { try parameters.check() }.contains("mask_strategy is bin, which has no spans"))
  }
}
