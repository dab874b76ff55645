import FlowPlugin
import Glibc
import Transformer

/// The fastest matrix product that this machine was seen to compute: what training is measured against.
enum ProductPeak {
  #if DEBUG
    // Kernels are not optimized: no speed to measure, only time to lose.
    private static let size = 128
  #else
    private static let size = 2048
  #endif

  /// Operations per second, in units of 10^9, of a product of 2048 x 2048 matrices: the best of several, by our
  /// kernels and by OpenBLAS.
  static func measure(_ step: Step) throws -> Double {
    var best = Double.infinity
    for products in CPU.Products.allCases {
      let cpu = CPU(threads: step.threads, products: products)
      let arena = Arena(cpu)
      func matrix() -> Matrix { Matrix(arena.floats(size * size), rows: size, columns: size) }
      let (a, b, c) = (matrix(), matrix(), matrix())
      for _ in 0..<6 {
        try step.checkCancellation()
        let start = ContinuousClock.now
        cpu.denseBackward(c, a, weight: b, adding: false)
        best = min(best, start.secondsUntilNow)
      }
    }
    return 2 * pow(Double(size), 3) / best * 1e-9
  }
}

/// The largest amount of memory that this process has had.
enum PeakMemory {
  static var mebibytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }
}
