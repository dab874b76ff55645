import CUDAKernels

/// What the heads and the optimizer need.
extension CUDA {
  public func gather(_ out: Floats, _ x: Floats, rows: Integers, count: Int, hidden: Int) {
    launch(.gatherRows, rows: count, width: hidden, out, x, rows, Int32(hidden))
  }

  public func scatterAdd(_ x: Floats, _ d: Floats, rows: Integers, count: Int, hidden: Int) {
    addRows(x, d, ids: rows, count: count, hidden: hidden)
  }

  public func crossEntropy(
    _ losses: Floats, _ logits: Floats, labels: Integers, gradientScale: Float, rows: Int,
    vocabulary: Int
  ) {
    launch(
      .crossEntropy, rows: rows, width: vocabulary, losses, logits, labels, gradientScale,
      Int32(vocabulary))
  }

  public func pool(
    _ pooled: Floats, argmax: Integers, _ x: Floats, spans: Spans, pooling: Pooling
  ) {
    launchPooling(.poolForward, pooled, argmax: argmax, x, spans, pooling)
  }

  public func poolBackward(
    _ dX: Floats, _ dPooled: Floats, argmax: Integers, spans: Spans, pooling: Pooling
  ) {
    launchPooling(.poolBackward, dPooled, argmax: argmax, dX, spans, pooling)
  }

  /// Forward and backward take the same arguments, `x` or its gradient among them; only their order differs.
  private func launchPooling(
    _ kernel: Kernel, _ pooled: Floats, argmax: Integers, _ x: Floats, _ spans: Spans,
    _ pooling: Pooling
  ) {
    let examples = spans.starts.count
    let hidden = spans.hidden
    // Upload first: it waits for what was started before, so that the memory is free.
    let numbers = (spans.starts + spans.counts).map(Int32.init)
    let starts = scratch(0, bytes: numbers.count * MemoryLayout<Int32>.stride)
      .assumingMemoryBound(to: Int32.self)
    numbers.withUnsafeBytes { copy($0, to: starts) }
    let mean: Floats? = pooling == .max ? nil : pooled
    let maximum: Floats? =
      switch pooling {
      case .max: pooled
      case .meanMax: pooled + hidden
      case .mean, .cls: nil
      }
    let width = Int32(pooling.width(hidden: hidden))
    let threads = threads(for: hidden)
    let blocks = (x: examples, y: (hidden + threads - 1) / threads)
    if kernel == .poolForward {
      kernels.launch(
        kernel, blocks: blocks, threads: threads, mean, maximum, argmax, x, starts,
        starts + examples,
        width, Int32(hidden))
    } else {
      kernels.launch(
        kernel, blocks: blocks, threads: threads, x, mean, maximum, argmax, starts,
        starts + examples,
        width, Int32(hidden))
    }
  }

  public func sumOfSquares(_ x: Floats, count: Int) -> Double {
    guard count > 0 else { return 0 }
    enter()
    let parts = min(512, (count + CUDA.blockSize - 1) / CUDA.blockSize)
    let sums = scratch(0, bytes: (parts + 1) * MemoryLayout<Double>.stride)
      .assumingMemoryBound(to: Double.self)
    let total = sums + parts
    kernels.launch(
      .squaresPartial, blocks: (parts, 1), threads: CUDA.blockSize, sums, x, UInt64(count))
    kernels.launch(
      .squaresTotal, blocks: (1, 1), threads: CUDA.blockSize, total, sums, Int32(parts))
    var result = 0.0
    withUnsafeMutableBytes(of: &result) { copy(total, into: $0) }
    return result
  }

  public func adamW(
    _ weights: Floats, first: Floats, second: Floats, gradients: Floats, factors: AdamWFactors,
    count: Int
  ) {
    let settings = cuda_adamw(
      beta1: factors.beta1, rest1: factors.rest1, beta2: factors.beta2, rest2: factors.rest2,
      keep: factors.keep, step: factors.step, root: factors.root, epsilon: factors.epsilon,
      gradient_scale: factors.gradientScale)
    launch(.adamW, elements: count, weights, first, second, gradients, settings, UInt64(count))
  }
}
