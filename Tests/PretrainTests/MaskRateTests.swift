import Testing

@testable import Pretrain

@Suite struct MaskRateTests {
  private func rates(_ change: MaskRate.Change, end: Double = 0.2, after: Double) -> [Double] {
    let rate = MaskRate(start: 0.15, end: end, change: change, after: after, of: 12)
    return (1...12).map(rate.rate)
  }

  @Test func aStepIsDNABERTs() {
    // 100,000 of 120,000 steps.
    let rate = MaskRate(start: 0.15, end: 0.2, change: .step, after: 0.8333, of: 120_000)
    #expect(rate.rate(at: 1) == 0.15 && rate.rate(at: 99_996) == 0.15)
    #expect(rate.rate(at: 99_997) == 0.2 && rate.rate(at: 120_000) == 0.2)
    #expect(rate.most == 0.2)
  }

  @Test func aLineEndsWithTheLastStep() {
    let rates = rates(.linear, after: 0.5)
    #expect(rates[0..<6].allSatisfy { $0 == 0.15 })
    let steps = zip(rates[5...], rates[6...]).map { $1 - $0 }
    #expect(steps.allSatisfy { abs($0 - 0.05 / 6) < 1e-12 })
    #expect(abs(rates[11] - 0.2) < 1e-12)
  }

  @Test func zeroIsNoChangeAndAnEndMayBeLower() {
    #expect(rates(.step, end: 0, after: 0.5).allSatisfy { $0 == 0.15 })
    #expect(rates(.step, end: 0.1, after: 0).allSatisfy { $0 == 0.1 })
    #expect(rates(.linear, after: 1).allSatisfy { $0 == 0.15 })
  }
}
