/// The merge of two neighbours, by their ids: open addressing over flat memory.
///
/// It is asked several times for each token of a genome, mostly in vain. So an entry is one word, its place is
/// empty half of the time, and nothing is checked or counted on the way.
final class MergeTable: @unchecked Sendable {
  /// The ids of both tokens, 20 bits each, above the rank of their merge; an empty place is `UInt64.max`.
  /// Written by `init` alone.
  private let entries: UnsafeMutableBufferPointer<UInt64>
  private let shift: UInt64
  private static let bits: UInt64 = 20

  /// Where a pair is given twice, the later counts.
  ///
  /// - Precondition: ids and ranks are below `BytePairModel.mostTokens`.
  init(_ merges: [BytePairModel.Merge]) {
    precondition(BytePairModel.mostTokens < 1 << Int(MergeTable.bits), "ids have 20 bits")
    var log: UInt64 = 4
    while 1 << log < 2 * merges.count { log += 1 }
    entries = .allocate(capacity: 1 << Int(log))
    entries.initialize(repeating: .max)
    shift = 64 - log
    for (rank, merge) in merges.enumerated() {
      let key = MergeTable.key(merge.left, merge.right)
      var place = Int(truncatingIfNeeded: MergeTable.hash(key) >> shift)
      while entries[place] != .max && entries[place] >> MergeTable.bits != key {
        place = (place + 1) & (entries.count - 1)
      }
      entries[place] = key << MergeTable.bits | UInt64(rank)
    }
  }

  deinit { entries.deallocate() }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(truncatingIfNeeded: left) << bits | UInt64(truncatingIfNeeded: right)
  }

  /// Multiplicative hashing with the golden ratio (Knuth, TAOCP 3, 6.4).
  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 { key &* 0x9E37_79B9_7F4A_7C15 }

  /// The rank of the merge that joins the two; nil where none does.
  @inline(__always)
  func rank(_ left: Int32, _ right: Int32) -> Int32? {
    let key = MergeTable.key(left, right)
    var place = Int(truncatingIfNeeded: MergeTable.hash(key) >> shift)
    while true {
      let entry = entries[place]
      if entry >> MergeTable.bits == key {
        return Int32(truncatingIfNeeded: entry & (1 << MergeTable.bits - 1))
      }
      if entry == .max { return nil }
      place = (place &+ 1) & (entries.count &- 1)
    }
  }
}
