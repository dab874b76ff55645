/// Embeddings, normalization, activation, dropout.
extension CUDA {
  public func embed(
    _ x: Floats, ids: EmbeddingIDs, tables: EmbeddingTables, rows: Int, hidden: Int
  ) {
    launch(
      .embeddingForward, rows: rows, width: hidden, x, ids.tokens, ids.states, ids.places,
      tables.words, tables.states, tables.positions, Int32(hidden))
  }

  public func embedBackward(
    _ gradients: EmbeddingTables, _ d: Floats, ids: EmbeddingIDs, pad: Int32, rows: Int, hidden: Int
  ) {
    addRows(gradients.words, d, ids: ids.tokens, except: pad, count: rows, hidden: hidden)
    addRows(gradients.states, d, ids: ids.states, count: rows, hidden: hidden)
    addRows(gradients.positions, d, ids: ids.places, count: rows, hidden: hidden)
  }

  /// table[ids[i]] += d[i], but for rows whose id is `except`.
  func addRows(
    _ table: Floats, _ d: Floats, ids: Integers, except skipped: Int32 = -1, count: Int, hidden: Int
  ) {
    enter()
    // All threads of a block look for rows of the same id, whatever the width.
    kernels.launch(
      .addRows, blocks: (count, 1), threads: CUDA.blockSize, table, d, ids, skipped, Int32(count),
      Int32(hidden))
  }

  public func normalize(
    _ out: Floats, _ x: Floats, norm: Normalization, rows: Int, hidden: Int
  ) {
    launch(
      .normalizeForward, rows: rows, width: hidden, out, norm.mean, norm.inverse, x, norm.weight,
      norm.bias, norm.epsilon, Int32(hidden))
  }

  public func normalizeBackward(
    _ d: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient, rows: Int,
    hidden: Int
  ) {
    normalizeBackward(
      d, branch: nil, x, norm: norm, gradient: gradient, dropout: .none, rows: rows, hidden: hidden)
  }

  public func residualNormalizeBackward(
    _ d: Floats, branch: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient,
    dropout: DropoutSite, rows: Int, hidden: Int
  ) {
    normalizeBackward(
      d, branch: branch, x, norm: norm, gradient: gradient, dropout: dropout, rows: rows,
      hidden: hidden)
  }

  private func normalizeBackward(
    _ d: Floats, branch: Floats?, _ x: Floats, norm: Normalization,
    gradient: NormalizationGradient, dropout: DropoutSite, rows: Int, hidden: Int
  ) {
    enter()
    // Each block adds up its rows' share of the parameters' gradients.
    let blocks = min(rows, 256)
    let partial = scratch(0, bytes: blocks * 2 * hidden * MemoryLayout<Float>.stride)
      .assumingMemoryBound(to: Float.self)
    kernels.launch(
      .normalizeBackward, blocks: (blocks, 1), threads: threads(for: hidden), d, branch, partial, x,
      norm.mean, norm.inverse, norm.weight, kernel(dropout),
      UInt32(truncatingIfNeeded: dropout.first), Int32(rows), Int32(hidden))
    addParts(partial, stride: 2 * hidden, count: blocks, to: gradient.weight, columns: hidden)
    addParts(
      partial + hidden, stride: 2 * hidden, count: blocks, to: gradient.bias, columns: hidden)
  }

  public func backwardGELU(_ d: Floats, _ pre: Floats, count: Int) {
    launch(.geluBackward, elements: count, d, pre, UInt64(count))
  }

  public func dropout(_ x: Floats, _ site: DropoutSite, count: Int) {
    guard site.threshold > 0 else { return }
    launch(
      .dropout, elements: count, x, kernel(site), UInt32(truncatingIfNeeded: site.first),
      UInt64(count))
  }
}
