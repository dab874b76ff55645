/// How often Slurm is asked for the state of its jobs: often while something happens, seldom while nothing does,
/// and never so often that a controller with other work would notice.
struct SlurmPace {
  /// When to ask next, on the monotonic clock.
  private(set) var next = 0.0
  private var interval = 1.0

  static let longest = 10.0

  /// The shortest interval for so many jobs, in seconds: each of them makes the answer longer.
  static func shortest(jobs: Int) -> Double { min(longest, max(1, Double(jobs) / 100)) }

  /// Something was submitted, or else is expected to be news soon.
  mutating func hurry(at moment: Double, jobs: Int) {
    interval = Self.shortest(jobs: jobs)
    next = min(next, moment + interval)
  }

  /// Slurm has answered.
  mutating func heard(news: Bool, at moment: Double, jobs: Int) {
    interval = news ? Self.shortest(jobs: jobs) : min(Self.longest, interval * 1.5)
    next = moment + interval
  }

  /// It has not.
  mutating func failed(at moment: Double) {
    interval = min(Self.longest, max(5, interval * 1.5))
    next = moment + interval
  }
}
