import Glibc

/// Memory of the processor, and of a dry device, which only counts it.
extension CPU {
  public func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let size = max(64, (bytes + 63) / 64 * 64)
    if isDry { return lend(size) }
    let hugePage = 2 << 20
    let isLarge = size >= 2 * hugePage
    let alignment = isLarge ? hugePage : 64
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, alignment, size) == 0, let memory else {
      // The system's own words for this are a crash much later (overcommit); say it here.
      fatalError("out of memory: cannot allocate \(size) bytes for the model")
    }
    // Packing reads columns of large matrices, each number from another page: with huge pages the
    // addresses of all of them fit the TLB. Advice only; where it is refused nothing else changes.
    if isLarge { madvise(memory, size, MADV_HUGEPAGE) }
    memset(memory, 0, size)
    return memory
  }

  public func free(_ memory: UnsafeMutableRawPointer) {
    guard isDry else { return Glibc.free(memory) }
    let size = lentSizes.removeValue(forKey: memory) ?? 0
    lent -= size
  }

  /// Addresses that nothing stands behind: a dry device computes nothing, and so reads and writes nothing.
  private func lend(_ size: Int) -> UnsafeMutableRawPointer {
    guard let memory = UnsafeMutableRawPointer(bitPattern: nextLent) else {
      preconditionFailure("no address is left to lend")
    }
    nextLent += size
    lentSizes[memory] = size
    lent += size
    mostLent = max(mostLent, lent)
    return memory
  }

  public func upload(_ values: UnsafeBufferPointer<Float>, to memory: Floats) {
    if isDry { return }
    if let base = values.baseAddress { memory.update(from: base, count: values.count) }
  }

  public func upload(_ values: UnsafeBufferPointer<Int32>, to memory: Integers) {
    if isDry { return }
    if let base = values.baseAddress { memory.update(from: base, count: values.count) }
  }

  public func download(_ memory: Floats, into values: UnsafeMutableBufferPointer<Float>) {
    if isDry { return }
    values.baseAddress?.update(from: memory, count: values.count)
  }

  public func zero(_ memory: Floats, count: Int) {
    if isDry { return }
    memset(memory, 0, count * MemoryLayout<Float>.stride)
  }
}
