import FlowCore

/// All charts: those that steps recorded, then those of their time series.
enum ChartSection {
  /// How many points all lines of the page have together: what keeps the page below its size.
  private static let pointBudget = 60_000
  private static let chartLimit = 40

  static func html(_ contents: RunContents) -> HTML {
    let limit = pointsPerLine(contents)
    let all =
      RecordedCharts.charts(of: contents.steps, limit: limit)
      + MetricCharts.charts(of: contents.steps, limit: limit)
    guard !all.isEmpty else { return .empty }
    var body: HTML = "<div class=\"charts\">\n"
    for (position, chart) in all.prefix(chartLimit).enumerated() {
      body += LineChart(chart).html(id: "chart-\(position)")
    }
    body += "</div>\n"
    if all.count > chartLimit {
      body += "<p class=\"note\">The first \(chartLimit) of \(all.count) charts.</p>\n"
    }
    return Elements.section("charts", "Charts", body)
  }

  /// 1000 where there are few lines, fewer where there are many.
  static func pointsPerLine(_ contents: RunContents) -> Int {
    let lines = contents.steps.reduce(0) { sum, step in
      let recorded = step.records.filter { $0.key.hasPrefix("chart:") }
        .reduce(0) { $0 + ($1.value["series"]?.array?.count ?? 0) }
      return sum + step.metrics.count + recorded
    }
    let drawn = min(lines, chartLimit * Chart.seriesLimit)
    return max(60, min(1000, pointBudget / max(1, drawn)))
  }
}
