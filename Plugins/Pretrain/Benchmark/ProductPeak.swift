import FlowPlugin
import Glibc
import Transformer

/// The fastest matrix product that this machine was seen to compute: what training is measured against.
enum ProductPeak {
  #if DEBUG
    // Kernels are not optimized: no speed to measure, only time to lose.
    private static let processorSize = 128
  #else
    private static let processorSize = 2048
  #endif

  /// Operations per second, in units of 10^9, of a product of square matrices of float32: the best of several; on a
  /// processor of 2048 x 2048, by our kernels and by OpenBLAS.
  static func measure(_ step: Step, on device: any Device) throws -> Double {
    if device is CPU {
      return try CPU.Products.allCases.reduce(0) { best, products in
        let cpu = CPU(threads: step.threads, products: products)
        return max(best, try measure(step, on: cpu, size: processorSize).rate)
      }
    }
    // Larger and larger ones, until starting them no longer counts.
    var size = 256
    while true {
      let (rate, seconds) = try measure(step, on: device, size: size)
      if seconds > 5e-3 || size >= 8192 { return rate }
      size *= 2
    }
  }

  private static func measure(_ step: Step, on device: any Device, size: Int) throws -> (
    rate: Double, seconds: Double
  ) {
    let arena = Arena(device)
    func matrix() -> Matrix { Matrix(arena.floats(size * size), rows: size, columns: size) }
    let (a, b, c) = (matrix(), matrix(), matrix())
    var best = Double.infinity
    for _ in 0..<6 {
      try step.checkCancellation()
      let start = ContinuousClock.now
      device.denseBackward(c, a, weight: b, adding: false)
      device.synchronize()
      best = min(best, start.secondsUntilNow)
    }
    return (2 * pow(Double(size), 3) / best * 1e-9, best)
  }
}
