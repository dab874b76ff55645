import Files
import FlowPlugin
import Transformer

/// A device that passes everything on to another and keeps the time of each operation, with the
/// multiply-adds and the memory traffic that the operation cannot do without.
final class MeteredDevice: Device {
  /// One kind of operation.
  struct Meter {
    var calls = 0
    var seconds = 0.0
    /// Floating-point operations of matrix products.
    var operations = 0.0
    /// Bytes read and written, each array counted once.
    var bytes = 0.0
  }

  private let device: any Device
  private(set) var meters: [String: Meter] = [:]

  init(_ device: any Device) { self.device = device }

  func reset() { meters = [:] }

  private func measure(
    _ name: String, operations: Int = 0, floats: Int = 0, _ body: () -> Void
  ) {
    let start = ContinuousClock.now
    body()
    device.synchronize()
    let seconds = start.secondsUntilNow
    meters[name, default: Meter()].calls += 1
    meters[name, default: Meter()].seconds += seconds
    meters[name, default: Meter()].operations += Double(operations)
    meters[name, default: Meter()].bytes += 4 * Double(floats)
  }

  private func size(_ matrices: Matrix...) -> Int {
    matrices.reduce(0) { $0 + $1.rows * $1.columns }
  }

  /// Tells each operation's share of the time, and how near it is to what bounds it.
  ///
  /// - Parameter peak: of matrix products, in 10^9 operations per second.
  func record(_ step: Step, steps: Int, peak: Double) {
    let total = meters.values.reduce(0) { $0 + $1.seconds }
    let rows = meters.sorted { $0.value.seconds > $1.value.seconds }.map { name, meter -> JSON in
      let rate = meter.operations / meter.seconds * 1e-9
      return [
        .string(name), .integer(meter.calls / steps),
        .number((meter.seconds / Double(steps) * 1e5).rounded() / 100),
        .number((meter.seconds / total * 1000).rounded() / 10),
        meter.operations > 0 ? .number(rate.rounded()) : .null,
        meter.operations > 0 ? .number((rate / peak * 1000).rounded() / 10) : .null,
        .number((meter.bytes / meter.seconds * 1e-8).rounded() / 10),
      ]
    }
    step.record(
      "table:operations",
      [
        "columns": [
          "operation", "calls a step", "ms a step", "% of time", "GFLOP/s", "% of SGEMM", "GB/s",
        ], "rows": .array(rows), "show": true,
        "note": .string("SGEMM here: \(Int(peak)) GFLOP/s; GB/s: each array once"),
      ])
  }
}

extension MeteredDevice {
  var description: ComputeDescription { device.description }

  func allocate(bytes: Int) -> UnsafeMutableRawPointer { device.allocate(bytes: bytes) }
  func free(_ memory: UnsafeMutableRawPointer) { device.free(memory) }

  func upload(_ values: UnsafeBufferPointer<Float>, to memory: Floats) {
    measure("upload", floats: 2 * values.count) { device.upload(values, to: memory) }
  }

  func upload(_ values: UnsafeBufferPointer<Int32>, to memory: Integers) {
    measure("upload", floats: 2 * values.count) { device.upload(values, to: memory) }
  }

  func download(_ memory: Floats, into values: UnsafeMutableBufferPointer<Float>) {
    measure("download", floats: 2 * values.count) { device.download(memory, into: values) }
  }

  func zero(_ memory: Floats, count: Int) {
    measure("zero", floats: count) { device.zero(memory, count: count) }
  }

  func synchronize() { device.synchronize() }

  func dense(_ out: Matrix, _ x: Matrix, weight: Matrix, bias: Floats) {
    measure("dense", operations: 2 * size(x) * out.columns, floats: size(out, x, weight)) {
      device.dense(out, x, weight: weight, bias: bias)
    }
  }

  func denseGELU(_ out: Floats, pre: Matrix, _ x: Matrix, weight: Matrix, bias: Floats) {
    let floats = size(pre, pre, x, weight)
    measure("dense + GELU", operations: 2 * size(x) * pre.columns, floats: floats) {
      device.denseGELU(out, pre: pre, x, weight: weight, bias: bias)
    }
  }

  func denseResidualNormalize(
    _ out: Floats, sum: Matrix, _ x: Matrix, weight: Matrix, bias: Floats, residual: Floats,
    norm: Normalization, dropout: DropoutSite
  ) {
    let floats = size(sum, sum, sum, x, weight)
    measure(
      "dense + dropout + residual + LayerNorm", operations: 2 * size(x) * sum.columns,
      floats: floats
    ) {
      device.denseResidualNormalize(
        out, sum: sum, x, weight: weight, bias: bias, residual: residual, norm: norm,
        dropout: dropout)
    }
  }

  func denseBackward(_ dX: Matrix, _ d: Matrix, weight: Matrix, adding: Bool) {
    measure(
      "dense backward", operations: 2 * size(d) * dX.columns, floats: size(dX, d, weight)
    ) { device.denseBackward(dX, d, weight: weight, adding: adding) }
  }

  func denseBackwardGELU(_ dPre: Matrix, _ d: Matrix, weight: Matrix, pre: Floats) {
    measure(
      "dense + GELU backward", operations: 2 * size(d) * dPre.columns,
      floats: size(dPre, dPre, d, weight)
    ) { device.denseBackwardGELU(dPre, d, weight: weight, pre: pre) }
  }

