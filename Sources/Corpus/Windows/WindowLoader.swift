import CounterRandom

/// Reads masked windows from a corpus, a batch at a time: where training's data come from.
///
/// What a window holds is a function of the seed, the purpose, the step and its number in the step alone: it
/// is the same however a step is cut into batches, on however many threads, ranks or machines. The corpus is
/// mapped, never copied.
public struct WindowLoader: Sendable {
  /// What is read; its `stateRule` says which state a token has.
  public let corpus: Corpus
  /// In which order.
  public let order: WindowOrder
  /// Tokens in a window, [CLS] and [SEP] included.
  public let length: Int
  /// Names all random choices.
  public let seed: UInt64
  /// Keeps the random choices of several loaders with one seed apart.
  public let purpose: UInt64
  /// Whether the model is told the states; if not, all are 0.
  public var usesStates = true
  /// The probability of a window to be read from the other strand, 0 to 1.
  public var reverseComplement = 0.0
  /// nil where states are not masked.
  public var stateMasking: MaskingOfStates?

  /// - Parameters:
  ///   - order: must not be empty.
  ///   - length: at least 3.
  public init(corpus: Corpus, order: WindowOrder, length: Int, seed: UInt64, purpose: UInt64 = 0) {
    self.corpus = corpus
    self.order = order
    self.length = length
    self.seed = seed
    self.purpose = purpose
  }

  /// What a random sequence beside the window's own is for: so that switching one choice on leaves the
  /// others as they were.
  private enum Aside: UInt64 {
    case stateMasking = 1
    case strand = 2
  }

  /// Fills `batch` with windows `first` ..< `first + batch.count` of a step.
  ///
  /// - Parameters:
  ///   - step: 0 or more.
  ///   - firstNumber: the number, in the whole training, of the step's first window; orders with epochs go
  ///     by it.
  ///   - first: the first window within the step.
  ///   - masking: which tokens are hidden; may differ from step to step.
  /// - Precondition: `batch` has windows of `length` tokens.
  public func load(
    step: Int, firstNumber: Int, first: Int, masking: Masking, into batch: inout LoadedWindows
  ) {
    precondition(batch.length == length, "windows of another length")
    let bases = corpus.bases(forTokens: length)
    let capacity = batch.count * masking.capacity(among: length - 2)
    batch.windows.removeAll(keepingCapacity: true)
    batch.stateRows.removeAll(keepingCapacity: true)
    batch.stateLabels.removeAll(keepingCapacity: true)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Marks.words(for: length)) { words in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * capacity) { memory in
        var list = HiddenList(
          positions: UnsafeMutableBufferPointer(rebasing: memory[..<capacity]),
          labels: UnsafeMutableBufferPointer(rebasing: memory[capacity..<2 * capacity]))
        let statesOfRows = UnsafeMutableBufferPointer(rebasing: memory[(2 * capacity)...])
        let marks = Marks(words)
        batch.withRows { row, tokens, states, stateRows, stateLabels in
          var random = sequence(step, first + row)
          let window = order.window(firstNumber + first + row, random: &random)
          let isReversed = isReversed(step, first + row)
          corpus.fill(
            chromosome: window.chromosome, start: window.start, bases: bases,
            cellType: window.cellType, isReversed: isReversed, tokens: tokens, states: states)
          let bins = corpus.bins(
            ofTokensFrom: window.start, bases: bases, isReversed: isReversed)
          let before = list.count
          list.offset = Int32(row * length)
          masking.hide(tokens, bins: bins, random: &random, marks: marks, into: &list)
          for place in before..<list.count {
            statesOfRows[place] = states[Int(list.positions[place] - list.offset)]
          }
          if !usesStates { states.update(repeating: 0) }
          if let stateMasking {
            var random = sequence(step, first + row, .stateMasking)
            let hidden = stateMasking.apply(to: states, bins: bins, random: &random)
            for position in hidden.positions { stateRows.append(list.offset + position) }
            stateLabels += hidden.labels
          }
          return window
        }
        batch.rows = Array(list.positions[..<list.count])
        batch.labels = Array(list.labels[..<list.count])
        batch.statesOfRows = Array(statesOfRows[..<list.count])
      }
    }
  }

  private func sequence(_ step: Int, _ index: Int) -> RandomSequence {
    RandomSequence(seed, purpose, UInt64(step), UInt64(index))
  }

  private func sequence(_ step: Int, _ index: Int, _ aside: Aside) -> RandomSequence {
    RandomSequence(seed, purpose, UInt64(step), UInt64(index), aside.rawValue)
  }

  private func isReversed(_ step: Int, _ index: Int) -> Bool {
    guard reverseComplement > 0 else { return false }
    var random = sequence(step, index, .strand)
    return random.uniform() < reverseComplement
  }
}

extension LoadedWindows {
  /// Calls `body` with each window's memory, and keeps where the window lies, which it returns.
  fileprivate mutating func withRows(
    _ body: (
      _ row: Int, _ tokens: UnsafeMutableBufferPointer<Int32>,
      _ states: UnsafeMutableBufferPointer<Int32>, _ stateRows: inout [Int32],
      _ stateLabels: inout [Int32]
    ) -> WindowSampler.Window
  ) {
    let (count, length) = (count, length)
    tokens.withUnsafeMutableBufferPointer { tokens in
      states.withUnsafeMutableBufferPointer { states in
        for row in 0..<count {
          let range = row * length..<(row + 1) * length
          windows.append(
            body(
              row, UnsafeMutableBufferPointer(rebasing: tokens[range]),
              UnsafeMutableBufferPointer(rebasing: states[range]), &stateRows, &stateLabels))
        }
      }
    }
  }
}
