import CKernels

/// Scaled dot-product attention, one tile of queries of one (example, head) at a time.
///
/// Queries, keys and values are read in place from qkv [T,3H] with its stride, so nothing is
/// transposed or copied. A tile's scores stay in the second-level cache between the product, the
/// softmax and the next product: that is the reason for the block of query rows.
extension CPU {
  public func attend(
    _ context: Floats, probabilities: Floats?, qkv: Floats, keyBias: Floats?,
    shape: AttentionShape, dropout: DropoutSite
  ) {
    let tile = Tile(shape)
    let scale = 1 / Float(shape.headSize).squareRoot()
    let scratch = scratch(1, floats: threads * 2 * tile.block * shape.length)
    parallel(shape.batch * shape.heads) { index, worker in
      let place = tile.place(index)
      let (query, key, value) = tile.heads(qkv, place)
      let own = scratch + worker * 2 * tile.block * shape.length
      let bias = keyBias.map { $0 + place.example * shape.length }
      let site = kernel(dropout.part(index))
      for first in stride(from: 0, to: shape.length, by: tile.block) {
        let rows = min(tile.block, shape.length - first)
        let p = probabilities.map { $0 + (index * shape.length + first) * shape.length } ?? own
        gemm(
          query + first * tile.stride, tile.stride, false, key, tile.stride, true, p, shape.length,
          rows: rows, columns: shape.length, inner: shape.headSize, scale: 1, adding: false)
        kernel_softmax_forward(p, bias, scale, rows, shape.length)
        var weights = p
        if dropout.threshold > 0 {
          weights = own + tile.block * shape.length
          kernel_dropout_apply(
            weights, p, site, UInt32(first * shape.length), rows * shape.length)
        }
        gemm(
          weights, shape.length, false, value, tile.stride, false,
          context + tile.contextOffset(place, row: first), shape.hidden, rows: rows,
          columns: shape.headSize, inner: shape.length, scale: 1, adding: false)
      }
    }
  }

  public func attendBackward(
    _ dQKV: Floats, dContext: Floats, probabilities: Floats, qkv: Floats, shape: AttentionShape,
    dropout: DropoutSite
  ) {
    let tile = Tile(shape)
    let scale = 1 / Float(shape.headSize).squareRoot()
    let scratch = scratch(1, floats: threads * 2 * tile.block * shape.length)
    parallel(shape.batch * shape.heads) { index, worker in
      let place = tile.place(index)
      let (query, key, value) = tile.heads(qkv, place)
      let (dQuery, dKey, dValue) = tile.heads(dQKV, place)
      let d = scratch + worker * 2 * tile.block * shape.length
      let site = kernel(dropout.part(index))
      for first in stride(from: 0, to: shape.length, by: tile.block) {
        let rows = min(tile.block, shape.length - first)
        let p = probabilities + (index * shape.length + first) * shape.length
        let dOut = dContext + tile.contextOffset(place, row: first)
        var weights = p
        if dropout.threshold > 0 {
          weights = d + tile.block * shape.length
          kernel_dropout_apply(
            weights, p, site, UInt32(first * shape.length), rows * shape.length)
        }
        // dV += weights^T dOut; d = dOut V^T.
        gemm(
          weights, shape.length, true, dOut, shape.hidden, false, dValue, tile.stride,
          rows: shape.length, columns: shape.headSize, inner: rows, scale: 1, adding: first > 0)
        gemm(
          dOut, shape.hidden, false, value, tile.stride, true, d, shape.length, rows: rows,
          columns: shape.length, inner: shape.headSize, scale: 1, adding: false)
        kernel_softmax_backward(
          d, p, scale, site, UInt32(first * shape.length), rows, shape.length)
        // dQ = d K; dK += d^T Q.
        gemm(
          d, shape.length, false, key, tile.stride, false, dQuery + first * tile.stride,
          tile.stride, rows: rows, columns: shape.headSize, inner: shape.length, scale: 1,
          adding: false)
        gemm(
          d, shape.length, true, query + first * tile.stride, tile.stride, false, dKey,
          tile.stride, rows: shape.length, columns: shape.headSize, inner: rows, scale: 1,
          adding: first > 0)
      }
    }
  }
}

/// Where the parts of one (example, head) stand.
private struct Tile {
  let shape: AttentionShape
  /// Query rows worked on at once.
  let block: Int
  /// Numbers between two rows of qkv.
  let stride: Int

  init(_ shape: AttentionShape) {
    self.shape = shape
    block = min(shape.length, max(16, CPU.partSize / shape.length))
    stride = 3 * shape.hidden
  }

  func place(_ index: Int) -> (example: Int, head: Int) {
    (index / shape.heads, index % shape.heads)
  }

  /// The first query, key and value of a head.
  func heads(_ qkv: Floats, _ place: (example: Int, head: Int)) -> (Floats, Floats, Floats) {
    let start = qkv + place.example * shape.length * stride + place.head * shape.headSize
    return (start, start + shape.hidden, start + 2 * shape.hidden)
  }

  func contextOffset(_ place: (example: Int, head: Int), row: Int) -> Int {
    (place.example * shape.length + row) * shape.hidden + place.head * shape.headSize
  }
}

/// The kernels' form of a dropout.
func kernel(_ site: DropoutSite) -> kernel_dropout {
  kernel_dropout(
    key0: UInt32(truncatingIfNeeded: site.key), key1: UInt32(truncatingIfNeeded: site.key >> 32),
    threshold: site.threshold, scale: site.scale)
}
