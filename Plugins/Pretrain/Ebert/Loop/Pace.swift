/// How fast training steps are; validation and checkpoints are left out.
struct Pace {
  private var tokens = 0
  private(set) var time = Duration.zero
  private var waiting = Duration.zero

  mutating func add(tokens count: Int, time spent: Duration, waiting waited: Duration) {
    tokens += count
    time += spent
    waiting += waited
  }

  var tokensPerSecond: Double { time > .zero ? Double(tokens) / (time / .seconds(1)) : 0 }

  /// The share of the time in which the model waited for its batch, 0 to 1.
  var waitingShare: Double { time > .zero ? waiting / time : 0 }
}
