import CUDAKernels

/// The kernels of this package, by their names in CUDAKernels/kernels.
enum Kernel: String, CaseIterable {
  case addBias = "add_bias"
  case geluForward = "gelu_forward"
  case geluBackward = "gelu_backward"
  case dropout = "dropout_apply"
  case adamW = "adamw_step"
  case normalizeForward = "normalize_forward"
  case residualNormalizeForward = "residual_normalize_forward"
  case normalizeBackward = "normalize_backward"
  case embeddingForward = "embedding_forward"
  case gatherRows = "gather_rows"
  case addRows = "add_rows"
  case columnSums = "column_sums"
  case addParts = "add_parts"
  case squaresPartial = "squares_partial"
  case squaresTotal = "squares_total"
  case crossEntropy = "cross_entropy"
  case poolForward = "pool_forward"
  case poolBackward = "pool_backward"
  case attentionForward = "attention_forward"
  case attentionDots = "attention_dots"
  case attentionBackwardKeys = "attention_backward_keys"
  case attentionBackwardQueries = "attention_backward_queries"
}

/// What a kernel takes as an argument, with the same bytes here and there: `Int32` is an int, `UInt32` u32, `UInt64`
/// u64, an address (nil is NULL) float * or int *.
protocol KernelArgument {}
extension Int32: KernelArgument {}
extension UInt32: KernelArgument {}
extension UInt64: KernelArgument {}
extension Float: KernelArgument {}
extension UnsafeMutablePointer: KernelArgument {}
extension Optional: KernelArgument where Wrapped == Floats {}
extension cuda_dropout: KernelArgument {}
extension cuda_adamw: KernelArgument {}
extension cuda_attention: KernelArgument {}

/// The kernels, loaded into a context of the driver.
final class KernelModule {
  private let driver: Driver
  private let stream: Driver.Handle?
  private let module: Driver.Handle?
  private let functions: [Kernel: Driver.Handle]

  /// - Parameter code: as `RuntimeCompiler` made it.
  /// - Throws: `DeviceError` where the driver does not take it.
  init(_ code: [UInt8], driver: Driver, stream: Driver.Handle?) throws(DeviceError) {
    self.driver = driver
    self.stream = stream
    var module: Driver.Handle?
    try driver.check(driver.loadModule(&module, code), "cuModuleLoadData")
    var functions: [Kernel: Driver.Handle] = [:]
    for kernel in Kernel.allCases {
      var function: Driver.Handle?
      try driver.check(
        driver.getFunction(&function, module, kernel.rawValue), "cuModuleGetFunction")
      functions[kernel] = function
    }
    self.module = module
    self.functions = functions
  }

  deinit { _ = driver.unloadModule(module) }

  /// Starts a kernel after what was started before, and returns without waiting.
  ///
  /// - Parameters:
  ///   - blocks: of threads, in x and y; nothing is done where there are none.
  ///   - threads: in a block.
  ///   - arguments: in the kernel's order, of its types.
  func launch<each Argument: KernelArgument>(
    _ kernel: Kernel, blocks: (x: Int, y: Int), threads: Int, _ arguments: repeat each Argument
  ) {
    guard blocks.x > 0, blocks.y > 0 else { return }
    guard let function = functions[kernel] else {
      preconditionFailure("\(kernel.rawValue) was not loaded")
    }
    precondition(blocks.x < 1 << 31 && blocks.y < 1 << 16, "too many blocks of \(kernel.rawValue)")
    var bytes = 0
    var count = 0
    for argument in repeat each arguments {
      bytes += slot(argument)
      count += 1
    }
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 16) { values in
      guard var next = values.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: count) { list in
        var index = 0
        for argument in repeat each arguments {
          next.initializeMemory(as: type(of: argument), to: argument)
          list.initializeElement(at: index, to: next)
          next += slot(argument)
          index += 1
        }
        driver.require(
          driver.launch(
            function, UInt32(blocks.x), UInt32(blocks.y), 1, UInt32(threads), 1, 1, 0, stream,
            list.baseAddress, nil), "\(kernel.rawValue) does not start")
      }
    }
  }

  /// Bytes that an argument takes among the others: each starts at a multiple of 16.
  private func slot<Argument: KernelArgument>(_ argument: Argument) -> Int {
    (MemoryLayout<Argument>.size + 15) / 16 * 16
  }
}
