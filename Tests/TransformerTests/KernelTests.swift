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
    var pre = KernelTests.numbers
    var out = pre
    let zeros = [Float](repeating: 0, count: pre.count)
    kernel_bias_gelu_forward(&out, &pre, zeros, 1, pre.count)
    for (x, y) in zip(KernelTests.numbers, out) {
      let exact = 0.5 * Double(x) * (1 + erf(Double(x) / 2.0.squareRoot()))
      #expect(abs(Double(y) - exact) < 1.5e-7 * max(1, abs(Double(x))), "gelu(\(x))")
    }
  }

  @Test func geluGradientIsItsDerivative() {
    let pre = KernelTests.numbers
    var d = [Float](repeating: 1, count: pre.count)
    var dBias = [Float](repeating: 0, count: pre.count)
    kernel_bias_gelu_backward(&d, &dBias, pre, 1, pre.count)
    for (x, y) in zip(pre.map(Double.init), d) {
      let cdf = 0.5 * (1 + erf(x / 2.0.squareRoot()))
      let exact = cdf + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      #expect(abs(Double(y) - exact) < 3e-7, "gelu'(\(x))")
    }
    #expect(dBias == d)
  }

  @Test(arguments: [1, 3, 16, 17, 50, 256, 257], [true, false])
  func softmaxSumsToOneAndEqualsTheFormula(length: Int, isMasked: Bool) {
    var random = RandomSequence(1, UInt64(length))
    let scores = (0..<2 * length).map { _ in Float(30 * random.normal()) }
    var bias = [Float](repeating: 0, count: length)
    if isMasked {
      for place in 1..<max(1, length / 2 + 1) { bias[place % length] = -.greatestFiniteMagnitude }
    }
    if length == 1 { bias = [0] }
    var p = scores
    if isMasked {
      kernel_softmax_forward(&p, bias, 0.3, 2, length)
    } else {
      kernel_softmax_forward(&p, nil, 0.3, 2, length)
    }
    for row in 0..<2 {
      let keys = (0..<length).filter { !isMasked || bias[$0] == 0 }
      let s = keys.map { 0.3 * Double(scores[row * length + $0]) }
      let top = s.max() ?? 0
      let sum = s.reduce(0) { $0 + exp($1 - top) }
      for (key, score) in zip(keys, s) {
        #expect(abs(Double(p[row * length + key]) - exp(score - top) / sum) < 1e-6)
      }
      for key in 0..<length where !keys.contains(key) { #expect(p[row * length + key] == 0) }
    }
  }

  @Test func notANumberIsNotHidden() {
    var scores: [Float] = [1, .nan, 2]
    kernel_softmax_forward(&scores, nil, 1, 1, 3)
    #expect(scores.contains { $0.isNaN })
    var loss: Float = 0
    var logits: [Float] = [0, .nan, 0]
    kernel_cross_entropy(&loss, &logits, [0, 0, 0], [0], 0, 1, 3)
    #expect(loss.isNaN)
  }

  @Test func crossEntropyAndItsGradient() {
    let logits: [Float] = (0..<37).map { sin(Float($0)) * 9 }
    let bias: [Float] = (0..<37).map { cos(Float($0)) }
    let x = zip(logits, bias).map { Double($0) + Double($1) }
    let sum = x.reduce(0) { $0 + exp($1) }
    var gradient = logits
    var loss: Float = 0
    kernel_cross_entropy(&loss, &gradient, bias, [11], 0.5, 1, 37)
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
