import FlowCore
import FlowReport

/// The curves of a run, of its latest training steps: as far as they are.
enum RunCharts {
  private static let stepLimit = 24
  private static let chartLimit = 12
  private static let points = 600

  static func html(_ run: RunRecord, in ledger: Ledger) throws -> HTML {
    let curves = try ledger.steps(ofRun: run.id, withRecords: nil, limit: stepLimit)
    let drawn = try ledger.steps(ofRun: run.id, withRecords: "chart:", limit: stepLimit)
    return try html(curves: curves, drawn: drawn, in: ledger)
  }

  /// - Parameters:
  ///   - curves: steps with time series.
  ///   - drawn: steps that recorded charts.
  static func html(
    curves: [StepRecord], drawn: [StepRecord], in ledger: Ledger
  ) throws -> HTML {
    let trained = try curves.map { record in
      var step = StepContents(record)
      step.metrics = try ledger.outlines(ofStep: record.madeBy, limit: points)
      return step
    }
    let judged = try drawn.map { record in
      var step = StepContents(record)
      step.records = try ledger.records(ofStep: record.madeBy).filter {
        $0.key.hasPrefix("chart:")
      }
      return step
    }
    let charts =
      MetricCharts.charts(of: trained, limit: points)
      + RecordedCharts.charts(of: judged, limit: points)
    guard !charts.isEmpty else { return .empty }
    var body: HTML = "<div class=\"charts\">\n"
    for (position, chart) in charts.prefix(chartLimit).enumerated() {
      body += LineChart(chart).html(id: "chart-\(position)")
    }
    body += "</div>\n"
    if charts.count > chartLimit {
      body +=
        "<p class=\"note\">The first \(chartLimit) of \(charts.count) charts; each step's page has its own.</p>\n"
    }
    return Elements.section("charts", "Curves", body)
  }
}
