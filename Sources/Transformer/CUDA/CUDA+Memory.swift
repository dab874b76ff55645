extension CUDA {
  public func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    enter()
    let size = max(256, bytes)
    var address: UInt64 = 0
    let result = driver.allocate(&address, size)
    // 2 is CUDA_ERROR_OUT_OF_MEMORY.
    if result == 2 { fatalError(outOfMemory(size)) }
    driver.require(result, "cuMemAlloc of \(size) bytes")
    guard let memory = UnsafeMutableRawPointer(bitPattern: UInt(address)) else {
      fatalError("CUDA: cuMemAlloc gave no address")
    }
    driver.require(driver.setBytes(address, 0, size, stream), "cuMemsetD8Async")
    sizes[memory] = size
    held += size
    mostHeld = max(mostHeld, held)
    return memory
  }

  /// What is said where memory is used up.
  func outOfMemory(_ bytes: Int) -> String {
    var free = 0
    var total = 0
    _ = driver.getMemoryInfo(&free, &total)
    return
      "out of memory on the GPU: \(bytes) bytes were asked for, \(free) of \(total) are free; use "
      + "smaller batches, or fewer programs at once on this GPU"
  }

  public func free(_ memory: UnsafeMutableRawPointer) {
    // What was started before may use the memory.
    synchronize()
    driver.require(driver.free(address(memory)), "cuMemFree")
    held -= sizes.removeValue(forKey: memory) ?? 0
  }

  public func upload(_ values: UnsafeBufferPointer<Float>, to memory: Floats) {
    copy(UnsafeRawBufferPointer(values), to: memory)
  }

  public func upload(_ values: UnsafeBufferPointer<Int32>, to memory: Integers) {
    copy(UnsafeRawBufferPointer(values), to: memory)
  }

  func copy(_ bytes: UnsafeRawBufferPointer, to memory: UnsafeMutableRawPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    enter()
    driver.require(
      driver.copyToDevice(address(memory), source, bytes.count, stream), "cuMemcpyHtoDAsync")
    // The driver does not promise for all systems that it has read the numbers when it returns
    // (https://docs.nvidia.com/cuda/cuda-driver-api/api-sync-behavior.html).
    synchronize()
  }

  public func download(_ memory: Floats, into values: UnsafeMutableBufferPointer<Float>) {
    copy(memory, into: UnsafeMutableRawBufferPointer(values))
  }

  func copy(_ memory: UnsafeMutableRawPointer, into bytes: UnsafeMutableRawBufferPointer) {
    guard let target = bytes.baseAddress, bytes.count > 0 else { return }
    enter()
    driver.require(
      driver.copyToHost(target, address(memory), bytes.count, stream), "cuMemcpyDtoHAsync")
    synchronize()
  }

  public func zero(_ memory: Floats, count: Int) {
    guard count > 0 else { return }
    enter()
    driver.require(
      driver.setBytes(address(memory), 0, count * MemoryLayout<Float>.stride, stream),
      "cuMemsetD8Async")
  }

  /// Waits until everything that was started is done.
  public func synchronize() {
    enter()
    driver.require(driver.synchronizeStream(stream), "an operation failed on the GPU")
  }

  func address(_ memory: UnsafeMutableRawPointer) -> UInt64 { UInt64(UInt(bitPattern: memory)) }
}
