import CKernels
import CounterRandom
import Glibc
import Testing

@testable import Transformer

/// Each kernel against a few lines that say the same in double precision.
@Suite struct KernelTests {
  /// From tiny to huge, both signs, more than one vector wide.
  static let numbers: [Float] =
    [0, -0.0, 1e-30, -1e-30, 88, -88, 300, -300] + (-150...150).map { Float($0) * 0.073 }

  @Test func geluIsTheExactForm() {
    var out = KernelTests.numbers
    kernel_gelu_forward(&out, KernelTests.numbers, out.count)
    for (x, y) in zip(KernelTests.numbers, out) {
      let exact = 0.5 * Double(x) * (1 + erf(Double(x) / 2.0.squareRoot()))
      #expect(abs(Double(y) - exact) < 1.5e-7 * max(1, abs(Double(x))), "gelu(\(x))")
    }
  }

  @Test func geluGradientIsItsDerivative() {
    let pre = KernelTests.numbers
    var d = [Float](repeating: 1, count: pre.count)
    kernel_gelu_backward(&d, pre, pre.count)
    for (x, y) in zip(pre.map(Double.init), d) {
      let cdf = 0.5 * (1 + erf(x / 2.0.squareRoot()))
      let exact = cdf + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      #expect(abs(Double(y) - exact) < 3e-7, "gelu'(\(x))")
    }
  }

  @Test func notANumberIsNotHidden() {
    var loss: Float = 0
    var logits: [Float] = [0, .nan, 0]
    kernel_cross_entropy(&loss, &logits, [0], 0, 1, 3)
    #expect(loss.isNaN)
  }

  @Test func crossEntropyAndItsGradient() {
    let logits: [Float] = (0..<37).map { sin(Float($0)) * 9 }
    let x = logits.map(Double.init)
    let sum = x.reduce(0) { $0 + exp($1) }
    var gradient = logits
    var loss: Float = 0
    kernel_cross_entropy(&loss, &gradient, [11], 0.5, 1, 37)
    #expect(abs(Double(loss) - (log(sum) - x[11])) < 1e-5)
    for place in 0..<37 {
      let exact = 0.5 * (exp(x[place]) / sum - (place == 11 ? 1 : 0))
      #expect(abs(Double(gradient[place]) - exact) < 1e-6)
    }
  }

  @Test func dropoutKeepsItsShareAndItsMean() {
    let site = Dropout(seed: 1, step: 2).site(3, probability: 0.1, perExample: 1)
    let count = 1_000_000
    let ones = [Float](repeating: 1, count: count)
    var out = ones
    kernel_dropout_apply(&out, ones, kernel(site), 0, count)
    let dropped = out.filter { $0 == 0 }.count
    // Four standard deviations: 4 sqrt(0.1 x 0.9 / 1e6).
    #expect(abs(Double(dropped) / Double(count) - 0.1) < 0.0012)
    #expect(out.allSatisfy { $0 == 0 || abs($0 - 1 / 0.9) < 1e-6 })
    // Neighbours do not share their fate.
    let pairs = zip(out, out.dropFirst()).filter { $0 == 0 && $1 == 0 }.count
    #expect(abs(Double(pairs) / Double(count) - 0.01) < 0.0005)
  }

  @Test func dropoutOfAPartIsThatOfTheWhole() {
    let site = kernel(Dropout(seed: 1, step: 2).site(3, probability: 0.5, perExample: 1))
    let ones = [Float](repeating: 1, count: 1000)
    var whole = ones
    kernel_dropout_apply(&whole, ones, site, 0, 1000)
    var part = [Float](repeating: 1, count: 300)
    kernel_dropout_apply(&part, ones, site, 700, 300)
    #expect(part == Array(whole[700...]))
  }

  @Test func dropoutDiffersBetweenStepsSitesAndSeeds() {
    let ones = [Float](repeating: 1, count: 200)
    let masks = [
      Dropout(seed: 1, step: 1).site(1, probability: 0.5, perExample: 1),
      Dropout(seed: 1, step: 2).site(1, probability: 0.5, perExample: 1),
      Dropout(seed: 2, step: 1).site(1, probability: 0.5, perExample: 1),
      Dropout(seed: 1, step: 1).site(2, probability: 0.5, perExample: 1),
      Dropout(seed: 1, step: 1).site(1, probability: 0.5, perExample: 1).part(1),
    ].map { site in
      var out = ones
      kernel_dropout_apply(&out, ones, kernel(site), 0, 200)
      return out
    }
    #expect(Set(masks).count == masks.count)
  }
}
