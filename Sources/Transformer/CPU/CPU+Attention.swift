import CKernels
import Glibc

/// Scaled dot-product attention, 32 queries of one (example, head) at a time.
///
/// Scores are computed as keys x queries, so that each query has a vector lane of its own in the softmax
/// and the panel of scores is at once the right operand of the next product. A panel of 512 keys takes 64
/// KiB; it never leaves the second-level cache. What the backward pass needs of the scores it computes anew,
/// from the maximum and the sum that each query's softmax had (as FlashAttention does, Dao et al. 2022,
/// https://arxiv.org/abs/2205.14135): nothing of length x length is stored.
extension CPU {
  public func attend(
    _ context: Floats, statistics: Floats?, qkv: Floats, keyBias: Floats?, shape: AttentionShape,
    dropout: DropoutSite
  ) {
    let length = shape.length
    let size = shape.headSize
    let scale = 1 / Float(size).squareRoot()
    let layout = ForwardScratch(shape)
    let scratch = scratch(1, floats: threads * layout.count)
    parallel(shape.batch * shape.heads) { index, worker in
      let head = Head(index, shape)
      let (query, key, value) = head.parts(of: qkv)
      let own = layout.place(in: scratch + worker * layout.count)
      let bias = keyBias.map { $0 + head.example * length }
      let site = kernel(dropout.part(index))
      kernel_pack_left(vectors, own.keys, nil, key, head.stride, 0, length, size)
      kernel_pack_left(vectors, own.values, nil, value, head.stride, 1, size, length)
      for first in stride(from: 0, to: length, by: panel) {
        let count = min(panel, length - first)
        kernel_pack_right(
          vectors, own.queries, query + first * head.stride, head.stride, 1, size, count)
        kernel_product(
          vectors, own.scores, panel, own.keys, own.queries, nil, length, panel, size, 0)
        kernel_panel_softmax(
          vectors, own.scores, own.maximum, own.inverse, bias, scale, site, UInt32(first), length)
        kernel_product(
          vectors, own.context, panel, own.values, own.scores, nil, size, panel, length, 0)
        kernel_panel_transpose(
          vectors, context + head.contextOffset(row: first), shape.hidden, own.context, own.inverse,
          size, count)
        if let statistics {
          let saved = statistics + 2 * index * length + first
          saved.update(from: own.maximum, count: count)
          (saved + length).update(from: own.inverse, count: count)
        }
      }
    }
  }

  public func attendBackward(
    _ dQKV: Floats, dContext: Floats, context: Floats, statistics: Floats, qkv: Floats,
    keyBias: Floats?, shape: AttentionShape, dropout: DropoutSite
  ) {
    let layout = BackwardScratch(shape)
    let scratch = scratch(1, floats: threads * layout.count)
    parallel(shape.batch * shape.heads) { index, worker in
      let head = Head(index, shape)
      attendBackward(
        head, own: layout.place(in: scratch + worker * layout.count), dQKV: head.parts(of: dQKV),
        dContext: dContext, context: context, statistics: statistics + 2 * index * shape.length,
        qkv: head.parts(of: qkv), keyBias: keyBias.map { $0 + head.example * shape.length },
        dropout: kernel(dropout.part(index)))
    }
  }

  /// With S = K Q^T, W = dropout(softmax), O = W^T V, all as keys x queries:
  /// dV = W dO; dS = P (keep V dO^T - O dO) scale; dK = dS Q; dQ^T = K^T dS.
  private func attendBackward(
    _ head: Head, own: BackwardScratch.Places, dQKV: Head.Parts, dContext: Floats, context: Floats,
    statistics: Floats, qkv: Head.Parts, keyBias: Floats?, dropout: kernel_dropout
  ) {
    let length = head.shape.length
    let size = head.shape.headSize
    let hidden = head.shape.hidden
    let scale = 1 / Float(size).squareRoot()
    kernel_pack_left(vectors, own.keys, nil, qkv.key, head.stride, 0, length, size)
    kernel_pack_left(vectors, own.keysTransposed, nil, qkv.key, head.stride, 1, size, length)
    kernel_pack_left(vectors, own.values, nil, qkv.value, head.stride, 0, length, size)
    for first in stride(from: 0, to: length, by: panel) {
      let count = min(panel, length - first)
      var query = (start: qkv.query + first * head.stride, stride: head.stride)
      let offset = head.contextOffset(row: first)
      var gradient = (start: dContext + offset, stride: hidden)
      kernel_row_dots(own.dots, gradient.start, hidden, context + offset, hidden, count, size)
      own.maximum.update(from: statistics + first, count: count)
      own.inverse.update(from: statistics + length + first, count: count)
      if count < panel {
        // Lanes without a query: zeros, which add nothing to any sum.
        query = stage(query.start, query.stride, in: own.stagedQueries, rows: count, size)
        gradient = stage(
          gradient.start, gradient.stride, in: own.stagedGradients, rows: count, size)
        for lane in count..<panel {
          own.dots[lane] = 0
          own.maximum[lane] = 0
          own.inverse[lane] = 0
        }
      }
      kernel_pack_right(vectors, own.right, query.start, query.stride, 1, size, panel)
      kernel_product(vectors, own.scores, panel, own.keys, own.right, nil, length, panel, size, 0)
      kernel_pack_right(vectors, own.right, gradient.start, gradient.stride, 1, size, panel)
      kernel_product(
        vectors, own.gradients, panel, own.values, own.right, nil, length, panel, size, 0)
      kernel_panel_softmax_backward(
        vectors, own.scores, own.gradients, own.maximum, own.inverse, own.dots, keyBias, scale,
        dropout, UInt32(first), length)
      let adding: Int32 = first > 0 ? 1 : 0
      kernel_pack_right(vectors, own.right, gradient.start, gradient.stride, 0, panel, size)
      kernel_panel_product(vectors, own.dValues, size, own.scores, own.right, length, size, adding)
      kernel_pack_right(vectors, own.right, query.start, query.stride, 0, panel, size)
      kernel_panel_product(vectors, own.dKeys, size, own.gradients, own.right, length, size, adding)
      kernel_product(
        vectors, own.dQueries, panel, own.keysTransposed, own.gradients, nil, size, panel, length, 0
      )
      kernel_panel_transpose(
        vectors, dQKV.query + first * head.stride, head.stride, own.dQueries, nil, size, count)
    }
    // Collected side by side, since rows of dQKV are a page apart.
    for row in 0..<length {
      (dQKV.key + row * head.stride).update(from: own.dKeys + row * size, count: size)
      (dQKV.value + row * head.stride).update(from: own.dValues + row * size, count: size)
    }
  }

