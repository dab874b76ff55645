/// The processes ("ranks") that compute one thing together, and what they do as one.
///
/// Every rank makes the same calls in the same order; a call returns when this rank's part of it is
/// done. All results are the same bits on every rank. Used by one thread at a time: the one that
/// joined.
public protocol Collective: AnyObject {
  /// This process's number, 0 ..< count.
  var rank: Int { get }
  /// How many processes there are.
  var count: Int { get }
  /// What carries the messages, for the log: "Open MPI 4.1.4".
  var transport: String { get }

  /// Starts to replace `values` by their sums over all ranks. The memory is the collective's until
  /// `finishSums` returns.
  func startSum(_ values: UnsafeMutableBufferPointer<Float>) throws(CollectiveError)

  /// Lets started sums go on. Few transports work while nobody calls them: call it often between
  /// `startSum` and `finishSums`; it does not wait.
  func progress() throws(CollectiveError)

  /// Waits for all started sums.
  func finishSums() throws(CollectiveError)

  /// Replaces `values`, as many on each rank, by their sums over all ranks.
  func sum(_ values: inout [Double]) throws(CollectiveError)

  /// Replaces `bytes` by those of rank 0, whatever their number here.
  func broadcast(_ bytes: inout [UInt8]) throws(CollectiveError)

  /// Replaces `values`, as many on each rank, by those of rank 0.
  func broadcast(_ values: UnsafeMutableBufferPointer<Float>) throws(CollectiveError)

  /// Returns when all ranks have called it.
  func barrier() throws(CollectiveError)

  /// Ends the common work in good order; the last call. A process that ends without it tells the
  /// launcher that something went wrong, and the launcher ends the others.
  func leave() throws(CollectiveError)
}

/// Why the ranks cannot work together, in words for the user.
public struct CollectiveError: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension Collective {
  /// Whether any rank says yes. All ranks get the same answer.
  public func any(_ flag: Bool) throws(CollectiveError) -> Bool {
    var flags = [flag ? 1.0 : 0]
    try sum(&flags)
    return flags[0] > 0
  }

  /// The ranks whose `bytes` (a hash, for instance) are not those of rank 0, in order; the same list
  /// on every rank.
  public func ranksThatDiffer(_ bytes: [UInt8]) throws(CollectiveError) -> [Int] {
    var first = bytes
    try broadcast(&first)
    var differs = [Double](repeating: 0, count: count)
    if first != bytes { differs[rank] = 1 }
    try sum(&differs)
    return (0..<count).filter { differs[$0] > 0 }
  }

  /// This rank's share of `items` things: consecutive, sizes differing by at most one, all shares
  /// together 0 ..< items.
  public func share(of items: Int) -> Range<Int> {
    items * rank / count..<items * (rank + 1) / count
  }
}

/// A single process: nothing to add up, nobody to wait for.
public final class Alone: Collective {
  public let rank = 0
  public let count = 1
  public let transport = "none"

  public init() {}

  public func startSum(_ values: UnsafeMutableBufferPointer<Float>) {}
  public func progress() {}
  public func finishSums() {}
  public func sum(_ values: inout [Double]) {}
  public func broadcast(_ bytes: inout [UInt8]) {}
  public func broadcast(_ values: UnsafeMutableBufferPointer<Float>) {}
  public func barrier() {}
  public func leave() {}
}
