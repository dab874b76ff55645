import Corpus
import Tokens
import Transformer

/// Reads windows around bins into batches for the model.
struct WindowReader: Sendable {
  let corpus: Corpus
  let layout: WindowLayout
  let cellType: Int
  /// False reads state 0 everywhere: the sequence alone.
  let usesStates: Bool
  private let complement: ReverseComplement

  init(_ corpus: Corpus, layout: WindowLayout, cellType: Int, usesStates: Bool) {
    self.corpus = corpus
    self.layout = layout
    self.cellType = cellType
    self.usesStates = usesStates
    complement = ReverseComplement(corpus.vocabulary)
  }

  /// Windows ready for the model.
  struct Windows {
    var batch: Batch
    /// By window: the tokens to pool.
    var spans: [Range<Int>]
  }

  /// - Parameter reversed: by bin, whether to read the other strand.
  func read(_ bins: [BindingBins.Bin], reversed: [Bool]) -> Windows {
    var batch = Batch(count: bins.count, length: layout.length)
    let length = layout.length
    batch.tokens.withUnsafeMutableBufferPointer { tokens in
      batch.states.withUnsafeMutableBufferPointer { states in
        for (row, bin) in bins.enumerated() {
          let part = row * length..<(row + 1) * length
          let token = UnsafeMutableBufferPointer(rebasing: tokens[part])
          let state = UnsafeMutableBufferPointer(rebasing: states[part])
          corpus.fill(
            chromosome: bin.chromosome, start: bin.interval.start - layout.before,
            bases: layout.context, cellType: cellType, tokens: token, states: state)
          if !usesStates { state.update(repeating: 0) }
          if reversed[row] { complement.apply(tokens: token, states: state) }
        }
      }
    }
    return Windows(
      batch: batch, spans: reversed.map { $0 ? layout.reversedSpan : layout.span })
  }
}
