import CUDAKernels

/// How kernels are started, and memory for the inside of one operation.
extension CUDA {
  /// THREADS in common.cuh.
  static let blockSize = 256

  /// Threads of a block that works on a row: no more than it has columns, in whole warps.
  func threads(for width: Int) -> Int { min(CUDA.blockSize, (width + 31) / 32 * 32) }

  /// Starts a kernel with a block for each row.
  func launch<each Argument: KernelArgument>(
    _ kernel: Kernel, rows: Int, width: Int, _ arguments: repeat each Argument
  ) {
    enter()
    kernels.launch(
      kernel, blocks: (rows, 1), threads: threads(for: width), repeat each arguments)
  }

  /// Starts a kernel that goes over `elements` numbers, each thread over several where there are many.
  func launch<each Argument: KernelArgument>(
    _ kernel: Kernel, elements: Int, _ arguments: repeat each Argument
  ) {
    enter()
    let blocks = min(1 << 16, (elements + CUDA.blockSize - 1) / CUDA.blockSize)
    kernels.launch(
      kernel, blocks: (blocks, 1), threads: CUDA.blockSize, repeat each arguments)
  }

  /// The kernels' form of a dropout.
  func kernel(_ site: DropoutSite) -> cuda_dropout {
    cuda_dropout(key: site.key, threshold: site.threshold, scale: site.scale)
  }
}
