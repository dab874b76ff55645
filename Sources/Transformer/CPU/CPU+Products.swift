import CBLAS
import CKernels
import Glibc
import Synchronization

/// Matrix products: the dense layers of a network.
///
/// A product is cut along the sum into blocks that depend on its shape alone, and along the rows of
/// its result. Every number of the result is one chain of multiply-adds along the sum, so neither the cut
/// along the rows nor the number of threads changes a bit of it.
///
/// What follows a product (GELU, dropout, residual and LayerNorm) runs on each block of rows while it is in
/// the second-level cache: `finish`.
extension CPU {
  /// Length of the sum per block: a panel of the right operand, 32 columns wide, takes 96 KiB, which
  /// leaves room in the second-level cache for the rows on the left.
  private static let innerBlock = 768
  /// Rows of the result per task: eight tiles of 14.
  private static let rowBlock = 112
  /// Panels of the right operand that one task packs.
  private static let packedPanels = 4

  /// c = a b + bias, or c += a b where `adding`, then `finish` on every row.
  ///
  /// - Parameters:
  ///   - bias: [columns]; nil where `adding`.
  ///   - sums: [rows], to which the sums of a's rows are added.
  ///   - finish: called once for each row, on the thread that computed it.
  func product(
    _ a: Matrix, _ b: Matrix, into c: Matrix, adding: Bool, bias: Floats? = nil,
    sums: Floats? = nil, finish: ((_ first: Int, _ count: Int) -> Void)? = nil
  ) {
    let rows = a.isTransposed ? a.columns : a.rows
    let inner = a.isTransposed ? a.rows : a.columns
    let columns = b.isTransposed ? b.rows : b.columns
    guard rows > 0, columns > 0, inner > 0 else { return }
    let blocks = (inner + CPU.innerBlock - 1) / CPU.innerBlock
    for block in 0..<blocks {
      let range = inner * block / blocks..<inner * (block + 1) / blocks
      let isFirst = block == 0
      let part = PartialProduct(
        rows: rows, columns: columns, inner: range, adding: adding || !isFirst,
        bias: isFirst ? bias : nil, sums: sums, finish: block == blocks - 1 ? finish : nil)
      if usesBLAS {
        runBLAS(part, a, b, into: c)
      } else {
        run(part, a, b, into: c)
      }
    }
  }

  /// One block along the sum.
  private struct PartialProduct {
    let rows, columns: Int
    let inner: Range<Int>
    let adding: Bool
    let bias, sums: Floats?
    let finish: ((_ first: Int, _ count: Int) -> Void)?
  }

  /// Packs the right operand, then computes block after block of rows, in one go: tasks are taken in
  /// order, so a thread that is done with packing waits only for packing that runs.
  private func run(_ part: PartialProduct, _ a: Matrix, _ b: Matrix, into c: Matrix) {
    let kind = precision == .bfloat16 ? KERNEL_BF16 : vectors
    let inner = part.inner.count
    // 32-bit slots along the sum: a slot holds two numbers of bfloat16.
    let slots = precision == .bfloat16 ? (inner + 1) / 2 : inner
    let panel = Int(KERNEL_PANEL)
    let panels = (part.columns + panel - 1) / panel
    let packs = (panels + CPU.packedPanels - 1) / CPU.packedPanels
    let blocks = rowBlocks(part.rows)
    let right = scratch(2, floats: panels * panel * slots)
    let leftSize = ((part.rows + blocks - 1) / blocks) * slots + Int(KERNEL_SLACK)
    let left = scratch(3, floats: threads * leftSize)
    let packed = Atomic<Int>(0)
    parallel(packs + blocks) { task, worker in
      if task < packs {
        let first = task * CPU.packedPanels * panel
        let count = min(CPU.packedPanels * panel, part.columns - first)
        kernel_pack_right(
          kind, right + first * slots, b.at(row: part.inner.lowerBound, column: first), b.stride,
          b.isTransposed ? 1 : 0, inner, count)
        packed.wrappingAdd(1, ordering: .releasing)
        return
      }
      let block = task - packs
      let first = part.rows * block / blocks
      let count = part.rows * (block + 1) / blocks - first
      let own = left + worker * leftSize
      kernel_pack_left(
        kind, own, part.sums.map { $0 + first }, a.at(row: first, column: part.inner.lowerBound),
        a.stride, a.isTransposed ? 1 : 0, count, inner)
      packed.wait(for: packs)
      kernel_product(
        kind, c.start + first * c.stride, c.stride, own, right, part.bias, count, part.columns,
        inner, part.adding ? 1 : 0)
      part.finish?(first, count)
    }
  }

  /// How many tasks the rows make: enough for every thread to have the same number of them.
  private func rowBlocks(_ rows: Int) -> Int {
    let wanted = (rows + CPU.rowBlock - 1) / CPU.rowBlock
    return min((wanted + threads - 1) / threads * threads, (rows + 13) / 14)
  }

  /// The same by OpenBLAS, for processors without AVX-512.
  private func runBLAS(_ part: PartialProduct, _ a: Matrix, _ b: Matrix, into c: Matrix) {
    if let sums = part.sums, !isDry {
      for row in part.inner {
        kernel_column_sums(sums, a.at(row: 0, column: row), 1, part.rows)
      }
    }
    // Blocks of a fixed height: how OpenBLAS adds up depends on the height.
    let blocks = (part.rows + CPU.rowBlock - 1) / CPU.rowBlock
    let right = b.at(row: part.inner.lowerBound, column: 0)
    parallel(blocks) { block, _ in
      let first = block * CPU.rowBlock
      let count = min(CPU.rowBlock, part.rows - first)
      let result = c.start + first * c.stride
      if let bias = part.bias {
        for row in 0..<count {
          (result + row * c.stride).update(from: bias, count: part.columns)
        }
      }
      cblas_sgemm(
        CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
        b.isTransposed ? CblasTrans : CblasNoTrans, Int32(count), Int32(part.columns),
        Int32(part.inner.count), 1, a.at(row: first, column: part.inner.lowerBound),
        Int32(a.stride), right, Int32(b.stride), part.adding || part.bias != nil ? 1 : 0, result,
        Int32(c.stride))
      part.finish?(first, count)
    }
  }
}

extension Atomic where Value == Int {
  /// Returns once the number has reached `count`, which another thread is about to bring about.
  fileprivate borrowing func wait(for count: Int) {
    var looks = 0
    while load(ordering: .acquiring) < count {
      looks += 1
      // Someone else may have been given that thread's core.
      if looks > 1000 { sched_yield() }
    }
  }
}

extension Matrix {
  /// The address of an element of the matrix as it is read, transposed or not.
  fileprivate func at(row: Int, column: Int) -> Floats {
    isTransposed ? start + column * stride + row : start + row * stride + column
  }
}
