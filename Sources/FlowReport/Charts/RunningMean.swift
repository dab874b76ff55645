/// The course of a line that goes up and down too much to show it.
enum RunningMean {
  /// Whether a line is long and its ups and downs add up to many times its height.
  static func isRestless(_ points: [Point]) -> Bool {
    let scale = scale(of: points)
    let values = points.map { $0.y / scale }.filter(\.isFinite)
    guard values.count >= 200, let low = values.min(), let high = values.max(), high > low else {
      return false
    }
    let travelled = zip(values, values.dropFirst()).reduce(0) { $0 + abs($1.1 - $1.0) }
    return travelled > 8 * (high - low)
  }

  /// For each point the mean of those around it, a fiftieth of the line together; at the ends of those that there
  /// are. Values that are not finite are left out.
  static func of(_ points: [Point]) -> [Point] {
    let finite = points.filter(\.y.isFinite)
    let reach = max(1, finite.count / 100)
    let scale = scale(of: finite)
    var sums = [0.0]
    sums.reserveCapacity(finite.count + 1)
    for point in finite { sums.append(sums[sums.count - 1] + point.y / scale) }
    return finite.indices.map { position in
      let begin = max(0, position - reach)
      let end = min(finite.count, position + reach + 1)
      return Point(
        x: finite[position].x, y: (sums[end] - sums[begin]) / Double(end - begin) * scale)
    }
  }

  /// What to divide by so that sums do not overflow: 1 unless values come near the largest double.
  private static func scale(of points: [Point]) -> Double {
    let largest = points.reduce(0) { $1.y.isFinite ? max($0, abs($1.y)) : $0 }
    return largest > 1e290 ? largest : 1
  }
}
