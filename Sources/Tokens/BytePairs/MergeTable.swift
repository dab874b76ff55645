/// The merge of two neighbours, by their ids: open addressing over flat arrays.
///
/// It is asked several times for each token of a genome, which a general dictionary would make the most
/// expensive thing that an encoder does.
struct MergeTable: Sendable {
  /// Left id in the high half, right id in the low; an empty place is `UInt64.max`.
  private var keys: [UInt64]
  private var ranks: [Int32]
  private let mask: Int

  /// Where a pair is given twice, the later counts.
  init(_ merges: [BytePairModel.Merge]) {
    var size = 16
    while size < 3 * merges.count { size *= 2 }
    keys = [UInt64](repeating: .max, count: size)
    ranks = [Int32](repeating: -1, count: size)
    mask = size - 1
    for (rank, merge) in merges.enumerated() {
      let key = MergeTable.key(merge.left, merge.right)
      var place = MergeTable.place(key) & mask
      while keys[place] != .max && keys[place] != key { place = (place + 1) & mask }
      keys[place] = key
      ranks[place] = Int32(rank)
    }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Multiplicative hashing with the golden ratio (Knuth, TAOCP 3, 6.4).
  private static func place(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }

  /// The rank of the merge that joins the two; nil where none does.
  @inline(__always)
  func rank(_ left: Int32, _ right: Int32) -> Int32? {
    let key = MergeTable.key(left, right)
    var place = MergeTable.place(key) & mask
    while true {
      let found = keys[place]
      if found == key { return ranks[place] }
      if found == .max { return nil }
      place = (place + 1) & mask
    }
  }
}
