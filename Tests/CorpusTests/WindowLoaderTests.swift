import CounterRandom
import FlowTesting
import Genome
import Testing
import Tokens

@testable import Corpus

@Suite struct WindowLoaderTests {
  let folder: TemporaryDirectory
  let corpus: Corpus

  init() throws {
    folder = try TemporaryDirectory()
    corpus = try CorpusTests.example(folder).corpus
  }

  private static let length = 30

  private var bases: Int { corpus.bases(forTokens: Self.length) }

  private func loader(_ order: WindowOrder? = nil) -> WindowLoader {
    let uniform = WindowSampler(regions: corpus.training, cellTypes: [0, 1], bases: bases)
    return WindowLoader(
      corpus: corpus, order: order ?? .uniform(uniform), length: Self.length, seed: 5, purpose: 1)
  }

  private var epochs: WindowOrder {
    .epochs(
      EpochOrder(regions: corpus.training, cellTypes: [0, 1], bases: bases, seed: 5))
  }

  private func masking(
    rate: Double = 0.2, unit: Masking.Unit = .span, span: Int = 0, maskShare: Double = 1
  ) -> Masking {
    Masking(
      rate: rate, maskShare: maskShare, randomShare: 0, unit: unit, span: span,
      vocabulary: corpus.vocabulary)
  }

  private func load(
    _ loader: WindowLoader, step: Int = 1, first: Int = 0, count: Int = 8, masking: Masking? = nil
  ) -> LoadedWindows {
    var batch = LoadedWindows(count: count, length: Self.length)
    loader.load(
      step: step, firstNumber: (step - 1) * 8, first: first, masking: masking ?? self.masking(),
      into: &batch)
    return batch
  }

  @Test func aBatchIsWhatItsWindowsAreOneByOne() {
    var loader = loader()
    loader.stateMasking = MaskingOfStates(rate: 0.5, mask: 5)
    loader.reverseComplement = 0.5
    for order in [loader.order, epochs] {
      var other = WindowLoader(
        corpus: corpus, order: order, length: Self.length, seed: 5, purpose: 1)
      other.stateMasking = loader.stateMasking
      other.reverseComplement = 0.5
      let whole = load(other)
      let parts = (0..<8).map { load(other, first: $0, count: 1) }
      #expect(whole.tokens == parts.flatMap(\.tokens) && whole.states == parts.flatMap(\.states))
      #expect(whole.windows == parts.flatMap(\.windows))
      let rows = parts.enumerated().flatMap { number, part in
        part.rows.map { $0 + Int32(number * Self.length) }
      }
      #expect(whole.rows == rows && whole.labels == parts.flatMap(\.labels))
      #expect(whole.statesOfRows == parts.flatMap(\.statesOfRows))
      #expect(whole.stateLabels == parts.flatMap(\.stateLabels))
    }
  }

  @Test func memoryThatIsUsedAgainHoldsNothingOfBefore() {
    let loader = loader()
    var batch = LoadedWindows(count: 8, length: Self.length)
    for step in [3, 1] {
      loader.load(
        step: step, firstNumber: 0, first: 0, masking: masking(rate: step == 3 ? 0.6 : 0.2),
        into: &batch)
    }
    let fresh = load(loader)
    #expect(batch.tokens == fresh.tokens && batch.states == fresh.states)
    #expect(batch.rows == fresh.rows && batch.labels == fresh.labels)
    #expect(batch.windows == fresh.windows && batch.statesOfRows == fresh.statesOfRows)
  }

  @Test func anEpochResumedAnywhereGoesOnTheSame() {
    let loader = loader(epochs)
    let all = (1...6).flatMap { load(loader, step: $0).windows }
    #expect((4...6).flatMap { load(loader, step: $0).windows } == Array(all[24...]))
    #expect(Set(all.prefix(loader.order.count).map { "\($0)" }).count == loader.order.count)
  }

  @Test func aWindowFromTheOtherStrandHidesTheStatesOfTheSameBins() {
    var loader = loader()
    let forward = load(loader, masking: masking(rate: 0))
    loader.reverseComplement = 1
    let reversed = load(loader, masking: masking(rate: 0))
    #expect(forward.windows == reversed.windows)
    let complement = ReverseComplement(corpus.vocabulary)
    for row in 0..<8 {
      let range = row * Self.length..<(row + 1) * Self.length
      var tokens = Array(forward.tokens[range])
      var states = Array(forward.states[range])
      tokens.withUnsafeMutableBufferPointer { tokens in
        states.withUnsafeMutableBufferPointer {
          complement.apply(tokens: tokens, states: $0)
        }
      }
      #expect(Array(reversed.tokens[range]) == tokens)
      // Of 3-mers the centre is the same from both ends.
      #expect(Array(reversed.states[range]) == states)
    }
  }