  func denseGradient(weight: Matrix, bias: Floats, _ d: Matrix, _ x: Matrix) {
    measure(
      "weight gradient", operations: 2 * size(d) * x.columns, floats: size(weight, weight, d, x)
    ) { device.denseGradient(weight: weight, bias: bias, d, x) }
  }

  func embed(_ x: Floats, ids: EmbeddingIDs, tables: EmbeddingTables, rows: Int, hidden: Int) {
    measure("embed", floats: 4 * rows * hidden) {
      device.embed(x, ids: ids, tables: tables, rows: rows, hidden: hidden)
    }
  }

  func embedBackward(
    _ gradients: EmbeddingTables, _ d: Floats, ids: EmbeddingIDs, pad: Int32, rows: Int, hidden: Int
  ) {
    measure("embed backward", floats: 7 * rows * hidden) {
      device.embedBackward(gradients, d, ids: ids, pad: pad, rows: rows, hidden: hidden)
    }
  }

  func normalize(_ out: Floats, _ x: Floats, norm: Normalization, rows: Int, hidden: Int) {
    measure("LayerNorm", floats: 2 * rows * hidden) {
      device.normalize(out, x, norm: norm, rows: rows, hidden: hidden)
    }
  }

  func normalizeBackward(
    _ d: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient, rows: Int,
    hidden: Int
  ) {
    measure("LayerNorm backward", floats: 3 * rows * hidden) {
      device.normalizeBackward(
        d, x, norm: norm, gradient: gradient, rows: rows, hidden: hidden)
    }
  }

  func residualNormalizeBackward(
    _ d: Floats, branch: Floats, _ x: Floats, norm: Normalization, gradient: NormalizationGradient,
    dropout: DropoutSite, rows: Int, hidden: Int
  ) {
    measure("residual + LayerNorm backward", floats: 4 * rows * hidden) {
      device.residualNormalizeBackward(
        d, branch: branch, x, norm: norm, gradient: gradient, dropout: dropout, rows: rows,
        hidden: hidden)
    }
  }

  func backwardGELU(_ d: Floats, _ pre: Floats, count: Int) {
    measure("GELU backward", floats: 3 * count) { device.backwardGELU(d, pre, count: count) }
  }

  func dropout(_ x: Floats, _ site: DropoutSite, count: Int) {
    measure("dropout", floats: 2 * count) { device.dropout(x, site, count: count) }
  }

  func attend(
    _ context: Floats, statistics: Floats?, qkv: Floats, keyBias: Floats?, shape: AttentionShape,
    dropout: DropoutSite
  ) {
    let rows = shape.batch * shape.length
    measure(
      "attention", operations: 4 * rows * shape.length * shape.hidden,
      floats: 4 * rows * shape.hidden
    ) {
      device.attend(
        context, statistics: statistics, qkv: qkv, keyBias: keyBias, shape: shape, dropout: dropout)
    }
  }

  func attendBackward(
    _ dQKV: Floats, dContext: Floats, context: Floats, statistics: Floats, qkv: Floats,
    keyBias: Floats?, shape: AttentionShape, dropout: DropoutSite
  ) {
    let rows = shape.batch * shape.length
    // Five products, since the scores are computed anew.
    measure(
      "attention backward", operations: 10 * rows * shape.length * shape.hidden,
      floats: 8 * rows * shape.hidden
    ) {
      device.attendBackward(
        dQKV, dContext: dContext, context: context, statistics: statistics, qkv: qkv,
        keyBias: keyBias, shape: shape, dropout: dropout)
    }
  }

  func gather(_ out: Floats, _ x: Floats, rows: Integers, count: Int, hidden: Int) {
    measure("gather", floats: 2 * count * hidden) {
      device.gather(out, x, rows: rows, count: count, hidden: hidden)
    }
  }

  func scatterAdd(_ x: Floats, _ d: Floats, rows: Integers, count: Int, hidden: Int) {
    measure("scatter", floats: 3 * count * hidden) {
      device.scatterAdd(x, d, rows: rows, count: count, hidden: hidden)
    }
  }

  func crossEntropy(
    _ losses: Floats, _ logits: Floats, labels: Integers, gradientScale: Float, rows: Int,
    vocabulary: Int
  ) {
    measure("cross entropy", floats: 2 * rows * vocabulary) {
      device.crossEntropy(
        losses, logits, labels: labels, gradientScale: gradientScale, rows: rows,
        vocabulary: vocabulary)
    }
  }

  func pool(_ pooled: Floats, argmax: Integers, _ x: Floats, spans: Spans, pooling: Pooling) {
    measure("pool") { device.pool(pooled, argmax: argmax, x, spans: spans, pooling: pooling) }
  }

  func poolBackward(
    _ dX: Floats, _ dPooled: Floats, argmax: Integers, spans: Spans, pooling: Pooling
  ) {
    measure("pool backward") {
      device.poolBackward(dX, dPooled, argmax: argmax, spans: spans, pooling: pooling)
    }
  }

  func sumOfSquares(_ x: Floats, count: Int) -> Double {
    var sum = 0.0
    measure("gradient norm", floats: count) { sum = device.sumOfSquares(x, count: count) }
    return sum
  }

  func adamW(
    _ weights: Floats, first: Floats, second: Floats, gradients: Floats, factors: AdamWFactors,
    count: Int
  ) {
    measure("AdamW", floats: 8 * count) {
      device.adamW(
        weights, first: first, second: second, gradients: gradients, factors: factors, count: count)
    }
  }
}
