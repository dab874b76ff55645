import CKernels
import CounterRandom
import Glibc
import Testing

@testable import Transformer

/// Packed products and attention panels, for all vector registers that this processor has.
@Suite struct ProductTests {
  static let kinds = [KERNEL_BASELINE, KERNEL_AVX2, KERNEL_AVX512].filter {
    $0.rawValue <= kernel_best_vectors().rawValue
  }

  /// Rows, columns, inner: below, at and beyond the sizes of tiles, panels and vectors.
  static let shapes = [
    (1, 1, 1), (1, 33, 2), (3, 5, 7), (13, 16, 15), (14, 32, 16), (15, 31, 17), (15, 31, 70),
    (29, 64, 33),
    (43, 70, 100), (2, 500, 3),
  ]

  @Test(arguments: kinds, shapes)
  func productOfPackedOperandsIsTheProduct(
    kind: kernel_vectors, shape: (rows: Int, columns: Int, inner: Int)
  ) {
    let (rows, columns, inner) = shape
    let a = numbers(rows * inner, seed: 1)
    let b = numbers(inner * columns, seed: 2)
    let bias = numbers(columns, seed: 3)
    let panels = (columns + 31) / 32 * 32
    for aTransposed in [false, true] {
      for bTransposed in [false, true] {
        var left = [Float](repeating: .nan, count: rows * inner + Int(KERNEL_SLACK))
        var right = [Float](repeating: .nan, count: inner * panels)
        var sums = [Float](repeating: 1, count: rows)
        kernel_pack_left(
          kind, &left, &sums, aTransposed ? transpose(a, rows, inner) : a,
          aTransposed ? rows : inner, aTransposed ? 1 : 0, rows, inner)
        kernel_pack_right(
          kind, &right, bTransposed ? transpose(b, inner, columns) : b,
          bTransposed ? inner : columns, bTransposed ? 1 : 0, inner, columns)
        // Rows of the result are further apart than they are long; what stands between stays.
        let stride = columns + 3
        var c = [Float](repeating: 9, count: rows * stride)
        kernel_product(kind, &c, stride, left, right, bias, rows, columns, inner, 0)
        kernel_product(kind, &c, stride, left, right, nil, rows, columns, inner, 1)
        for row in 0..<rows {
          let ownSum = (0..<inner).reduce(1.0) { $0 + Double(a[row * inner + $1]) }
          #expect(abs(Double(sums[row]) - ownSum) < 1e-4)
          for column in 0..<columns {
            let sum = (0..<inner).reduce(0.0) {
              $0 + Double(a[row * inner + $1]) * Double(b[$1 * columns + column])
            }
            let exact = Double(bias[column]) + 2 * sum
            #expect(abs(Double(c[row * stride + column]) - exact) < 1e-4)
          }
          for column in columns..<stride { #expect(c[row * stride + column] == 9) }
        }
      }
    }
  }

  @Test(arguments: kinds)
  func panelAsLeftOperand(kind: kernel_vectors) {
    let (rows, columns) = (45, 37)
    let panel = numbers(rows * 32, seed: 4)
    let b = numbers(32 * columns, seed: 5)
    var right = [Float](repeating: .nan, count: 32 * 64)
    kernel_pack_right(kind, &right, b, columns, 0, 32, columns)
    var c = [Float](repeating: 1, count: rows * columns)
    kernel_panel_product(kind, &c, columns, panel, right, rows, columns, 1)
    for row in 0..<rows {
      for column in 0..<columns {
        let exact = (0..<32).reduce(1.0) {
          $0 + Double(panel[row * 32 + $1]) * Double(b[$1 * columns + column])
        }
        #expect(abs(Double(c[row * columns + column]) - exact) < 1e-5)
      }
    }
  }

  @Test(.enabled(if: CPU.hasBFloat16, "this processor multiplies no bfloat16"), arguments: shapes)
  func bfloat16RoundsTheOperandsAndNothingElse(shape: (rows: Int, columns: Int, inner: Int)) {
    let (rows, columns, inner) = shape
    let a = numbers(rows * inner, seed: 1)
    let b = numbers(inner * columns, seed: 2)
    let panels = (columns + 31) / 32 * 32
    for isTransposed in [false, true] {
      var left = [Float](repeating: .nan, count: rows * (inner + 1) / 2 + rows + Int(KERNEL_SLACK))
      var right = [Float](repeating: .nan, count: (inner + 1) / 2 * panels)
      var sums = [Float](repeating: 0, count: rows)
      kernel_pack_left(
        KERNEL_BF16, &left, &sums, isTransposed ? transpose(a, rows, inner) : a,
        isTransposed ? rows : inner, isTransposed ? 1 : 0, rows, inner)
      kernel_pack_right(
        KERNEL_BF16, &right, isTransposed ? transpose(b, inner, columns) : b,
        isTransposed ? inner : columns, isTransposed ? 1 : 0, inner, columns)
      var c = [Float](repeating: 0, count: rows * columns)
      kernel_product(
        KERNEL_BF16, &c, columns, left, right, nil, rows, columns, inner, 0)
      for row in 0..<rows {
        let ownSum = (0..<inner).reduce(0.0) { $0 + Double(a[row * inner + $1]) }
        #expect(abs(Double(sums[row]) - ownSum) < 1e-4)
        for column in 0..<columns {
          let exact = (0..<inner).reduce(0.0) {
            $0 + rounded(a[row * inner + $1]) * rounded(b[$1 * columns + column])
          }
          #expect(abs(Double(c[row * columns + column]) - exact) < 1e-4)
        }
      }
    }
  }

  /// To 8 significant bits, halves to even.
  private func rounded(_ x: Float) -> Double {
    let bits = x.bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
  }

  @Test func allProductsOfTheProcessorAgreeOnWideMatrices() {
    // Several blocks along the sum and along the rows.
    let (rows, columns, inner) = (230, 100, 1700)
    var a = numbers(rows * inner, seed: 6)
    var b = numbers(columns * inner, seed: 7)
    var results: [[Float]] = []
    for (products, threads) in [(CPU.Products.own, 1), (.own, 3), (.openBLAS, 1), (.openBLAS, 3)] {
      let cpu = CPU(threads: threads, products: products)
      var c = [Float](repeating: 0, count: rows * columns)
      var bias = numbers(columns, seed: 8)
      a.withUnsafeMutableBufferPointer { a in
        b.withUnsafeMutableBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            bias.withUnsafeMutableBufferPointer { bias in
              cpu.dense(
                Matrix(c.baseAddress!, rows: rows, columns: columns),
                Matrix(a.baseAddress!, rows: rows, columns: inner),
                weight: Matrix(b.baseAddress!, rows: columns, columns: inner),
                bias: bias.baseAddress!)
            }
          }
        }
      }
      results.append(c)
    }
    #expect(results[0] == results[1])
    #expect(results[2] == results[3])
    #expect(relativeError(results[2], results[0]) < 1e-5)
  }

  @Test(arguments: kinds, [1, 3, 17, 50, 257])
  func softmaxOfAPanelIsTheFormula(kind: kernel_vectors, keys: Int) {
    let none = kernel_dropout(key0: 0, key1: 0, threshold: 0, scale: 1)
    for isMasked in [false, true] {
      let scores = numbers(keys * 32, seed: 9).map { 30 * $0 }
      var bias = [Float](repeating: 0, count: keys)
      if isMasked { for key in 1..<max(1, keys / 2 + 1) { bias[key] = -.greatestFiniteMagnitude } }
      var p = scores
      var maximum = [Float](repeating: 0, count: 32)
      var inverse = maximum
      kernel_panel_softmax(
        kind, &p, &maximum, &inverse, isMasked ? bias : nil, 0.3, none, 0, keys)
      for query in 0..<32 {
        let open = (0..<keys).filter { bias[$0] == 0 }
        let s = open.map { 0.3 * Double(scores[$0 * 32 + query]) }
        let top = s.max() ?? 0
        let sum = s.reduce(0) { $0 + exp($1 - top) }
        for (key, score) in zip(open, s) {
          let value = Double(p[key * 32 + query]) * Double(inverse[query])
          #expect(abs(value - exp(score - top) / sum) < 1e-6)
        }
        for key in 0..<keys where bias[key] != 0 { #expect(p[key * 32 + query] == 0) }
      }
    }
  }

  @Test(arguments: kinds)
  func notANumberAmongScoresIsNotHidden(kind: kernel_vectors) {
    var p = [Float](repeating: 1, count: 3 * 32)
    p[32] = .nan
    var maximum = [Float](repeating: 0, count: 32)
    var inverse = maximum
    let none = kernel_dropout(key0: 0, key1: 0, threshold: 0, scale: 1)
    kernel_panel_softmax(kind, &p, &maximum, &inverse, nil, 1, none, 0, 3)
    #expect((p[32] * inverse[0]).isNaN)
    #expect((p[33] * inverse[1]).isFinite)
  }

  private func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = RandomSequence(seed, UInt64(count))
    return (0..<count).map { _ in Float(random.normal()) }
  }

  private func transpose(_ x: [Float], _ rows: Int, _ columns: Int) -> [Float] {
    (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
  }
}
