import Glibc

/// How fast one core writes to memory: what bounds a loader whose work is to fill batches.
enum WriteSpeed {
  /// Far above the caches.
  private static let bytes = 256 << 20
  private static let rounds = 5

  /// Bytes a second, the best of some rounds of `memset` over 256 MiB.
  static func measure() -> Double {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 4096)
    defer { memory.deallocate() }
    var best = 0.0
    for round in 0...rounds {
      let start = ContinuousClock.now
      memory.initializeMemory(as: UInt8.self, repeating: UInt8(round))
      let seconds = start.secondsUntilNow
      // The first round makes the pages.
      if round > 0 { best = max(best, Double(bytes) / seconds) }
    }
    return best
  }
}
