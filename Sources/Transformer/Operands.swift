import CounterRandom

/// A view of a matrix in a device's memory; `transposed` is a view of the same numbers.
public struct Matrix {
  /// The first number.
  public let start: Floats
  /// Rows and columns as stored.
  public let rows, columns: Int
  /// Numbers between the starts of two stored rows.
  public let stride: Int
  public private(set) var isTransposed = false

  public init(_ start: Floats, rows: Int, columns: Int, stride: Int? = nil) {
    self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  public var transposed: Matrix {
    var view = self
    view.isTransposed.toggle()
    return view
  }
}

/// The ids of T rows.
public struct EmbeddingIDs {
  public let tokens, states, places: Integers
}

/// The three embedding tables (or their gradients): words [V,H], states [S,H], positions [maximum
/// length,H].
public struct EmbeddingTables {
  public let words, states, positions: Floats
}

/// A LayerNorm: parameters [H], and what the forward pass saves per row.
public struct Normalization {
  public let weight, bias: Floats
  public let mean, inverse: Floats
  public let epsilon: Float
}

/// The gradients of a LayerNorm's parameters.
public struct NormalizationGradient {
  public let weight, bias: Floats
}

/// The sizes of one attention.
public struct AttentionShape {
  public let batch, length, heads, headSize: Int
  public var hidden: Int { heads * headSize }
}

/// Dropout at one place of the network in one training step.
///
/// Whether an element is kept is a hash of the key and the element's index, so it does not depend
/// on threads.
public struct DropoutSite: Sendable {
  public let key: UInt64
  /// An element is dropped where its 32-bit hash is below this.
  public let threshold: UInt32
  /// What kept elements are multiplied by: 1 / (1 - p).
  public let scale: Float
  /// The index of the tensor's first element; of its first (sequence, head) in attention.
  public let first: Int

  public static let none = DropoutSite(key: 0, threshold: 0, scale: 1, first: 0)

  /// The same dropout for part `index` of a tensor that is worked on in parts.
  func part(_ index: Int) -> DropoutSite {
    DropoutSite(
      key: mix(key &+ UInt64(first + index) &+ 1), threshold: threshold, scale: scale, first: 0)
  }
}

/// How the hidden states of an example's span become one vector.
public enum Pooling: String, Sendable, Codable, CaseIterable {
  case mean
  case max
  /// Mean and maximum, concatenated.
  case meanMax = "mean-max"
  /// The hidden state of the first token, [CLS]; the span is not used.
  case cls

  /// The pooled vector's width for a hidden size.
  public func width(hidden: Int) -> Int { self == .meanMax ? 2 * hidden : hidden }
}

/// The spans of rows to pool, one per example: rows start[i] ..< start[i] + count[i].
public struct Spans {
  public let starts, counts: [Int]
  public let hidden: Int
}

/// The factors of one AdamW step; see `AdamW`.
public struct AdamWFactors: Sendable {
  public var beta1, rest1, beta2, rest2: Float
  /// 1 - rate * decay.
  public var keep: Float
  /// rate / (1 - beta1^t).
  public var step: Float
  /// 1 / sqrt(1 - beta2^t).
  public var root: Float
  public var epsilon: Float
  public var gradientScale: Float
}

/// What computes.
public struct ComputeDescription: Sendable {
  /// For instance "cpu".
  public let device: String
  public let threads: Int
  /// The library of matrix products with its version.
  public let library: String
  /// The processor generation whose kernels that library chose.
  public let core: String
  /// Why it will be slow, if it will; nil where all is well.
  public let warning: String?
}
