import Genome
import Testing
import Transformer

@testable import Pretrain

@Suite struct MaskingTests {
  private func masking(
    rate: Double = 0.15, maskShare: Double = 0.8, randomShare: Double = 0.1, span: Int = 0,
    k: Int = 6, isOverlapping: Bool = true
  ) -> Masking {
    Masking(
      rate: rate, maskShare: maskShare, randomShare: randomShare, span: span,
      vocabulary: Vocabulary(k: k, isOverlapping: isOverlapping))
  }

  /// [CLS], 510 different 6-mers, [SEP].
  private let window: [Int32] = [2] + (0..<510).map { 5 + 7 * $0 } + [3]

  private func apply(_ masking: Masking, _ seed: UInt64) -> ([Int32], ScoredPositions) {
    var tokens = window
    var scored = ScoredPositions()
    var random = RandomSequence(seed)
    tokens.withUnsafeMutableBufferPointer {
      masking.apply(to: $0, firstRow: 1000, scored: &scored, random: &random)
    }
    return (tokens, scored)
  }

  @Test func spanIsThatOfTheTokens() {
    #expect(masking().span == 6)
    #expect(masking(isOverlapping: false).span == 1)
    #expect(masking(span: 9).span == 9)
  }

  @Test func spansAreDisjointInsideAndOfTheExpectedNumber() {
    let masking = masking()
    var total = 0
    for seed in 0..<400 {
      var random = RandomSequence(UInt64(seed))
      let starts = masking.spans(among: 510, random: &random)
      #expect(starts.allSatisfy { $0 >= 0 && $0 + 6 <= 510 })
      #expect(zip(starts, starts.dropFirst()).allSatisfy { $0 + 6 <= $1 })
      total += 6 * starts.count
    }
    // 15 % of 510 tokens; the fraction of a span has a standard deviation of 6 x 0.43 tokens.
    #expect(abs(Double(total) / 400 - 76.5) < 4 * 6 * 0.43 / 20)
  }

  @Test func everyArrangementIsEquallyLikely() {
    // Two spans of two tokens among six: C(4, 2) = 6 arrangements.
    let masking = masking(rate: 4.0 / 6, span: 2)
    var counts: [[Int]: Int] = [:]
    for seed in 0..<6000 {
      var random = RandomSequence(UInt64(seed))
      counts[masking.spans(among: 6, random: &random), default: 0] += 1
    }
    #expect(counts.count == 6)
    // Four standard deviations of a count: 4 sqrt(6000 x 1/6 x 5/6).
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 116 })
  }

  @Test func aMaskedSpanHidesABaseFromEveryToken() {
    let (tokens, scored) = apply(masking(maskShare: 1, randomShare: 0), 3)
    let hidden = Set(scored.rows.map { Int($0) - 1000 })
    #expect(!hidden.isEmpty)
    #expect(hidden.allSatisfy { tokens[$0] == 4 })
    // The last base of a span's first token is in all six of its tokens and in no other.
    for start in hidden where !hidden.contains(start - 1) && start + 6 <= 511 {
      #expect((start..<start + 6).allSatisfy(hidden.contains))
    }
  }

  @Test func labelsAreWhatStoodThere() {
    let (tokens, scored) = apply(masking(), 4)
    for (row, label) in zip(scored.rows, scored.labels) {
      #expect(window[Int(row) - 1000] == label)
    }
    let untouched = Set(tokens.indices).subtracting(scored.rows.map { Int($0) - 1000 })
    #expect(untouched.allSatisfy { tokens[$0] == window[$0] })
    #expect(tokens.first == 2 && tokens.last == 3)
  }

  @Test func fatesHaveTheirShares() {
    var (masked, kept, all) = (0, 0, 0)
    for seed in 0..<300 {
      let (tokens, scored) = apply(masking(), UInt64(seed))
      for (row, label) in zip(scored.rows, scored.labels) {
        all += 1
        if tokens[Int(row) - 1000] == 4 { masked += 1 }
        if tokens[Int(row) - 1000] == label { kept += 1 }
      }
    }
    // Spans share a fate: about all / 6 draws, four standard deviations.
    let draws = Double(all) / 6
    #expect(abs(Double(masked) / Double(all) - 0.8) < 4 * (0.16 / draws).squareRoot())
    #expect(abs(Double(kept) / Double(all) - 0.1) < 4 * (0.09 / draws).squareRoot())
  }

  @Test func specialTokensAreNeverScored() {
    var tokens: [Int32] = [2, 1, 1, 0, 0, 3]
    var scored = ScoredPositions()
    var random = RandomSequence(1)
    tokens.withUnsafeMutableBufferPointer {
      masking(rate: 0.9, span: 1).apply(to: $0, firstRow: 0, scored: &scored, random: &random)
    }
    #expect(scored.rows.isEmpty)
    #expect(tokens == [2, 1, 1, 0, 0, 3])
  }
}

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
}

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
    let (batch, _) = windows.batch(step: 5, first: 0, count: 4)
    let (later, _) = windows.batch(step: 5, first: 2, count: 2)
    #expect(Array(batch.tokens[80...]) == later.tokens)
    #expect(Array(batch.states[80...]) == later.states)
    #expect(windows.batch(step: 6, first: 0, count: 4).0.tokens != batch.tokens)
  }

  @Test func tokensAreMaskedOneByOneDuringTheWarmUpOnly() throws {
    let windows = try windows(SmallCorpus(), spanWarmup: 7)
    func isInSpans(_ step: Int) -> Bool {
      let rows = windows.batch(step: step, first: 0, count: 64).1.rows
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
    let (batch, scored) = windows.batch(step: 1, first: 0, count: 8)
    var tokens = batch.tokens
    for (row, label) in zip(scored.rows, scored.labels) { tokens[Int(row)] = label }
    // Overlapping 3-mers: the last two bases of a token are the first two of the next.
    for row in tokens.indices.dropLast() where tokens[row] > 4 && tokens[row + 1] > 4 {
      #expect((tokens[row] - 5) % 16 == (tokens[row + 1] - 5) / 4)
    }
  }
}

@Suite struct CourseTests {
  @Test func factsBringBackTheSameCourse() {
    var course = Course()
    course.training = [.init(step: 1, value: 0.1), .init(step: 2, value: 1.0 / 3)]
    course.validation = [.init(step: 2, value: 3)]
    course.sum = 0.7
    course.count = 3
    #expect(Course(facts: course.facts) == course)
    #expect(Course(facts: ["training": []]) == nil)
  }
}
