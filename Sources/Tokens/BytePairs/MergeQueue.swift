/// Merging by the book: of all joinable neighbours the earliest merge, and among those the leftmost, first.
///
/// This is the definition that the faster `BytePairEncoder` is built from and tested against. It needs time
/// proportional to n log n.
struct MergeQueue {
  private struct Candidate {
    let rank: Int32
    let place: Int32
    let left, right: Int32

    func precedes(_ other: Candidate) -> Bool {
      rank != other.rank ? rank < other.rank : place < other.place
    }
  }

  private let merges: [BytePairModel.Merge]
  private let table: MergeTable

  init(_ merges: [BytePairModel.Merge], _ table: MergeTable) {
    self.merges = merges
    self.table = table
  }

  /// A token as merged, with the merge that made it.
  struct Merged: Equatable {
    let id: Int32
    /// Symbols that it was made of.
    let length: Int
    /// The rank of the last merge; nil for a symbol that was left alone.
    let rank: Int32?
  }

  /// Merges a row of symbols until nothing can be merged.
  func merge(_ symbols: [Int32]) -> [Merged] {
    var ids = symbols
    var ranks = [Int32?](repeating: nil, count: symbols.count)
    // A place that was joined to the one before has no next; links skip it.
    var next = (0..<symbols.count).map { $0 + 1 }
    var previous = (0..<symbols.count).map { $0 - 1 }
    var isAlive = [Bool](repeating: true, count: symbols.count)
    var heap: [Candidate] = []
    func offer(_ place: Int) {
      guard place >= 0, next[place] < ids.count else { return }
      let (left, right) = (ids[place], ids[next[place]])
      guard let rank = table.rank(left, right) else { return }
      push(Candidate(rank: rank, place: Int32(place), left: left, right: right), on: &heap)
    }
    for place in symbols.indices { offer(place) }
    while let candidate = pop(&heap) {
      let place = Int(candidate.place)
      guard isAlive[place], ids[place] == candidate.left, next[place] < ids.count,
        ids[next[place]] == candidate.right
      else { continue }
      let gone = next[place]
      isAlive[gone] = false
      ids[place] = merges[Int(candidate.rank)].result
      ranks[place] = candidate.rank
      next[place] = next[gone]
      if next[place] < ids.count { previous[next[place]] = place }
      offer(previous[place])
      offer(place)
    }
    return symbols.indices.filter { isAlive[$0] }.map {
      Merged(id: ids[$0], length: next[$0] - $0, rank: ranks[$0])
    }
  }

  private func push(_ candidate: Candidate, on heap: inout [Candidate]) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private func pop(_ heap: inout [Candidate]) -> Candidate? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return first }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(heap[parent]) else { return first }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
