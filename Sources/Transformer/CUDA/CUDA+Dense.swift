/// Dense layers: products with their bias by cuBLASLt, what follows by kernels. (cuBLASLt's own GELU is the
/// approximation by tanh.)
extension CUDA {
  public func dense(_ out: Matrix, _ x: Matrix, weight: Matrix, bias: Floats) {
    enter()
    if products.multiply(x, weight.transposed, into: out, adding: false, bias: bias) { return }
    launch(
      .addBias, rows: out.rows, width: out.columns, out.start, bias, Int32(out.stride),
      Int32(out.columns))
  }

  public func denseGELU(_ out: Floats, pre: Matrix, _ x: Matrix, weight: Matrix, bias: Floats) {
    dense(pre, x, weight: weight, bias: bias)
    let count = pre.rows * pre.columns
    launch(.geluForward, elements: count, out, pre.start, UInt64(count))
  }

  public func denseResidualNormalize(
    _ out: Floats, sum: Matrix, _ x: Matrix, weight: Matrix, bias: Floats, residual: Floats,
    norm: Normalization, dropout: DropoutSite
  ) {
    dense(sum, x, weight: weight, bias: bias)
    launch(
      .residualNormalizeForward, rows: sum.rows, width: sum.columns, out, norm.mean, norm.inverse,
      sum.start, residual, norm.weight, norm.bias, norm.epsilon, kernel(dropout),
      UInt32(truncatingIfNeeded: dropout.first), Int32(sum.columns))
  }

  public func denseBackward(_ dX: Matrix, _ d: Matrix, weight: Matrix, adding: Bool) {
    enter()
    products.multiply(d, weight, into: dX, adding: adding)
  }

  public func denseBackwardGELU(_ dPre: Matrix, _ d: Matrix, weight: Matrix, pre: Floats) {
    denseBackward(dPre, d, weight: weight, adding: false)
    backwardGELU(dPre.start, pre, count: dPre.rows * dPre.columns)
  }

  public func denseGradient(weight: Matrix, bias: Floats, _ d: Matrix, _ x: Matrix) {
    enter()
    products.multiply(d.transposed, x, into: weight, adding: true)
    addColumnSums(of: d, to: bias)
  }

  /// sums [columns] += the sums of the columns of d.
  private func addColumnSums(of d: Matrix, to sums: Floats) {
    // Parts that depend on the shape alone: at most 128, of at least 32 rows.
    let perPart = max(32, (d.rows + 127) / 128)
    let parts = (d.rows + perPart - 1) / perPart
    let partial = scratch(0, bytes: parts * d.columns * MemoryLayout<Float>.stride)
      .assumingMemoryBound(to: Float.self)
    let threads = threads(for: d.columns)
    let blocks = (d.columns + threads - 1) / threads
    kernels.launch(
      .columnSums, blocks: (blocks, parts), threads: threads, partial, d.start, Int32(d.stride),
      Int32(perPart), Int32(d.rows), Int32(d.columns))
    addParts(partial, stride: d.columns, count: parts, to: sums, columns: d.columns)
  }

  /// sums [columns] += the `count` rows of `partial`, which are `stride` apart.
  func addParts(_ partial: Floats, stride: Int, count: Int, to sums: Floats, columns: Int) {
    let threads = threads(for: columns)
    kernels.launch(
      .addParts, blocks: ((columns + threads - 1) / threads, 1), threads: threads, sums, partial,
      Int32(stride), Int32(count), Int32(columns))
  }
}
