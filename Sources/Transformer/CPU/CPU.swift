import CBLAS
import CKernels
import Dispatch
import Glibc
import Synchronization

/// The processor, by the kernels of CKernels; dense layers by OpenBLAS where the processor has no
/// AVX-512.
///
/// Work is cut into parts whose size depends on the shapes alone, never on the number of threads;
/// each part is computed by one thread and partial sums are added in the order of the parts. So one
/// thread or many give the same bits. OpenBLAS itself is held to one thread: its pool would spin on
/// cores that other steps use, and its cuts depend on the number of threads.
public final class CPU: Device {
  /// At most this many threads compute at once.
  public let threads: Int
  /// What operands of dense layers are rounded to.
  public let precision: Precision
  /// The vector registers that kernels are made for.
  let vectors: kernel_vectors
  /// Whether dense layers are OpenBLAS's; attention never is.
  let usesBLAS: Bool
  /// Asked before each operation: whether nobody wants its result any more. It is then skipped, and what it
  /// should have written holds anything.
  public var isAbandoned: () -> Bool = { false }
  /// Whether memory is only counted and nothing computed.
  let isDry: Bool
  /// What a dry device has lent, in bytes: now, and at most.
  public internal(set) var lent = 0, mostLent = 0
  var lentSizes: [UnsafeMutableRawPointer: Int] = [:]
  /// The next address that a dry device lends.
  var nextLent = 1 << 20
  private var scratchMemory: [UnsafeMutableRawPointer] = []
  private var scratchBytes: [Int] = []

  /// - Parameters:
  ///   - products: nil for what is fastest on this processor.
  ///   - precision: bfloat16 only where `hasBFloat16`; it is computed by our kernels.
  public convenience init(
    threads: Int, products: Products? = nil, precision: Precision = .float32
  ) {
    self.init(threads: threads, products: products, precision: precision, isDry: false)
  }

  /// A device that does nothing but count the memory that is asked for. A model that is taken through a step
  /// on it asks for exactly what it would ask for in earnest, the inside of operations included.
  public static func dry(threads: Int, precision: Precision = .float32) -> CPU {
    CPU(threads: threads, products: nil, precision: precision, isDry: true)
  }

  private init(threads: Int, products: Products?, precision: Precision, isDry: Bool) {
    precondition(precision == .float32 || CPU.hasBFloat16, "no bfloat16 on this processor")
    self.isDry = isDry
    self.threads = max(1, threads)
    self.precision = precision
    vectors = kernel_best_vectors()
    usesBLAS =
      precision == .float32
      && (products ?? (vectors == KERNEL_AVX512 ? .own : .openBLAS)) == .openBLAS
    openblas_set_num_threads(1)
  }

  /// What the operands of dense layers are rounded to before they are multiplied. Sums, weights, gradients,
  /// moments and all else are float32.
  public enum Precision: String, Sendable, CaseIterable, Decodable {
    case float32, bfloat16
  }

  /// Whether this processor multiplies bfloat16.
  public static var hasBFloat16: Bool { kernel_has_bf16() != 0 }

  /// Who computes the products of dense layers.
  public enum Products: String, Sendable, CaseIterable {
    case own
    case openBLAS = "openblas"
  }

  deinit { for memory in scratchMemory { free(memory) } }

  /// Memory for the inside of one operation, kept between calls; `slot` tells users within one
  /// operation apart.
  func scratch(_ slot: Int, floats count: Int) -> Floats {
    let bytes = count * MemoryLayout<Float>.stride
    while scratchMemory.count <= slot {
      scratchMemory.append(allocate(bytes: 64))
      scratchBytes.append(64)
    }
    if scratchBytes[slot] < bytes {
      free(scratchMemory[slot])
      scratchMemory[slot] = allocate(bytes: bytes)
      scratchBytes[slot] = bytes
    }
    return scratchMemory[slot].assumingMemoryBound(to: Float.self)
  }

  /// Runs `body` for every part 0 ..< parts, on at most `threads` threads, this one among them.
  /// `worker`, below `threads`, names the thread within the call.
  func parallel(_ parts: Int, _ body: (_ part: Int, _ worker: Int) -> Void) {
    if isDry || isAbandoned() { return }
    if threads == 1 || parts <= 1 {
      for part in 0..<parts { body(part, 0) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      // Dispatch asks for a Sendable closure; the parts write to places of their own.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: min(threads, parts)) { worker in
        while true {
          let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if part >= parts { return }
          body(part, worker)
        }
      }
    }
  }

  /// Numbers in one part of an elementwise operation: enough that handing it to a thread costs
  /// nothing (about 3 microseconds against 20), few enough to stay in the second-level cache.
  static let partSize = 1 << 16

  /// Runs `body` over parts of `rows` rows of `width` numbers.
  func parallelRows(
    _ rows: Int, width: Int, _ body: (_ part: Int, _ first: Int, _ count: Int) -> Void
  ) {
    let perPart = max(1, CPU.partSize / max(1, width))
    parallel((rows + perPart - 1) / perPart) { part, _ in
      let first = part * perPart
      body(part, first, min(perPart, rows - first))
    }
  }

  /// As `parallelRows`, where each part also adds into `columns` sums of its own, which are then
  /// added to `totals` in the order of the parts.
  ///
  /// - Parameter totals: pairs of an array and its count; `sums` in `body` has them one after the other.
  func parallelRowsWithSums(
    _ rows: Int, width: Int, totals: [(Floats, Int)],
    _ body: (_ first: Int, _ count: Int, _ sums: Floats) -> Void
  ) {
    let perPart = max(1, CPU.partSize / max(1, width))
    let parts = (rows + perPart - 1) / perPart
    let columns = totals.reduce(0) { $0 + $1.1 }
    let partial = scratch(0, floats: parts * columns)
    zero(partial, count: parts * columns)
    parallelRows(rows, width: width) { part, first, count in
      body(first, count, partial + part * columns)
    }
    for part in 0..<(isDry ? 0 : parts) {
      var sums = partial + part * columns
      for (total, count) in totals {
        for column in 0..<count { total[column] += sums[column] }
        sums += count
      }
    }
  }
}
