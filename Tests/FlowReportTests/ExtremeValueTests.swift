import FlowCore
import Testing

@testable import FlowReport

/// Metrics hold whatever a plugin computed: a chart of it is drawn, inside its frame.
@Suite("Charts of extreme values")
struct ExtremeValueTests {
  private static let values: [[Double]] = [
    [1e308, -1e308], [-1e308, 1e308, 0], [1e308], [.leastNonzeroMagnitude],
    [.leastNonzeroMagnitude, 1e308], [.leastNonzeroMagnitude, .leastNormalMagnitude],
    [0, 0, 0], [1e308, 1e308], [.nan, 1e308, .infinity, -1e308], [.leastNormalMagnitude, 2, 1e300],
  ]

  private func drawing(_ points: [Point]) -> LineChart {
    LineChart(
      Chart(
        title: "t", subtitle: "", xLabel: "x", yLabel: "y",
        series: [
          Chart.Series(
            owner: "", part: "p", points: points, mean: RunningMean.of(points), color: 0, dash: 0)
        ]))
  }

  @Test("Values of all sizes stay in the frame", arguments: values)
  func vertical(values: [Double]) {
    let points = values.enumerated().map { Point(x: Double($0.offset), y: $0.element) }
    let chart = drawing(points)
    for point in chart.segments(points).flatMap({ $0 }) {
      #expect(point.y <= chart.y.start && point.y >= chart.y.end)
    }
    #expect(chart.segments(points).map(\.count).reduce(0, +) == values.filter(\.isFinite).count)
    #expect(chart.html(id: "c").text.contains("<svg"))
  }

  @Test(
    "Positions of all sizes stay in the frame",
    arguments: [[Int64.min, 0, .max], [.max], [.max - 1, .max], [.min, .min]])
  func horizontal(positions: [Int64]) {
    let points = positions.map { Point(x: Double($0), y: 1) }
    let chart = drawing(points)
    for point in chart.segments(points).flatMap({ $0 }) {
      #expect(point.x >= chart.x.start && point.x <= chart.x.end)
    }
    #expect(chart.html(id: "c").text.contains("<svg"))
  }

  @Test("The running mean of values near the largest double is their mean")
  func runningMean() {
    let points = (0..<1000).map { Point(x: Double($0), y: $0 % 2 == 0 ? 1.5e308 : -1.5e308) }
    let mean = RunningMean.of(points)
    #expect(mean.count == 1000)
    #expect(mean.allSatisfy { $0.y.isFinite && abs($0.y) < 1e308 })
    #expect(RunningMean.isRestless(points))
  }

  @Test(
    "A time axis of any length has few ticks",
    arguments: [1e308, .infinity, .nan, .leastNonzeroMagnitude, 0])
  func duration(end: Double) {
    #expect(Ticks.duration(to: end).ticks.count <= 12)
  }

  @Test("Axes of extremes have finite, ordered ends", arguments: values)
  func ranges(values: [Double]) {
    let scale = PlotScale.vertical(for: values, start: 100, end: 0)
    #expect(scale.ticks.range.lowerBound < scale.ticks.range.upperBound)
    #expect(scale.ticks.range.upperBound.isFinite && scale.ticks.ticks.allSatisfy(\.value.isFinite))
  }
}