  private var panel: Int { Int(KERNEL_PANEL) }

  /// Copies rows to a panel's worth of rows whose rest is 0.
  private func stage(
    _ source: Floats, _ stride: Int, in staged: Floats, rows: Int, _ size: Int
  ) -> (start: Floats, stride: Int) {
    for row in 0..<rows { (staged + row * size).update(from: source + row * stride, count: size) }
    zero(staged + rows * size, count: (panel - rows) * size)
    return (staged, size)
  }
}

/// Where the parts of one (example, head) stand.
private struct Head {
  typealias Parts = (query: Floats, key: Floats, value: Floats)

  let shape: AttentionShape
  let example, head: Int

  init(_ index: Int, _ shape: AttentionShape) {
    self.shape = shape
    (example, head) = index.quotientAndRemainder(dividingBy: shape.heads)
  }

  /// Numbers between two rows of qkv.
  var stride: Int { 3 * shape.hidden }

  /// The first query, key and value.
  func parts(of qkv: Floats) -> Parts {
    let start = qkv + example * shape.length * stride + head * shape.headSize
    return (start, start + shape.hidden, start + 2 * shape.hidden)
  }

  func contextOffset(row: Int) -> Int {
    (example * shape.length + row) * shape.hidden + head * shape.headSize
  }
}

/// A thread's memory in the forward pass.
private struct ForwardScratch {
  struct Places {
    /// Packed left operands: keys [L,d], values transposed [d,L].
    let keys, values: Floats
    /// A packed right operand: queries transposed [d,32].
    let queries: Floats
    /// Panels: scores [L,32], context transposed [d,32].
    let scores, context: Floats
    let maximum, inverse: Floats
  }

  private let operand, narrow, wide: Int
  let count: Int

  init(_ shape: AttentionShape) {
    let panel = Int(KERNEL_PANEL)
    operand = whole(shape.length * shape.headSize + Int(KERNEL_SLACK))
    narrow = whole(shape.headSize * panel)
    wide = whole(shape.length * panel)
    count = 2 * operand + 2 * narrow + wide + 2 * panel
  }

  func place(in memory: Floats) -> Places {
    var taker = Taker(memory)
    return Places(
      keys: taker.take(operand), values: taker.take(operand), queries: taker.take(narrow),
      scores: taker.take(wide), context: taker.take(narrow), maximum: taker.take(32),
      inverse: taker.take(32))
  }
}

/// A thread's memory in the backward pass.
private struct BackwardScratch {
  struct Places {
    /// Packed left operands: keys [L,d], its transpose [d,L], values [L,d].
    let keys, keysTransposed, values: Floats
    /// A packed right operand: [d,32] or [32,d].
    let right: Floats
    /// Panels [L,32]: scores, then weights; their gradients.
    let scores, gradients: Floats
    /// [L,d].
    let dKeys, dValues: Floats
    /// Panel [d,32].
    let dQueries: Floats
    /// [32,d], for the last queries of a length that is no multiple of 32.
    let stagedQueries, stagedGradients: Floats
    let dots, maximum, inverse: Floats
  }

  private let operand, narrow, wide: Int
  let count: Int

  init(_ shape: AttentionShape) {
    let panel = Int(KERNEL_PANEL)
    operand = whole(shape.length * shape.headSize + Int(KERNEL_SLACK))
    narrow = whole((shape.headSize + panel - 1) / panel * panel * panel)
    wide = whole(shape.length * panel)
    count = 5 * operand + 4 * narrow + 2 * wide + 3 * panel
  }

  func place(in memory: Floats) -> Places {
    var taker = Taker(memory)
    return Places(
      keys: taker.take(operand), keysTransposed: taker.take(operand), values: taker.take(operand),
      right: taker.take(narrow), scores: taker.take(wide), gradients: taker.take(wide),
      dKeys: taker.take(operand), dValues: taker.take(operand), dQueries: taker.take(narrow),
      stagedQueries: taker.take(narrow), stagedGradients: taker.take(narrow), dots: taker.take(32),
      maximum: taker.take(32), inverse: taker.take(32))
  }
}

/// Hands out one piece of memory after the other.
private struct Taker {
  private var next: Floats

  init(_ memory: Floats) { next = memory }

  mutating func take(_ count: Int) -> Floats {
    defer { next += count }
    return next
  }
}

/// `count` rounded up to whole cache lines.
private func whole(_ count: Int) -> Int { (count + 15) / 16 * 16 }

/// The kernels' form of a dropout.
func kernel(_ site: DropoutSite) -> kernel_dropout {
  kernel_dropout(
    key0: UInt32(truncatingIfNeeded: site.key), key1: UInt32(truncatingIfNeeded: site.key >> 32),
    threshold: site.threshold, scale: site.scale)
}
