import FlowPlugin
import Tokens

/// How a bin becomes a window of tokens: the context around it, and the tokens that are pooled.
struct WindowLayout: Equatable, Sendable {
  /// Bases in a bin.
  let bin: Int
  /// Bases in a window, the bin in its middle.
  let context: Int
  /// Bases of the window before the bin.
  let before: Int
  /// Tokens of the window, `[CLS]` and `[SEP]` included.
  let length: Int
  /// The tokens whose hidden states are pooled, on the forward strand.
  let span: Range<Int>

  /// What the head pools over.
  enum Pool: String, Decodable, Sendable {
    /// The tokens that lie wholly in the bin.
    case bin
    /// All tokens but `[CLS]` and `[SEP]`.
    case window
  }

  /// - Throws: `StepFailure` (invalid) where the context is smaller than the bin or holds no token of it.
  init(bin: Int, context: Int, pool: Pool, vocabulary: Vocabulary) throws(StepFailure) {
    guard context >= bin else {
      throw StepFailure(
        .invalid, "context is \(context) bases and bin is \(bin); the context must hold the bin")
    }
    self.bin = bin
    self.context = context
    before = (context - bin) / 2
    let tokens = vocabulary.tokens(forBases: context)
    length = tokens + 2
    switch pool {
    case .window: span = 1..<max(1, tokens + 1)
    case .bin:
      let stride = vocabulary.stride
      let first = (before + stride - 1) / stride
      let end = before + bin < vocabulary.k ? first : (before + bin - vocabulary.k) / stride + 1
      span = 1 + first..<1 + max(first, end)
    }
    guard !span.isEmpty else {
      throw StepFailure(.invalid, "no token of \(vocabulary.k) bases lies in a bin of \(bin) bases")
    }
  }

  /// The pooled tokens after the window was turned to the other strand.
  var reversedSpan: Range<Int> { length - span.upperBound..<length - span.lowerBound }
}
