import Glibc

/// One axis of a plot: data on one side, pixels on the other.
struct PlotScale: Equatable {
  var ticks: Ticks
  var isLogarithmic = false
  /// Where the axis begins and ends, in pixels; the vertical axis begins below where it ends.
  var start: Double
  var end: Double

  /// The pixel of a value; nil where the axis cannot show it. What lies beyond an end is drawn there.
  func position(of value: Double) -> Double? {
    guard value.isFinite else { return nil }
    let (low, high) = (ticks.range.lowerBound, ticks.range.upperBound)
    let share: Double
    if isLogarithmic {
      guard value > 0 else { return nil }
      share = (log10(value) - log10(low)) / (log10(high) - log10(low))
    } else {
      share = (value - low) / (high - low)
    }
    return start + min(max(share, 0), 1) * (end - start)
  }

  /// The axis for y values.
  ///
  /// Shares (all in 0…1, on both sides of one half) get all of 0…1, so that two reports can be compared by
  /// eye. Positive values over three decades or more get a logarithmic axis.
  static func vertical(for values: [Double], start: Double, end: Double) -> PlotScale {
    let finite = values.filter(\.isFinite)
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    if low >= 0, high <= 1, low < 0.5, high > 0.5 {
      return PlotScale(ticks: .linear(from: 0, to: 1), start: start, end: end)
    }
    if low > 0, high > 1, high / low >= 1000 {
      return PlotScale(
        ticks: .logarithmic(from: low, to: high), isLogarithmic: true, start: start, end: end)
    }
    // An axis that nearly reaches zero should reach it.
    let from = low > 0 && low < 0.25 * high ? 0 : low
    return PlotScale(ticks: .linear(from: from, to: high), start: start, end: end)
  }

  /// The axis for x values: it ends with the data, unless these are shares.
  static func horizontal(for values: [Double], start: Double, end: Double) -> PlotScale {
    let finite = values.filter(\.isFinite)
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    let ticks =
      low >= 0 && high <= 1 && high > 0.5
      ? Ticks.linear(from: 0, to: 1) : Ticks.linear(from: low, to: high, count: 6, isTight: true)
    return PlotScale(ticks: ticks, start: start, end: end)
  }
}
