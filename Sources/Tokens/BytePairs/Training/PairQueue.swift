/// Pairs by count, the most frequent first, and of equally frequent ones the one with the smaller ids.
///
/// A heap of pairs with the counts that they had when they came in; whoever takes the first compares. Most
/// pairs are rare and never merged, so only pairs from `floor` on are let in; the others wait in `PairCounts`
/// until the heap is empty and the floor is lowered.
struct PairQueue {
  /// The count in the high half, the pair's complement in the low: larger is earlier.
  private var heap: [UInt64] = []
  /// The smallest count that has a place.
  private(set) var floor: Int32

  init(floor: Int32) { self.floor = max(1, floor) }

  /// Puts a pair in, or lets it wait.
  mutating func offer(_ pair: Pair, _ count: Int32, _ counts: inout PairCounts) {
    guard count > 0 else { return }
    if count < floor {
      counts.wait(pair, true)
    } else {
      push(UInt64(UInt32(count)) << 32 | UInt64(~pair))
    }
  }

  /// Takes the most frequent pair; nil where no pair is left that stands in the text.
  mutating func popMostFrequent(_ counts: inout PairCounts) -> (pair: Pair, count: Int32)? {
    while true {
      guard let top = pop() else {
        guard floor > 1 else { return nil }
        floor = max(1, floor / 4)
        for (pair, count) in counts.release(from: floor) { offer(pair, count, &counts) }
        continue
      }
      let pair = ~Pair(truncatingIfNeeded: top)
      let count = counts[pair]
      if count == Int32(truncatingIfNeeded: top >> 32) { return (pair, count) }
      offer(pair, count, &counts)
    }
  }

  private mutating func push(_ value: UInt64) {
    heap.append(value)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] > heap[parent] else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func pop() -> UInt64? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] > heap[child] { child += 1 }
      guard heap[child] > last else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = last
    return first
  }
}
