import CBLAS
import CKernels
import Dispatch
import Glibc
import Synchronization

/// The processor, by the kernels of CKernels; matrix products by OpenBLAS where the processor has no
/// AVX2.
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
  public private(set) var lent = 0, mostLent = 0
  private var lentSizes: [UnsafeMutableRawPointer: Int] = [:]
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
      && (products ?? (vectors == KERNEL_BASELINE ? .openBLAS : .own)) == .openBLAS
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
    munmap(memory, size)
  }

  /// Addresses without memory behind them, until someone writes to them.
  private func lend(_ size: Int) -> UnsafeMutableRawPointer {
    let memory = mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      fatalError("out of memory: the system does not even lend \(size) bytes of addresses")
    }
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
