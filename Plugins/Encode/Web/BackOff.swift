/// How long to wait before asking again.
struct BackOff: Sendable {
  /// Seconds before the second try; doubled each time.
  var first = 1.0
  /// Seconds at most, what a server asks for excepted.
  var longest = 60.0
  /// The most that a server's Retry-After is obeyed, in seconds.
  var longestAsked = 600.0

  /// Seconds before the next try.
  ///
  /// Half of it is drawn by chance, so that many that failed together do not come back together.
  ///
  /// - Parameters:
  ///   - tries: how many were made, at least 1.
  ///   - asked: the server's Retry-After in seconds, if it told one.
  func pause(after tries: Int, asked: Int?) -> Double {
    let whole = min(first * Double(1 << min(tries - 1, 16)), longest)
    return min(Double(asked ?? 0), longestAsked) + whole * Double.random(in: 0.5...1)
  }
}
