import CounterRandom
import Glibc
import Testing

@testable import Transformer

@Suite struct OptimizerTests {
  /// Two tensors: one decayed, one (a bias) not.
  private func parameters() throws -> Parameters {
    var layout = ParameterLayout()
    layout.addDense("dense", inputs: 7, outputs: 5)
    let parameters = Parameters(layout, device: CPU(threads: 1))
    parameters.initialize(deviation: 1, seed: 2)
    return parameters
  }

  private func setGradients(_ parameters: Parameters, step: Int) -> [Double] {
    var random = RandomSequence(8, UInt64(step))
    let values = (0..<parameters.count).map { _ in Float(random.normal()) }
    values.withUnsafeBufferPointer { parameters.device.upload($0, to: parameters.gradients) }
    return values.map(Double.init)
  }

  @Test(arguments: [nil, 0.5])
  func stepsFollowTheFormula(clipNorm: Double?) throws {
    let parameters = try parameters()
    let settings = AdamW.Settings(
      beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.1, clipNorm: clipNorm)
    let optimizer = AdamW(parameters, settings)
    var w = parameters.tensors.flatMap { parameters.values($0) }.map(Double.init)
    var m = [Double](repeating: 0, count: w.count)
    var v = m
    for step in 1...5 {
      var g = setGradients(parameters, step: step)
      let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if let clipNorm, norm > clipNorm { g = g.map { $0 * clipNorm / (norm + 1e-6) } }
      for i in w.indices {
        m[i] = 0.8 * m[i] + 0.2 * g[i]
        v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i]
        if i < parameters.decayedCount { w[i] -= 0.01 * 0.1 * w[i] }
        let t = Double(step)
        w[i] -=
          0.01 * (m[i] / (1 - pow(0.8, t))) / ((v[i] / (1 - pow(0.95, t))).squareRoot() + 1e-3)
      }
      let returned = optimizer.step(learningRate: 0.01)
      if clipNorm != nil { #expect(abs((returned ?? 0) - norm) < 1e-5 * norm) }
    }
    let result = parameters.tensors.flatMap { parameters.values($0) }
    #expect(parameters.decayedCount == 35)
    #expect(relativeError(result, w.map(Float.init)) < 1e-6)
    #expect(parameters.tensors.allSatisfy { parameters.gradient($0).allSatisfy { $0 == 0 } })
  }

  @Test func aGradientThatIsNoNumberMovesNothing() throws {
    let parameters = try parameters()
    let optimizer = AdamW(parameters, AdamW.Settings(clipNorm: .infinity))
    _ = setGradients(parameters, step: 1)
    #expect(optimizer.step(learningRate: 0.01).map(\.isFinite) == true)
    let before = parameters.tensors.map { parameters.values($0) }
    var values = [Float](repeating: 0, count: parameters.count)
    values[3] = .nan
    values.withUnsafeBufferPointer { parameters.device.upload($0, to: parameters.gradients) }
    #expect(optimizer.step(learningRate: 0.01).map(\.isFinite) == false)
    #expect(optimizer.steps == 1)
    #expect(parameters.tensors.map { parameters.values($0) } == before)
  }

  @Test func scheduleRisesThenFallsToNothing() {
    let schedule = LinearSchedule(peak: 2, warmup: 4, steps: 12)
    #expect(schedule.rate(at: 1) == 0.5)
    #expect(schedule.rate(at: 4) == 2)
    #expect(schedule.rate(at: 5) < 2)
    let falling = (4...12).map(schedule.rate(at:))
    #expect(zip(falling, falling.dropFirst()).allSatisfy { $0 > $1 })
    #expect(schedule.rate(at: 12) > 0)
    #expect(schedule.rate(at: 13) == 0)
    #expect(LinearSchedule(peak: 1, warmup: 0, steps: 3).rate(at: 1) == 0.75)
  }

  @Test func randomSequencesAreFunctionsOfTheirNames() {
    var one = RandomSequence(1, 2)
    var same = RandomSequence(1, 2)
    var swapped = RandomSequence(2, 1)
    let first = one.next()
    #expect(first == same.next())
    #expect(first != swapped.next())
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<60_000 { counts[one.below(6)] += 1 }
    // Four standard deviations of a count: 4 sqrt(60000 x 1/6 x 5/6).
    #expect(counts.allSatisfy { abs($0 - 10_000) < 366 })
  }
}
