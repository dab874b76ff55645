import CKernels

/// Embeddings, normalization, activation, dropout: rows in parts.
extension CPU {
  public func embed(
    _ x: Floats, ids: EmbeddingIDs, tables: EmbeddingTables, rows: Int, hidden: Int
  ) {
    parallelRows(rows, width: hidden) { _, first, count in
      kernel_embedding_forward(
        x + first * hidden, ids.tokens + first, ids.states + first, ids.places + first,
        tables.words, tables.states, tables.positions, count, hidden)
    }
  }

  public func embedBackward(
    _ gradients: EmbeddingTables, _ d: Floats, ids: EmbeddingIDs, pad: Int32, rows: Int, hidden: Int
  ) {
    // By columns, since two rows may hold the same token.
    let width = max(16, (hidden + 7) / 8)
    parallel((hidden + width - 1) / width) { part, _ in
      kernel_embedding_backward(
        gradients.words, gradients.states, gradients.positions, d, ids.tokens, ids.states,
        ids.places, pad, rows, hidden, part * width, min(hidden, (part + 1) * width))
    }
  }

  public func normalize(
    _ out: Floats, _ x: Floats, norm: Normalization, rows: Int, hidden: Int
  ) {
    parallelRows(rows, width: hidden) { _, first, count in
      kernel_normalize_forward(
        out + first * hidden, norm.mean + first, norm.inverse + first, x + first * hidden,
        norm.weight, norm.bias, norm.epsilon, count, hidden)
    }
  }

  public func normalizeBackward(
    _ d: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient, rows: Int,
    hidden: Int
  ) {
    parallelRowsWithSums(
      rows, width: hidden, totals: [(gradient.weight, hidden), (gradient.bias, hidden)]
    ) { first, count, sums in
      kernel_normalize_backward(
        d + first * hidden, sums, sums + hidden, d + first * hidden, x + first * hidden,
        norm.mean + first, norm.inverse + first, norm.weight, count, hidden)
    }
  }

  public func residualNormalize(
    _ out: Floats, _ x: Floats, bias: Floats, residual: Floats, norm: Normalization,
    dropout: DropoutSite, rows: Int, hidden: Int
  ) {
    let site = kernel(dropout)
    parallelRows(rows, width: hidden) { _, first, count in
      let offset = first * hidden
      kernel_residual_normalize_forward(
        out + offset, norm.mean + first, norm.inverse + first, x + offset, bias, residual + offset,
        norm.weight, norm.bias, norm.epsilon, site,
        UInt32(truncatingIfNeeded: dropout.first + offset), count,
        hidden)
    }
  }

  public func residualNormalizeBackward(
    _ d: Floats, branch: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient,
    biasGradient: Floats, dropout: DropoutSite, rows: Int, hidden: Int
  ) {
    let site = kernel(dropout)
    let totals = [(gradient.weight, hidden), (gradient.bias, hidden), (biasGradient, hidden)]
    parallelRowsWithSums(rows, width: hidden, totals: totals) { first, count, sums in
      let offset = first * hidden
      kernel_residual_normalize_backward(
        d + offset, branch + offset, sums, sums + hidden, sums + 2 * hidden, x + offset,
        norm.mean + first, norm.inverse + first, norm.weight, site,
        UInt32(truncatingIfNeeded: dropout.first + offset), count, hidden)
    }
  }

  public func biasGELU(_ out: Floats, _ pre: Floats, bias: Floats, rows: Int, columns: Int) {
    parallelRows(rows, width: columns) { _, first, count in
      kernel_bias_gelu_forward(
        out + first * columns, pre + first * columns, bias, count, columns)
    }
  }

  public func biasGELUBackward(
    _ d: Floats, _ pre: Floats, biasGradient: Floats, rows: Int, columns: Int
  ) {
    parallelRowsWithSums(rows, width: columns, totals: [(biasGradient, columns)]) {
      kernel_bias_gelu_backward(d + $0 * columns, $2, pre + $0 * columns, $1, columns)
    }
  }

  public func dropout(_ x: Floats, _ site: DropoutSite, count: Int) {
    guard site.threshold > 0 else { return }
    let dropout = kernel(site)
    parallelRows(count, width: 1) { _, first, count in
      kernel_dropout_apply(
        x + first, x + first, dropout, UInt32(truncatingIfNeeded: site.first + first), count)
    }
  }
}