  @Test func aMaskedStateStandsNowhereInItsBinOnEitherStrand() {
    for share in [0.0, 1] {
      var loader = loader()
      loader.reverseComplement = share
      let plain = load(loader)
      loader.stateMasking = MaskingOfStates(rate: 1, mask: 5)
      let masked = load(loader)
      #expect(masked.tokens == plain.tokens && masked.statesOfRows == plain.statesOfRows)
      #expect(zip(masked.states, plain.states).allSatisfy { $0 == 5 || ($0 == 0 && $1 == 0) })
      for (row, label) in zip(masked.stateRows, masked.stateLabels) {
        #expect(plain.states[Int(row)] == label)
      }
    }
  }

  @Test func wholeBinsAreHidden() {
    let loader = loader()
    let plain = load(loader, count: 200, masking: masking(rate: 0))
    let batch = load(loader, count: 200, masking: masking(rate: 0.3, unit: .bin))
    let hidden = Set(batch.rows)
    var chosen = 0
    for (row, window) in batch.windows.enumerated() {
      for bin in corpus.bins(ofTokensFrom: window.start, bases: bases) {
        let rows = bin.map { Int32(row * Self.length + $0) }
        let count = rows.filter(hidden.contains).count
        #expect(count == 0 || count == rows.count, "all of a bin or nothing")
        chosen += count
      }
    }
    #expect(chosen == batch.rows.count)
    for (row, label) in zip(batch.rows, batch.labels) {
      #expect(plain.tokens[Int(row)] == label && batch.tokens[Int(row)] == 4)
    }
    // Each bin is chosen with probability 0.3; the tokens of a window vary by at most a bin of ten.
    let share = Double(chosen) / Double(200 * (Self.length - 2))
    let deviation: Double = (0.21 * 10 / 5600).squareRoot()
    #expect(abs(share - 0.3) < 4 * deviation)
  }

  /// What can be seen of a hidden base: none of the k-mers that are shown holds one of the inner bases of a
  /// span, those that all of its tokens, and no others, could show.
  @Test(arguments: [Masking.Unit.span, .bin])
  func noVisibleTokenHoldsAnInnerBaseOfWhatIsHidden(unit: Masking.Unit) {
    let batch = load(loader(), count: 100, masking: masking(rate: 0.3, unit: unit))
    let k = corpus.vocabulary.k
    for row in 0..<100 {
      let positions = 1..<Self.length - 1
      let hidden = positions.filter { batch.tokens[row * Self.length + $0] == 4 }
      let seen = positions.filter { batch.tokens[row * Self.length + $0] != 4 }
      let visible = Set(seen.flatMap { $0..<$0 + k })
      var first = 0
      while first < hidden.count {
        var last = first
        while last + 1 < hidden.count, hidden[last + 1] == hidden[last] + 1 { last += 1 }
        // A run of n tokens covers n + k - 1 bases, of which k - 1 at either end may be seen.
        let low = hidden[first] + k - 1
        let inner = low..<max(low, hidden[last] + 1)
        let atEdge = hidden[first] == 1 || hidden[last] == Self.length - 2
        #expect(unit == .bin || inner.count >= 1 || atEdge)
        #expect(visible.isDisjoint(with: inner))
        first = last + 1
      }
    }
  }

  @Test func tokensMaskedOneByOneAreInNoOrder() {
    let batch = load(loader(), count: 300, masking: masking(rate: 0.2, span: 1))
    let hidden = Set(batch.rows)
    // 5.6 of 28 tokens: the next one is hidden with probability 4.6 / 27, give or take the fraction.
    let inside = batch.rows.filter { Int($0) % Self.length < Self.length - 2 }
    let followed = inside.filter { hidden.contains($0 + 1) }.count
    let expected: Double = Double(inside.count) * 4.6 / 27
    let deviation: Double = (expected * 0.83).squareRoot()
    #expect(abs(Double(followed) - expected) < 4 * deviation)
  }
}
