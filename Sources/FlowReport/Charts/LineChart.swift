import Files
import FlowCore

/// A chart as an SVG drawing with its legend.
package struct LineChart {
  static let width = 540.0
  static let height = 300.0
  private static let left = 56.0
  private static let right = 518.0
  private static let top = 26.0
  private static let bottom = 252.0
  /// Up to this many points each is marked, and tells its value when pointed at.
  private static let markedPoints = 60

  let chart: Chart
  let x: PlotScale
  let y: PlotScale

  package init(_ chart: Chart) {
    self.chart = chart
    let points = chart.series.flatMap(\.points)
    // Only what will be drawn decides the axes: a point without a value has no say.
    let drawn = points.filter { $0.x.isFinite && $0.y.isFinite }
    x = .horizontal(
      for: (drawn.isEmpty ? points : drawn).map(\.x), start: Self.left, end: Self.right)
    y = .vertical(
      for: drawn.map(\.y) + chart.levels.map(\.y), start: Self.bottom, end: Self.top)
  }

  /// The pieces of a line between its gaps, in pixels.
  func segments(_ points: [Point]) -> [[Point]] {
    var segments: [[Point]] = []
    var current: [Point] = []
    for point in points {
      if let x = x.position(of: point.x), let y = y.position(of: point.y) {
        current.append(Point(x: x, y: y))
      } else if !current.isEmpty {
        segments.append(current)
        current = []
      }
    }
    if !current.isEmpty { segments.append(current) }
    return segments
  }

  /// The figure: heading, drawing, legend, notes.
  ///
  /// - Parameter id: unique in the page.
  package func html(id: String) -> HTML {
    var figure: HTML = """
      <figure class="chart">
      <figcaption><strong>\(chart.title)</strong><br><span class="faint">\(chart.subtitle)</span></figcaption>
      \(drawing(id: id))
      \(legend)
      """
    let gaps = chart.series.reduce(0) { $0 + $1.points.count { !$0.y.isFinite } }
    if gaps > 0 {
      figure +=
        "<p class=\"note warning\">\(gaps) \(gaps == 1 ? "value is" : "values are") not finite (NaN or infinite): gaps, marked × at the top.</p>\n"
    }
    if let note = chart.note { figure += "<p class=\"note\">\(note)</p>\n" }
    return figure + "</figure>\n"
  }

  // MARK: Drawing

  private func drawing(id: String) -> HTML {
    """
    <svg role="img" aria-labelledby="\(id)-title \(id)-desc" width="\(Self.width)" height="\(Self.height)" viewBox="0 0 \(Self.width) \(Self.height)">
    <title id="\(id)-title">\(chart.title)</title>
    <desc id="\(id)-desc">\(description)</desc>
    \(axes)\(levels)\(lines)</svg>
    """
  }

  private var description: String {
    let names = chart.series.map(\.name).joined(separator: ", ")
    let levels = chart.levels.map { "\($0.name) at \(Self.text($0.y))" }.joined(separator: ", ")
    let base = "Line chart of \(chart.yLabel) against \(chart.xLabel): \(names)"
    return levels.isEmpty ? "\(base)." : "\(base); \(levels)."
  }

  private var axes: HTML {
    var axes: HTML = "<g class=\"axes\">\n"
    for tick in y.ticks.ticks {
      guard let at = y.position(of: tick.value) else { continue }
      axes +=
        "<path class=\"grid\" d=\"M\(Self.left) \(at)H\(Self.right)\"/><text x=\"\(Self.left - 7)\" y=\"\(at + 4)\" text-anchor=\"end\">\(tick.label)</text>\n"
    }
    for tick in x.ticks.ticks {
      guard let at = x.position(of: tick.value) else { continue }
      axes +=
        "<path class=\"tick\" d=\"M\(at) \(Self.bottom)v5\"/><text x=\"\(at)\" y=\"\(Self.bottom + 19)\" text-anchor=\"middle\">\(tick.label)</text>\n"
    }
    let middle = (Self.left + Self.right) / 2
    let scale = y.isLogarithmic ? " (log)" : ""
    axes += """
      <path class="axis" d="M\(Self.left) \(Self.bottom)H\(Self.right)"/>
      <text class="label" x="\(middle)" y="\(Self.height - 8)" text-anchor="middle">\(chart.xLabel)</text>
      <text class="label" x="4" y="12">\(chart.yLabel + scale)</text>
      </g>

      """
    return axes
  }

  private var levels: HTML {
    chart.levels.compactMap { level -> HTML? in
      guard let at = y.position(of: level.y) else { return nil }
      // Close to the top there is no room above the line.
      let baseline = at < Self.top + 16 ? at + 13 : at - 5
      return """
        <path class="level" d="M\(Self.left) \(at)H\(Self.right)"/>\
        <text class="level-name" x="\(Self.left + 6)" y="\(baseline)">\(level.name) \(Self.text(level.y))</text>
        """
    }.joined()
  }

  /// Long lines first: what has few points would vanish below them.
  private var lines: HTML {
    let order = chart.series.enumerated().sorted {
      ($1.element.points.count, $0.offset) < ($0.element.points.count, $1.offset)
    }
    return order.map { _, series -> HTML in
      var group: HTML = "<g class=\"\(Self.style(series))\"><title>\(series.name)</title>"
      let segments = segments(series.points)
      let weight: HTML = series.mean.isEmpty ? "" : " pale"
      for segment in segments where segment.count > 1 {
        group += "<path class=\"line\(weight)\" d=\"\(Self.path(segment))\"/>"
      }
      for segment in segments where segment.count == 1 {
        group += "<circle r=\"2.5\" cx=\"\(segment[0].x)\" cy=\"\(segment[0].y)\"/>"
      }
      for segment in self.segments(series.mean) where segment.count > 1 {
        group += "<path class=\"line\" d=\"\(Self.path(segment))\"/>"
      }
      if series.points.count <= Self.markedPoints { group += marks(of: series) }
      for point in series.points where !point.y.isFinite {
        guard let at = x.position(of: point.x) else { continue }
        group +=
          "<path class=\"gap\" d=\"M\(at - 3) \(Self.top + 2)l6 6m0 -6l-6 6\"><title>\(series.name): not finite at \(Self.text(point.x))</title></path>"
      }
      return group + "</g>"
    }.joined()
  }

  private func marks(of series: Chart.Series) -> HTML {
    series.points.compactMap { point -> HTML? in
      guard let atX = x.position(of: point.x), let atY = y.position(of: point.y) else {
        return nil
      }
      return
        "<circle r=\"2.5\" cx=\"\(atX)\" cy=\"\(atY)\"><title>\(series.name): \(Self.text(point.y)) at \(Self.text(point.x))</title></circle>"
    }.joined()
  }

  /// Relative moves, a tenth of a pixel fine: half the bytes of absolute ones.
  private static func path(_ points: [Point]) -> HTML {
    var text = ""
    var last = (x: 0, y: 0)
    for (position, point) in points.enumerated() {
      let tenths = (
        x: Int(saturating: (point.x * 10).rounded()), y: Int(saturating: (point.y * 10).rounded())
      )
      if position == 0 {
        text += "M\(HTML.length(point.x)) \(HTML.length(point.y))l"
      } else {
        let x = HTML.length(Double(tenths.x - last.x) / 10)
        let y = HTML.length(Double(tenths.y - last.y) / 10)
        text += y.hasPrefix("-") ? "\(x)\(y)" : "\(x) \(y)"
        if position < points.count - 1 { text += " " }
      }
      last = tenths
    }
    return "\(text)"
  }

  // MARK: Legend

  /// A list; or a table of owners and parts, where each owner has several lines.
  private var legend: HTML {
    let owners = unique(chart.series.map(\.owner))
    let parts = unique(chart.series.map(\.part))
    if owners.count > 1 && parts.count > 1 && chart.series.count > owners.count {
      return legendTable(owners, parts)
    }
    var list: HTML = "<ul class=\"legend\">\n"
    for series in chart.series {
      list += "<li>\(Self.swatch(series)) \(series.name)"
      if chart.isTimeSeries { list += " <span class=\"faint\">last \(lastValue(series))</span>" }
      list += "</li>\n"
    }
    return list + "</ul>\n"
  }

  private func legendTable(_ owners: [String], _ parts: [String]) -> HTML {
    let rows = owners.map { owner -> [HTML] in
      ["\(owner)"]
        + parts.map { part in
          guard
            let series = chart.series.first(where: { $0.owner == owner && $0.part == part })
          else { return .empty }
          let value: HTML = chart.isTimeSeries ? " \(lastValue(series))" : .empty
          return "\(Self.swatch(series))\(value)"
        }
    }
    let heading = chart.isTimeSeries ? "last value" : ""
    return "<div class=\"legend\">\(Elements.table([heading] + parts, rows: rows))</div>\n"
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  private func lastValue(_ series: Chart.Series) -> String {
    series.points.last.map { Self.text($0.y) } ?? ""
  }

  private static func swatch(_ series: Chart.Series) -> HTML {
    "<svg class=\"\(style(series))\" width=\"26\" height=\"10\" viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"line\" d=\"M1 5H25\"/></svg>"
  }

  /// Eight colours; with more lines the dashes change.
  private static func style(_ series: Chart.Series) -> String {
    "color-\(series.color % 8) dash-\((series.dash + series.color / 8) % 4)"
  }

  /// A value for people.
  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-∞" : "∞" }
    if let whole = Int(exactly: value), abs(value) < 1e15 { return String(whole) }
    return JSONTable.text(.number(value))
  }
}
