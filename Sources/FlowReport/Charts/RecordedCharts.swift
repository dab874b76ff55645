import Files
import FlowCore

/// Charts that steps recorded as facts under `chart:NAME`; docs/plugins.md gives their form.
package enum RecordedCharts {
  /// Charts of one title are overlaid: the precision-recall curves of several models become one picture.
  ///
  /// - Parameter limit: the highest number of points a line is drawn with.
  package static func charts(of steps: [StepContents], limit: Int) -> [Chart] {
    var found: [(step: String, operation: String, chart: Recorded)] = []
    for step in steps {
      for (key, value) in step.records where key.hasPrefix("chart:") {
        guard let chart = Recorded(value, name: String(key.dropFirst("chart:".count))) else {
          continue
        }
        found.append((step.record.name, step.record.operation, chart))
      }
    }
    var order: [String] = []
    var groups: [String: [Int]] = [:]
    for (position, entry) in found.enumerated() {
      let key = "\(entry.chart.title)\u{0}\(entry.chart.x)\u{0}\(entry.chart.y)"
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(position)
    }
    return order.map { overlay(groups[$0, default: []].map { found[$0] }, limit: limit) }
  }

  /// One chart as its step recorded it.
  private struct Recorded {
    var title: String
    var x: String
    var y: String
    var series: [(name: String, points: [Point])]
    var levels: [Chart.Level]

    /// nil where `json` has not the form, or holds no line.
    init?(_ json: JSON, name: String) {
      guard let list = json["series"]?.array else { return nil }
      title = json["title"]?.string ?? name
      x = json["x"]?.string ?? ""
      y = json["y"]?.string ?? ""
      series = list.compactMap { entry in
        guard let points = entry["points"]?.array else { return nil }
        return (
          entry["name"]?.string ?? "",
          points.compactMap { pair in
            guard let pair = pair.array, pair.count == 2, let x = pair[0].number else { return nil }
            // JSON has no NaN: null is the gap that it meant.
            return Point(x: x, y: pair[1].number ?? .nan)
          }
        )
      }
      levels = (json["lines"]?.array ?? []).compactMap { entry in
        guard let y = entry["y"]?.number, y.isFinite else { return nil }
        return Chart.Level(name: entry["name"]?.string ?? "", y: y)
      }
      if series.isEmpty && levels.isEmpty { return nil }
    }
  }

  private static func overlay(
    _ entries: [(step: String, operation: String, chart: Recorded)], limit: Int
  ) -> Chart {
    var series: [Chart.Series] = []
    var levels: [Chart.Level] = []
    let severalSteps = Set(entries.map(\.step)).count > 1
    // A name that all lines have tells nothing apart.
    let names = Set(entries.flatMap { $0.chart.series.map(\.name) })
    for (position, entry) in entries.enumerated() {
      for (line, (name, points)) in entry.chart.series.enumerated() {
        // As with metrics: a colour for each step, dashes for the lines of one.
        series.append(
          Chart.Series(
            owner: severalSteps || name.isEmpty ? entry.step : "",
            part: severalSteps && names.count == 1 ? "" : name,
            points: Decimation.thinned(points, to: limit),
            color: severalSteps ? position : line, dash: severalSteps ? line : 0))
      }
      // A base rate is the same for all models of one test set: drawn once.
      for level in entry.chart.levels where !levels.contains(level) { levels.append(level) }
    }
    let first = entries[0].chart
    let shown = Array(series.prefix(Chart.seriesLimit))
    let operations = Set(entries.map(\.operation)).sorted().joined(separator: ", ")
    return Chart(
      title: first.title,
      subtitle: severalSteps ? operations : "\(entries[0].step) · \(operations)",
      xLabel: first.x, yLabel: first.y, series: shown,
      levels: Array(levels.prefix(Chart.seriesLimit)),
      note: series.count > shown.count
        ? "The first \(shown.count) of \(series.count) lines; the ledger has all." : nil)
  }
}
