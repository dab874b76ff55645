import Corpus
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
}
