/// Fewer points for a drawing, with the look of all of them.
enum Decimation {
  /// At most `limit` points of `points`, the first and the last among them.
  ///
  /// The series is cut into equal stretches of positions in the list, and of each stretch the lowest and the
  /// highest point are kept, in their order: a single spike in a million points stays in the picture, which
  /// means or every n-th point would lose.
  ///
  /// - Parameters:
  ///   - points: in the order of x; y may be NaN or infinite. The first point that is not finite of each stretch is
  ///     kept, as it is a gap in the line.
  ///   - limit: at least 8.
  static func thinned(_ points: [Point], to limit: Int) -> [Point] {
    guard points.count > limit, limit >= 8 else { return points }
    // Of each stretch at most three: lowest, highest, gap.
    let stretches = (limit - 2) / 3
    let inner = points.count - 2
    var kept: [Point] = [points[0]]
    for stretch in 0..<stretches {
      let begin = 1 + inner * stretch / stretches
      let end = 1 + inner * (stretch + 1) / stretches
      guard begin < end else { continue }
      var lowest: Int?
      var highest: Int?
      var gap: Int?
      for position in begin..<end {
        let y = points[position].y
        guard y.isFinite else {
          if gap == nil { gap = position }
          continue
        }
        if lowest.map({ y < points[$0].y }) ?? true { lowest = position }
        if highest.map({ y > points[$0].y }) ?? true { highest = position }
      }
      for position in Set([lowest, highest, gap].compactMap { $0 }).sorted() {
        kept.append(points[position])
      }
    }
    kept.append(points[points.count - 1])
    return kept
  }
}
