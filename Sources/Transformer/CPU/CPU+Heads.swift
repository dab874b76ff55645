import CKernels

/// What the heads and the optimizer need.
extension CPU {
  public func gather(_ out: Floats, _ x: Floats, rows: Integers, count: Int, hidden: Int) {
    if isDry { return }
    kernel_gather_rows(out, x, rows, count, hidden)
  }

  public func scatterAdd(_ x: Floats, _ d: Floats, rows: Integers, count: Int, hidden: Int) {
    if isDry { return }
    kernel_scatter_add_rows(x, d, rows, count, hidden)
  }

  public func crossEntropy(
    _ losses: Floats, _ logits: Floats, labels: Integers, gradientScale: Float, rows: Int,
    vocabulary: Int
  ) {
    parallelRows(rows, width: vocabulary) { _, first, count in
      kernel_cross_entropy(
        losses + first, logits + first * vocabulary, labels + first, gradientScale, count,
        vocabulary)
    }
  }

  public func pool(
    _ pooled: Floats, argmax: Integers, _ x: Floats, spans: Spans, pooling: Pooling
  ) {
    let hidden = spans.hidden
    let width = pooling.width(hidden: hidden)
    parallel(spans.starts.count) { example, _ in
      let (mean, maximum) = pooling.parts(pooled + example * width, hidden: hidden)
      kernel_pool_forward(
        mean, maximum, argmax + example * hidden, x + spans.starts[example] * hidden,
        spans.counts[example], hidden)
    }
  }

  public func poolBackward(
    _ dX: Floats, _ dPooled: Floats, argmax: Integers, spans: Spans, pooling: Pooling
  ) {
    let hidden = spans.hidden
    let width = pooling.width(hidden: hidden)
    parallel(spans.starts.count) { example, _ in
      let (mean, maximum) = pooling.parts(dPooled + example * width, hidden: hidden)
      kernel_pool_backward(
        dX + spans.starts[example] * hidden, mean, maximum, argmax + example * hidden,
        spans.counts[example], hidden)
    }
  }

  public func sumOfSquares(_ x: Floats, count: Int) -> Double {
    let parts = (count + CPU.partSize - 1) / CPU.partSize
    var sums = [Double](repeating: 0, count: parts)
    sums.withUnsafeMutableBufferPointer { sums in
      parallel(parts) { part, _ in
        let first = part * CPU.partSize
        sums[part] = kernel_sum_of_squares(x + first, min(CPU.partSize, count - first))
      }
    }
    return sums.reduce(0, +)
  }

  public func adamW(
    _ weights: Floats, first: Floats, second: Floats, gradients: Floats, factors: AdamWFactors,
    count: Int
  ) {
    let settings = kernel_adamw(
      beta1: factors.beta1, rest1: factors.rest1, beta2: factors.beta2, rest2: factors.rest2,
      keep: factors.keep, step: factors.step, root: factors.root, epsilon: factors.epsilon,
      gradient_scale: factors.gradientScale)
    parallelRows(count, width: 1) { _, start, count in
      kernel_adamw_step(
        weights + start, first + start, second + start, gradients + start, settings, count)
    }
  }
}

extension Pooling {
  /// Where mean and maximum stand in a pooled vector; nil for what this pooling lacks.
  fileprivate func parts(_ vector: Floats, hidden: Int) -> (mean: Floats?, maximum: Floats?) {
    switch self {
    case .mean, .cls: (vector, nil)
    case .max: (nil, vector)
    case .meanMax: (vector, vector + hidden)
    }
  }
}
