import Testing

@testable import FlowReport

@Suite("Ticks")
struct TicksTests {
  @Test(
    "Linear ticks are multiples of 1, 2 or 5 times a power of ten",
    arguments: [
      (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (3.1, 7.9, ["3", "4", "5", "6", "7", "8"]),
      (0, 4e-4, ["0", "0.0001", "0.0002", "0.0003", "0.0004"]),
      (-1, 1, ["-1.0", "-0.5", "0", "0.5", "1.0"]),
      (0, 52_000, ["0", "20000", "40000", "60000"]),
      (1e-9, 4e-9, ["1e-9", "2e-9", "3e-9", "4e-9"]),
      (0, 3e7, ["0", "10.0 M", "20.0 M", "30.0 M"]),
    ])
  func linear(low: Double, high: Double, labels: [String]) {
    #expect(Ticks.linear(from: low, to: high).ticks.map(\.label) == labels)
  }

  @Test("The axis holds all of the data", arguments: [(0.13, 0.87), (-5, 1e6), (99.9, 100.1)])
  func range(low: Double, high: Double) {
    let range = Ticks.linear(from: low, to: high).range
    #expect(range.lowerBound <= low && high <= range.upperBound)
  }

  @Test("A tight axis ends with the data, its ticks inside")
  func tight() {
    let ticks = Ticks.linear(from: 7, to: 293, isTight: true)
    #expect(ticks.range == 7...293)
    #expect(ticks.ticks.map(\.label) == ["100", "200"])
  }

  @Test("A flat line still gets an axis", arguments: [0.0, 5, -3, 1e-30, 1e30])
  func flat(value: Double) {
    let ticks = Ticks.linear(from: value, to: value)
    #expect(ticks.range.lowerBound < value && value < ticks.range.upperBound)
    #expect(ticks.ticks.count >= 2)
  }

  @Test("Ends that are not finite give an axis without ticks, not a crash")
  func notFinite() {
    #expect(Ticks.linear(from: .nan, to: 1).ticks.isEmpty)
    #expect(Ticks.linear(from: -.infinity, to: .infinity).ticks.isEmpty)
  }

  @Test("Ends too far apart to subtract give an axis at the largest numbers it can show")
  func tooFarApart() {
    let ticks = Ticks.linear(from: -1.7e308, to: 1.7e308)
    #expect(ticks.range == -1e307...1e307)
    #expect(ticks.ticks.map(\.label) == ["-1.0e307", "-5e306", "0", "5e306", "1.0e307"])
  }

  @Test("A logarithmic axis has powers of ten, and 2 and 5 times these over few decades")
  func logarithmic() {
    #expect(
      Ticks.logarithmic(from: 3, to: 4000).ticks.map(\.label) == ["1", "10", "100", "1000", "1e4"])
    #expect(
      Ticks.logarithmic(from: 0.02, to: 5).ticks.map(\.label)
        == ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10"])
    #expect(Ticks.logarithmic(from: 1e-20, to: 1e20).ticks.count <= 9)
  }

  @Test(
    "Time has its own round numbers",
    arguments: [
      (4.0, "0 s", "4.0 s"), (50, "0", "50 s"), (400, "0", "6 min"), (5400, "0", "1 h 30 min"),
      (90_000, "0", "24 h"), (1_000_000, "0", "10 d"),
    ])
  func duration(end: Double, first: String, last: String) {
    let ticks = Ticks.duration(to: end).ticks
    #expect(ticks.first?.label == first)
    #expect(ticks.last?.label == last)
    #expect((2...10).contains(ticks.count))
  }

  @Test("A run of no length has an axis, too")
  func instant() {
    #expect(Ticks.duration(to: 0).range == 0...1)
    #expect(Ticks.duration(to: .nan).range == 0...1)
  }
}
