import CBLAS
import CKernels

/// Matrix products and what belongs to them.
///
/// A product is cut along the rows of its result, never along the sum, so no partial results are
/// added.
extension CPU {
  /// Multiplications in one part; below this, a part would repack its operands for little work.
  private static let productsPerPart = 1 << 24

  public func multiply(_ a: Matrix, _ b: Matrix, into c: Matrix, adding: Bool) {
    let rows = a.isTransposed ? a.columns : a.rows
    let inner = a.isTransposed ? a.rows : a.columns
    let columns = b.isTransposed ? b.rows : b.columns
    guard rows > 0, columns > 0, inner > 0 else { return }
    let wanted = max(1, rows * inner * columns / CPU.productsPerPart)
    // A multiple of 16 rows, the height of OpenBLAS's tiles.
    let perPart = max(32, ((rows + wanted - 1) / wanted + 15) / 16 * 16)
    parallel((rows + perPart - 1) / perPart) { part, _ in
      let first = part * perPart
      let start = a.start + (a.isTransposed ? first : first * a.stride)
      gemm(
        start, a.stride, a.isTransposed, b.start, b.stride, b.isTransposed,
        c.start + first * c.stride, c.stride, rows: min(perPart, rows - first), columns: columns,
        inner: inner, scale: 1, adding: adding)
    }
  }

  public func addBias(_ bias: Floats, to x: Matrix) {
    parallelRows(x.rows, width: x.columns) { _, first, count in
      kernel_bias_add(x.start + first * x.columns, bias, count, x.columns)
    }
  }

  public func addColumnSums(of x: Matrix, to sums: Floats) {
    parallelRowsWithSums(x.rows, width: x.columns, totals: [(sums, x.columns)]) {
      kernel_column_sums($2, x.start + $0 * x.columns, $1, x.columns)
    }
  }
}

/// c [rows, columns] = scale a b (+ c where `adding`), on this thread.
func gemm(
  _ a: Floats, _ aStride: Int, _ aTransposed: Bool, _ b: Floats, _ bStride: Int,
  _ bTransposed: Bool, _ c: Floats, _ cStride: Int, rows: Int, columns: Int, inner: Int,
  scale: Float, adding: Bool
) {
  cblas_sgemm(
    CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans,
    Int32(rows), Int32(columns), Int32(inner), scale, a, Int32(aStride), b, Int32(bStride),
    adding ? 1 : 0, c, Int32(cStride))
}
