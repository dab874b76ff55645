/// A point of a chart in the data's own units.
package struct Point: Equatable {
  var x: Double
  var y: Double
}

/// What a line chart shows, before it has a size.
package struct Chart: Equatable {
  struct Series: Equatable {
    /// Whose line it is: a step's name. Empty where all lines are of one step.
    var owner: String
    /// Which of the owner's lines it is. May be empty.
    var part: String
    /// In drawing order. NaN and infinite values are gaps.
    var points: [Point]
    /// The running mean of a restless line; empty for others.
    var mean: [Point] = []
    /// Which colour of the palette, from 0 on.
    var color: Int
    /// Which dash pattern, 0 for none.
    var dash: Int

    var name: String {
      owner.isEmpty ? part : part.isEmpty ? owner : "\(owner) · \(part)"
    }
  }

  /// A horizontal line: a base rate, a threshold.
  struct Level: Equatable {
    var name: String
    var y: Double
  }

  var title: String
  /// Below the title: which operation, which step.
  var subtitle: String
  var xLabel: String
  var yLabel: String
  var series: [Series]
  var levels: [Level] = []
  /// Whether x is time: the legend then gives each line's last value.
  var isTimeSeries = false
  /// Said below the chart: what was left out.
  var note: String?

  /// How many lines a chart can hold and still be read.
  static let seriesLimit = 16
}
