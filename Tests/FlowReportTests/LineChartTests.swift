import Testing

@testable import FlowReport

@Suite("Line charts")
struct LineChartTests {
  private func chart(_ points: [Point], levels: [Chart.Level] = []) -> Chart {
    Chart(
      title: "loss", subtitle: "", xLabel: "step", yLabel: "loss",
      series: [Chart.Series(owner: "", part: "train", points: points, color: 0, dash: 0)],
      levels: levels)
  }

  @Test("The data's ends meet the plot's ends")
  func geometry() throws {
    let drawing = LineChart(chart([Point(x: 0, y: 2), Point(x: 100, y: 4)]))
    let segment = try #require(drawing.segments(drawing.chart.series[0].points).first)
    #expect(segment[0].x == drawing.x.start && segment[1].x == drawing.x.end)
    // y grows upwards.
    #expect(segment[0].y > segment[1].y)
    #expect(segment.allSatisfy { $0.y <= drawing.y.start && $0.y >= drawing.y.end })
  }

  @Test("NaN and infinities are gaps: the line is cut there, marked, and said in words")
  func gaps() {
    let points = [1.0, 2, .nan, 3, .infinity, 4, 5].enumerated().map {
      Point(x: Double($0.offset), y: $0.element)
    }
    let drawing = LineChart(chart(points))
    #expect(drawing.segments(points).map(\.count) == [2, 1, 2])
    let html = drawing.html(id: "c").text
    #expect(html.contains("2 values are not finite"))
    #expect(html.contains("not finite at 2"))
    #expect(!html.contains("nan") && !html.contains("inf\""))
  }

  @Test("A chart of nothing but NaN is drawn, empty")
  func onlyNaN() {
    let drawing = LineChart(chart([Point(x: 5, y: .nan), Point(x: 6, y: .nan)]))
    #expect(drawing.segments(drawing.chart.series[0].points).isEmpty)
    #expect(drawing.html(id: "c").text.contains("2 values are not finite"))
  }

  @Test("Shares get all of 0 to 1; other values a tight axis")
  func shares() {
    let shares = LineChart(chart([Point(x: 0, y: 0.01), Point(x: 1, y: 0.93)]))
    #expect(shares.y.ticks.range == 0...1 && shares.x.ticks.range == 0...1)
    let losses = LineChart(chart([Point(x: 0, y: 4.1), Point(x: 10, y: 4.4)]))
    #expect(losses.y.ticks.range.lowerBound > 4)
  }

  @Test(
    "Positive values over three decades get a logarithmic axis; with a zero among them they do not")
  func logarithmic() {
    #expect(LineChart(chart([Point(x: 0, y: 4096), Point(x: 9, y: 3.5)])).y.isLogarithmic)
    #expect(!LineChart(chart([Point(x: 0, y: 4096), Point(x: 9, y: 0)])).y.isLogarithmic)
  }

  @Test("A level is inside the plot, however far from the data")
  func levels() throws {
    let drawing = LineChart(
      chart([Point(x: 0, y: 1), Point(x: 1, y: 2)], levels: [Chart.Level(name: "limit", y: 9)]))
    let at = try #require(drawing.y.position(of: 9))
    #expect(at >= drawing.y.end && at <= drawing.y.start)
    #expect(drawing.html(id: "c").text.contains("limit 9"))
  }

  @Test("Names of lines, axes and titles are escaped")
  func hostile() {
    var hostile = chart([Point(x: 0, y: 1), Point(x: 1, y: 2)])
    hostile.title = "<script>1</script>"
    hostile.xLabel = "<script>2</script>"
    hostile.yLabel = "<script>3</script>"
    hostile.subtitle = "<script>4</script>"
    hostile.series[0].part = "<script>5</script>"
    hostile.levels = [Chart.Level(name: "<script>6</script>", y: 1)]
    hostile.note = "<script>7</script>"
    #expect(!LineChart(hostile).html(id: "c").text.contains("<script"))
  }

  @Test("The drawing has a size, a title and a description")
  func accessible() {
    let html = LineChart(chart([Point(x: 0, y: 1), Point(x: 1, y: 2)])).html(id: "chart-3").text
    #expect(html.contains("width=\"540\" height=\"300\""))
    #expect(html.contains("aria-labelledby=\"chart-3-title chart-3-desc\""))
    #expect(
      html.contains("<desc id=\"chart-3-desc\">Line chart of loss against step: train.</desc>"))
  }
}

@Suite("Thinning of long lines")
struct DecimationTests {
  private let noisy = (0..<100_000).map { (index: Int) -> Point in
    let value = index == 77_777 ? 1000 : index * 7919 % 100
    return Point(x: Double(index), y: Double(value))
  }

  @Test("Stays below the limit and keeps both ends", arguments: [8, 60, 1000])
  func bounds(limit: Int) {
    let thinned = Decimation.thinned(noisy, to: limit)
    #expect(thinned.count <= limit)
    #expect(thinned.first == noisy.first && thinned.last == noisy.last)
    #expect(thinned.map(\.x) == thinned.map(\.x).sorted())
  }

  @Test("Keeps the single spike among 100,000 points")
  func spike() {
    #expect(Decimation.thinned(noisy, to: 100).contains(Point(x: 77_777, y: 1000)))
  }

  @Test("Keeps a NaN as the gap that it is")
  func gap() {
    var points = noisy
    points[500].y = .nan
    #expect(Decimation.thinned(points, to: 100).contains { $0.x == 500 && $0.y.isNaN })
  }

  @Test("Leaves short lines alone")
  func short() {
    let points = Array(noisy.prefix(50))
    #expect(Decimation.thinned(points, to: 50) == points)
  }
}

@Suite("Running mean")
struct RunningMeanTests {
  @Test("Of a line that jumps between two values it is their middle")
  func mean() {
    let points = (0..<1000).map { Point(x: Double($0), y: $0 % 2 == 0 ? 1 : 3) }
    #expect(RunningMean.isRestless(points))
    #expect(RunningMean.of(points).allSatisfy { abs($0.y - 2) < 0.1 })
  }

  @Test("A schedule that goes up once and down once needs none")
  func calm() {
    let points = (0..<1000).map { Point(x: Double($0), y: Double(min($0, 1000 - $0))) }
    #expect(!RunningMean.isRestless(points))
  }

  @Test("NaN does not spread")
  func gap() {
    var points = (0..<1000).map { Point(x: Double($0), y: Double($0 % 5)) }
    points[400].y = .nan
    #expect(RunningMean.of(points).allSatisfy { $0.y.isFinite })
  }
}
