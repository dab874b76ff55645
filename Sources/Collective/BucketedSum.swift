/// Adds up memory over the ranks, part by part, while the rest of it is still being computed.
///
/// A backward pass finishes the gradients of the last layer first. Each finished part is handed over
/// with `completed`; as soon as a bucket's worth of neighbouring numbers is there, its sum is started,
/// and it travels while the layers below are computed. `finish` sends what was never handed over
/// and waits for all.
///
/// Which numbers share a bucket depends on the calls alone, so equal runs give equal bits.
public final class BucketedSum {
  private let collective: any Collective
  private let memory: UnsafeMutableBufferPointer<Float>
  private let bucket: Int
  /// Handed over, but not enough to be sent.
  private var waiting = 0..<0
  private var started: [Range<Int>] = []
  private var failure: CollectiveError?

  /// - Parameters:
  ///   - memory: what to add up; it must live until `finish` returns.
  ///   - bucket: the fewest bytes in one sum. Large ones cost fewer messages, small ones start sooner.
  public init(
    _ memory: UnsafeMutableBufferPointer<Float>, over collective: any Collective,
    bucket: Int = 8 << 20
  ) {
    self.memory = memory
    self.collective = collective
    self.bucket = max(1, bucket / MemoryLayout<Float>.stride)
  }

  /// The numbers in `range` have their last value on this rank. Each number is handed over at most
  /// once; what goes wrong is thrown by `finish`.
  public func completed(_ range: Range<Int>) {
    if range.upperBound == waiting.lowerBound {
      waiting = range.lowerBound..<waiting.upperBound
    } else if waiting.upperBound == range.lowerBound {
      waiting = waiting.lowerBound..<range.upperBound
    } else {
      send(waiting)
      waiting = range
    }
    if waiting.count >= bucket {
      send(waiting)
      waiting = 0..<0
    }
  }

  /// Lets sums that travel go on. Call it between two pieces of work of the backward pass.
  public func progress() { attempt { () throws(CollectiveError) in try collective.progress() } }

  /// Adds up all that is left, and waits for everything; then the memory holds the sums.
  public func finish() throws(CollectiveError) {
    send(waiting)
    var next = 0
    for range in started.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      send(next..<range.lowerBound)
      next = range.upperBound
    }
    send(next..<memory.count)
    attempt { () throws(CollectiveError) in try collective.finishSums() }
    waiting = 0..<0
    started.removeAll(keepingCapacity: true)
    if let failure { throw failure }
  }

  private func send(_ range: Range<Int>) {
    if range.isEmpty { return }
    started.append(range)
    attempt { () throws(CollectiveError) in
      try collective.startSum(UnsafeMutableBufferPointer(rebasing: memory[range]))
      try collective.progress()
    }
  }

  /// After the first failure nothing is sent: the other ranks would wait for something else.
  private func attempt(_ body: () throws(CollectiveError) -> Void) {
    if failure != nil { return }
    do throws(CollectiveError) { try body() } catch { failure = error }
  }
}
