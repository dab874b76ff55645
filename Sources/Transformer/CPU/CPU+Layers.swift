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

  public func residualNormalizeBackward(
    _ d: Floats, branch: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient,
    dropout: DropoutSite, rows: Int, hidden: Int
  ) {
    let site = kernel(dropout)
    parallelRowsWithSums(
      rows, width: hidden, totals: [(gradient.weight, hidden), (gradient.bias, hidden)]
    ) { first, count, sums in
      let offset = first * hidden
      kernel_residual_normalize_backward(
        d + offset, branch + offset, sums, sums + hidden, x + offset, norm.mean + first,
        norm.inverse + first, norm.weight, site,
        UInt32(truncatingIfNeeded: dropout.first + offset), count, hidden)
    }
  }

  public func backwardGELU(_ d: Floats, _ pre: Floats, count: Int) {
    parallelRows(count, width: 1) { _, first, count in
      kernel_gelu_backward(d + first, pre + first, count)
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
