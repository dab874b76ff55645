import CounterRandom
import Tokens

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
  private let encoder: TokenEncoder
  /// Whether tokens are of different lengths; k-mers are made without the encoder.
  private var isEncoded: Bool { corpus.tokenizer.kmers == nil }

  /// - Parameters:
  ///   - order: must not be empty.
  ///   - length: at least 3.
  public init(corpus: Corpus, order: WindowOrder, length: Int, seed: UInt64, purpose: UInt64 = 0) {
    self.corpus = corpus
    self.order = order
    self.length = length
    self.seed = seed
    self.purpose = purpose
    encoder = TokenEncoder(corpus.tokenizer)
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
  /// - Precondition: `batch` has windows of `length` tokens; where tokens are of different lengths, neither bins
  ///   nor states are masked.
  public func load(
    step: Int, firstNumber: Int, first: Int, masking: Masking, into batch: inout LoadedWindows
  ) {
    precondition(batch.length == length, "windows of another length")
    precondition(
      !isEncoded || (masking.unit == .span && stateMasking == nil),
      "bins of tokens of different lengths")
    let capacity = batch.count * masking.capacity(among: length - 2)
    withUnsafeTemporaryAllocation(of: RandomSequence.self, capacity: batch.count) { randoms in
      // All windows are chosen before the first is filled, so that the processor may wait for the memory of
      // several at once: of a corpus larger than its caches and page tables, that is most of the time.
      batch.windows.removeAll(keepingCapacity: true)
      for row in 0..<batch.count {
        var random = sequence(step, first + row)
        let window = order.window(firstNumber + first + row, random: &random)
        randoms.initializeElement(at: row, to: random)
        batch.windows.append(window)
      }
      let bases = corpus.bases(forTokens: length)
      batch.touched = batch.windows.reduce(0) { $0 &+ corpus.touch($1, bases: bases) }
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Marks.words(for: length)) { words in
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * capacity) { memory in
          var list = HiddenList(
            positions: UnsafeMutableBufferPointer(rebasing: memory[..<capacity]),
            labels: UnsafeMutableBufferPointer(rebasing: memory[capacity..<2 * capacity]))
          let statesOfRows = UnsafeMutableBufferPointer(rebasing: memory[(2 * capacity)...])
          fill(
            &batch, step, first, masking, randoms, Marks(words), &list, statesOfRows: statesOfRows)
          batch.rows.refill(list.positions[..<list.count])
          batch.labels.refill(list.labels[..<list.count])
          batch.statesOfRows.refill(statesOfRows[..<list.count])
        }
      }
    }
  }

  /// Fills the windows that were chosen.
  private func fill(
    _ batch: inout LoadedWindows, _ step: Int, _ first: Int, _ masking: Masking,
    _ randoms: UnsafeMutableBufferPointer<RandomSequence>, _ marks: Marks,
    _ list: inout HiddenList, statesOfRows: UnsafeMutableBufferPointer<Int32>
  ) {
    let bases = corpus.bases(forTokens: length)
    batch.stateRows.removeAll(keepingCapacity: true)
    batch.stateLabels.removeAll(keepingCapacity: true)
    batch.used.removeAll(keepingCapacity: true)
    var scratch = EncodingScratch(encoder: encoder)
    let isEncoded = isEncoded
    let (count, length, windows) = (batch.count, length, batch.windows)
    batch.tokens.withUnsafeMutableBufferPointer { allTokens in
      batch.states.withUnsafeMutableBufferPointer { allStates in
        for row in 0..<count {
          let range = row * length..<(row + 1) * length
          let tokens = UnsafeMutableBufferPointer(rebasing: allTokens[range])
          let states = UnsafeMutableBufferPointer(rebasing: allStates[range])
          let window = windows[row]
          let isReversed = isReversed(step, first + row)
          let used: Int
          if isEncoded {
            used = corpus.fillEncoded(
              chromosome: window.chromosome, start: window.start, bases: bases,
              cellType: window.cellType, isReversed: isReversed, scratch: &scratch, tokens: tokens,
              states: states)
          } else {
            corpus.fill(
              chromosome: window.chromosome, start: window.start, bases: bases,
              cellType: window.cellType, isReversed: isReversed, tokens: tokens, states: states)
            used = length
          }
          batch.used.append(used)
          let bins = corpus.bins(
            ofTokensFrom: window.start, bases: bases, isReversed: isReversed)
          let before = list.count
          list.offset = Int32(row * length)
          masking.hide(
            UnsafeMutableBufferPointer(rebasing: tokens[..<used]), bins: bins,
            random: &randoms[row], marks: marks, into: &list)
          for place in before..<list.count {
            statesOfRows[place] = allStates[Int(list.positions[place])]
          }
          if !usesStates { states.update(repeating: 0) }
          if let stateMasking {
            var random = sequence(step, first + row, .stateMasking)
            let hidden = stateMasking.apply(to: states, bins: bins, random: &random)
            for position in hidden.positions { batch.stateRows.append(list.offset + position) }
            batch.stateLabels += hidden.labels
          }
        }
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

extension Corpus {
  /// Reads a byte of each cache line that a window is made from.
  ///
  /// - Returns: a number to be kept: loads of which nothing comes are left out by the compiler.
  @inline(__always)
  fileprivate func touch(_ window: WindowSampler.Window, bases: Int) -> Int {
    var sum = 0
    let first = firstByte[window.chromosome] + window.start / 4
    for place in stride(from: first, to: first + bases / 4, by: 64) {
      sum &+= Int(sequence.bytes[place])
    }
    for layer in layers {
      let bin = window.start / layer.binSize
      sum &+= Int(layer.state(window.chromosome, bin, window.cellType))
    }
    return sum
  }
}

extension [Int32] {
  /// Replaces the elements, in the memory that is there.
  fileprivate mutating func refill(_ elements: Slice<UnsafeMutableBufferPointer<Int32>>) {
    removeAll(keepingCapacity: true)
    append(contentsOf: UnsafeMutableBufferPointer(rebasing: elements))
  }
}
