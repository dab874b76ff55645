/// Two neighbours in a text that is being merged, as one number: the left token in the high half.
typealias Pair = UInt32

extension Pair {
  init(_ left: UInt16, _ right: UInt16) { self = UInt32(left) << 16 | UInt32(right) }
  var left: UInt16 { UInt16(truncatingIfNeeded: self >> 16) }
  var right: UInt16 { UInt16(truncatingIfNeeded: self) }
}

/// How often each pair stands in the text.
///
/// Open addressing over flat arrays: a training counts tens of millions of changes, each somewhere in a table
/// of some hundred megabytes, so what counts is to touch one line of memory for each.
struct PairCounts {
  struct Entry {
    var pair: Pair
    var count: Int32
    /// Whether the pair is to be merged once, but has no place in the queue yet.
    var isWaiting = false
  }

  /// No pair: both tokens are separators.
  private static let none = Pair.max
  private var entries: [Entry]
  private var used = 0
  private var shift: UInt32

  init() {
    let bits: UInt32 = 12
    entries = [Entry](repeating: Entry(pair: PairCounts.none, count: 0), count: 1 << Int(bits))
    shift = 32 - bits
  }

  /// How often a pair stands in the text; 0 for one that never did.
  subscript(pair: Pair) -> Int32 { entries[place(pair)].count }

  /// Adds to a pair's count.
  ///
  /// - Returns: the new count.
  @discardableResult
  mutating func add(_ change: Int32, to pair: Pair) -> Int32 {
    var at = place(pair)
    if entries[at].pair == PairCounts.none {
      if 2 * (used + 1) > entries.count {
        grow()
        at = place(pair)
      }
      used += 1
      entries[at].pair = pair
    }
    entries[at].count += change
    return entries[at].count
  }

  /// Says whether a pair waits for a place in the queue.
  mutating func wait(_ pair: Pair, _ isWaiting: Bool) { entries[place(pair)].isWaiting = isWaiting }

  /// Pairs that wait and stand in the text at least `floor` times; they wait no longer.
  mutating func release(from floor: Int32) -> [(Pair, Int32)] {
    var released: [(Pair, Int32)] = []
    for at in entries.indices where entries[at].isWaiting && entries[at].count >= floor {
      entries[at].isWaiting = false
      released.append((entries[at].pair, entries[at].count))
    }
    return released
  }

  /// Where a pair is, or would be put. Multiplicative hashing with the golden ratio (Knuth, TAOCP 3, 6.4).
  private func place(_ pair: Pair) -> Int {
    let mask = entries.count - 1
    var at = Int((pair &* 0x9E37_79B9) >> shift)
    while entries[at].pair != pair, entries[at].pair != PairCounts.none { at = (at + 1) & mask }
    return at
  }

  private mutating func grow() {
    let old = entries
    entries = [Entry](
      repeating: Entry(pair: PairCounts.none, count: 0), count: 2 * old.count)
    shift -= 1
    for entry in old where entry.pair != PairCounts.none { entries[place(entry.pair)] = entry }
  }
}
