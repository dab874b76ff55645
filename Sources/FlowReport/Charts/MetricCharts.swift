import FlowCore

/// Charts of the time series that steps told by `metric(name, value, at)`.
package enum MetricCharts {
  /// One chart for each operation and each group of names: `loss/train` and `loss/validation` share one, and
  /// all instances of an operation are overlaid in it.
  ///
  /// Lines of one step have one colour and differ in their dashes; where there is only one step, its lines
  /// differ in colour.
  ///
  /// - Parameter limit: the highest number of points a line is drawn with.
  package static func charts(of steps: [StepContents], limit: Int) -> [Chart] {
    var groups: [Group] = []
    var positions: [String: Int] = [:]
    for step in steps {
      for (name, points) in step.metrics {
        let (title, part) = split(name)
        let key = "\(step.record.operation)\u{0}\(title)"
        let position = positions[key] ?? groups.count
        if position == groups.count {
          positions[key] = position
          groups.append(Group(title: title, operation: step.record.operation))
        }
        groups[position].add(part, points, of: step.record.name)
      }
    }
    // What is compared (training against validation) is what a reader looks for first.
    let sorted = groups.enumerated().sorted {
      ($1.element.parts.count, $0.offset) < ($0.element.parts.count, $1.offset)
    }
    return sorted.map { $0.element.chart(limit: limit) }
  }

  /// `loss/train` is part "train" of the group "loss".
  private static func split(_ name: String) -> (group: String, part: String) {
    guard let slash = name.firstIndex(of: "/") else { return (name, "") }
    return (String(name[..<slash]), String(name[name.index(after: slash)...]))
  }

  private struct Group {
    let title: String
    let operation: String
    var steps: [String] = []
    var parts: [String] = []
    var lines: [(step: Int, part: Int, points: [MetricPoint])] = []

    init(title: String, operation: String) {
      self.title = title
      self.operation = operation
    }

    mutating func add(_ part: String, _ points: [MetricPoint], of step: String) {
      // Lines of a step come one after the other, so that only the last can be the same.
      if steps.last != step { steps.append(step) }
      if !parts.contains(part) { parts.append(part) }
      lines.append((steps.count - 1, parts.firstIndex(of: part) ?? 0, points))
    }

    func chart(limit: Int) -> Chart {
      let shown = lines.prefix(Chart.seriesLimit)
      let severalSteps = steps.count > 1
      let series = shown.map { line in
        let all = line.points.map { Point(x: Double($0.at), y: $0.value) }
        let mean = RunningMean.isRestless(all) ? RunningMean.of(all) : []
        return Chart.Series(
          owner: severalSteps ? steps[line.step] : "",
          part: name(of: line.part),
          points: Decimation.thinned(all, to: limit),
          mean: Decimation.thinned(mean, to: max(60, limit / 4)),
          color: severalSteps ? line.step : line.part, dash: severalSteps ? line.part : 0)
      }
      var notes: [String] = []
      if series.contains(where: { !$0.mean.isEmpty }) {
        notes.append("Bold: the running mean over a fiftieth of the line.")
      }
      if lines.count > shown.count {
        notes.append("The first \(shown.count) of \(lines.count) lines; the ledger has all.")
      }
      return Chart(
        title: title, subtitle: severalSteps ? operation : "\(steps[0]) · \(operation)",
        xLabel: "training step or epoch",
        yLabel: parts.count == 1 && !parts[0].isEmpty ? parts[0] : title, series: Array(series),
        isTimeSeries: true, note: notes.isEmpty ? nil : notes.joined(separator: " "))
    }

    /// What tells a line from the others of its step; nothing where it is alone, as the axis says what it is.
    private func name(of part: Int) -> String {
      if steps.count > 1 { return parts.count > 1 ? parts[part] : "" }
      return parts[part].isEmpty ? title : parts[part]
    }
  }
}
