import CUDAKernels

extension CUDA {
  /// Queries, keys or columns of a head in a tile: TILE in attention_tiles.cuh.
  private static let tile = 64

  public func attend(
    _ context: Floats, statistics: Floats?, qkv: Floats, keyBias: Floats?, shape: AttentionShape,
    dropout: DropoutSite
  ) {
    enter()
    kernels.launch(
      .attentionForward, blocks: blocks(shape), threads: CUDA.blockSize, context, statistics, qkv,
      keyBias, kernel(shape), headKernel(dropout))
  }

  public func attendBackward(
    _ dQKV: Floats, dContext: Floats, context: Floats, statistics: Floats, qkv: Floats,
    keyBias: Floats?, shape: AttentionShape, dropout: DropoutSite
  ) {
    enter()
    let count = shape.batch * shape.length * shape.heads
    let dots = scratch(0, bytes: count * MemoryLayout<Float>.stride)
      .assumingMemoryBound(to: Float.self)
    let perBlock = CUDA.blockSize / 32
    kernels.launch(
      .attentionDots, blocks: ((count + perBlock - 1) / perBlock, 1), threads: CUDA.blockSize, dots,
      dContext, context, kernel(shape), UInt64(count))
    for part in [Kernel.attentionBackwardKeys, .attentionBackwardQueries] {
      kernels.launch(
        part, blocks: blocks(shape), threads: CUDA.blockSize, dQKV, dContext, statistics, dots, qkv,
        keyBias, kernel(shape), headKernel(dropout))
    }
  }

  private func blocks(_ shape: AttentionShape) -> (x: Int, y: Int) {
    let tiles = (shape.length + CUDA.tile - 1) / CUDA.tile
    return (
      shape.batch * shape.heads * tiles, (shape.headSize + CUDA.tile - 1) / CUDA.tile
    )
  }

  private func kernel(_ shape: AttentionShape) -> cuda_attention {
    cuda_attention(
      length: Int32(shape.length), heads: Int32(shape.heads), size: Int32(shape.headSize),
      scale: 1 / Float(shape.headSize).squareRoot())
  }

  /// The kernel mixes the key of each (sequence, head) from this, as `DropoutSite.part` does.
  private func headKernel(_ site: DropoutSite) -> cuda_dropout {
    cuda_dropout(
      key: site.key &+ UInt64(site.first), threshold: site.threshold, scale: site.scale)
  }
}
