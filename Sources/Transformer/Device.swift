/// Float32 numbers in a device's memory. Only the device may read or write through such an address.
public typealias Floats = UnsafeMutablePointer<Float>
/// 32-bit integers in a device's memory.
public typealias Integers = UnsafeMutablePointer<Int32>

/// What the model asks of the hardware: memory, dense layers with what follows them, and the
/// other operations of a BERT encoder.
///
/// This is the only border between the model and BLAS or kernels. Another backend is another type
/// that conforms; the model, its heads and its optimizer stay as they are. Shapes: T = batch x
/// length rows, H hidden size, I intermediate size, L length, V vocabulary. Arrays are dense and
/// row-major. A device is used by one thread at a time and does its work in the order of the calls;
/// a call may return before its work is done, unless it gives the host numbers or takes them from it.
public protocol Device: AnyObject {
  /// What computes, for the log and the provenance record.
  var description: ComputeDescription { get }

  // Memory.

  /// `bytes` bytes of zeroed memory, aligned for vectors.
  func allocate(bytes: Int) -> UnsafeMutableRawPointer
  func free(_ memory: UnsafeMutableRawPointer)
  func upload(_ values: UnsafeBufferPointer<Float>, to memory: Floats)
  func upload(_ values: UnsafeBufferPointer<Int32>, to memory: Integers)
  func download(_ memory: Floats, into values: UnsafeMutableBufferPointer<Float>)
  func zero(_ memory: Floats, count: Int)
  /// Returns when all that was asked for is done; nothing needs it but a clock.
  func synchronize()

  // Dense layers: weight [outputs, inputs], bias [outputs]; x [T, inputs]; d is the gradient of the result.

  /// out = x weight^T + bias.
  func dense(_ out: Matrix, _ x: Matrix, weight: Matrix, bias: Floats)
  /// pre = x weight^T + bias; out [T, outputs] = gelu(pre), the exact form.
  func denseGELU(_ out: Floats, pre: Matrix, _ x: Matrix, weight: Matrix, bias: Floats)
  /// sum = residual + dropout(x weight^T + bias); out [T, outputs] = LayerNorm(sum).
  func denseResidualNormalize(
    _ out: Floats, sum: Matrix, _ x: Matrix, weight: Matrix, bias: Floats, residual: Floats,
    norm: Normalization, dropout: DropoutSite)
  /// dX = d weight, or dX += d weight where `adding`.
  func denseBackward(_ dX: Matrix, _ d: Matrix, weight: Matrix, adding: Bool)
  /// dPre = gelu'(pre) d weight, where x was gelu(pre).
  func denseBackwardGELU(_ dPre: Matrix, _ d: Matrix, weight: Matrix, pre: Floats)
  /// weight += d^T x; bias += column sums of d. Both are gradients.
  func denseGradient(weight: Matrix, bias: Floats, _ d: Matrix, _ x: Matrix)

  // Embeddings.

  /// x [T,H] = words[token] + states[state] + positions[place].
  func embed(_ x: Floats, ids: EmbeddingIDs, tables: EmbeddingTables, rows: Int, hidden: Int)
  /// Adds d [T,H] to the tables' gradients; rows of `pad` tokens add nothing to the words'
  /// gradient.
  func embedBackward(
    _ gradients: EmbeddingTables, _ d: Floats, ids: EmbeddingIDs, pad: Int32, rows: Int, hidden: Int
  )

  // Normalization, activation, dropout.

  /// out [T,H] = LayerNorm(x), saving each row's mean and inverse deviation.
  func normalize(_ out: Floats, _ x: Floats, norm: Normalization, rows: Int, hidden: Int)
  /// `d` [T,H]: gradient of `out` on entry, of `x` on return; adds to the gradients of weight and
  /// bias.
  func normalizeBackward(
    _ d: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient, rows: Int,
    hidden: Int)
  /// `d` [T,H]: gradient of `out` on entry, of the residual on return; `branch` [T,H]: that of the
  /// branch.
  func residualNormalizeBackward(
    _ d: Floats, branch: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient,
    dropout: DropoutSite, rows: Int, hidden: Int)
  /// `d` [count]: gradient of gelu(pre) on entry, of `pre` on return.
  func backwardGELU(_ d: Floats, _ pre: Floats, count: Int)
  /// x [count] = dropout(x); its own backward.
  func dropout(_ x: Floats, _ site: DropoutSite, count: Int)

  // Attention.

  /// context [T,H] from qkv [T,3H]. `statistics` [batch, heads, 2, length], for the backward pass, are
  /// saved where given; the weights of the attention are not.
  func attend(
    _ context: Floats, statistics: Floats?, qkv: Floats, keyBias: Floats?, shape: AttentionShape,
    dropout: DropoutSite)
  /// dQKV [T,3H] from the context and its gradient.
  func attendBackward(
    _ dQKV: Floats, dContext: Floats, context: Floats, statistics: Floats, qkv: Floats,
    keyBias: Floats?, shape: AttentionShape, dropout: DropoutSite)

  // Heads.

  /// out [count,H] = x[rows[i]].
  func gather(_ out: Floats, _ x: Floats, rows: Integers, count: Int, hidden: Int)
  /// x[rows[i]] += d [count,H].
  func scatterAdd(_ x: Floats, _ d: Floats, rows: Integers, count: Int, hidden: Int)
  /// losses [rows] = cross entropy of the logits, which become its gradient times `gradientScale` where
  /// that is not 0.
  func crossEntropy(
    _ losses: Floats, _ logits: Floats, labels: Integers, gradientScale: Float, rows: Int,
    vocabulary: Int)
  /// pooled [examples, width] over each example's span of rows.
  func pool(_ pooled: Floats, argmax: Integers, _ x: Floats, spans: Spans, pooling: Pooling)
  /// Adds the gradient of `pool` to d_x [T,H].
  func poolBackward(
    _ dX: Floats, _ dPooled: Floats, argmax: Integers, spans: Spans, pooling: Pooling)

  // Optimizer.

  func sumOfSquares(_ x: Floats, count: Int) -> Double
  /// One AdamW step on `count` numbers; leaves the gradients 0.
  func adamW(
    _ weights: Floats, first: Floats, second: Floats, gradients: Floats, factors: AdamWFactors,
    count: Int)
}

extension Device {
  /// For devices whose calls return when their work is done.
  public func synchronize() {}
}
