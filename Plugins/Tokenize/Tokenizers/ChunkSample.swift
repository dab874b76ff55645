import CounterRandom
import DNA

/// Chunks of known bases, drawn at random from all that come by, in memory of the sample's size.
///
/// Each chunk has a random number, named by seed and position among the chunks; those with the smallest numbers
/// are the sample. So every set of chunks is as likely as any other, one reading of the files is enough, and
/// the sample is the same in each run.
struct ChunkSample {
  private struct Chunk {
    let key: UInt64
    let index: Int
    let codes: [UInt8]
  }

  private let size: Int
  private let most: Int
  private let seed: UInt64
  /// A heap, the largest key first.
  private var chosen: [Chunk] = []
  private var current: [UInt8] = []
  /// How many chunks there were.
  private(set) var offered = 0
  /// How many known bases there were.
  private(set) var bases = 0

  /// - Parameters:
  ///   - size: bases of a chunk; the last of a stretch may be shorter.
  ///   - bases: how many to choose, rounded up to chunks; all where it is 0.
  init(size: Int, bases: Int, seed: UInt64) {
    self.size = size
    most = bases == 0 ? .max : (bases + size - 1) / size
    self.seed = seed
  }

  /// Ends a stretch: the next base belongs to another chunk.
  mutating func endStretch() {
    // A base alone has no neighbour to be merged with.
    if current.count > 1 { offer() }
    current.removeAll(keepingCapacity: true)
  }

  /// Adds the next bases of a stretch; unknown ones end it.
  mutating func append(_ codes: UnsafeBufferPointer<UInt8>) {
    for code in codes {
      if code >= Base.unknown {
        endStretch()
      } else {
        current.append(code)
        bases += 1
        if current.count == size {
          offer()
          current.removeAll(keepingCapacity: true)
        }
      }
    }
  }

  /// The chosen chunks, in the order in which they came.
  mutating func finish() -> [[UInt8]] {
    endStretch()
    return chosen.sorted { $0.index < $1.index }.map(\.codes)
  }

  private mutating func offer() {
    var random = RandomSequence(seed, UInt64(offered))
    let key = random.next()
    let index = offered
    offered += 1
    if chosen.count < most {
      chosen.append(Chunk(key: key, index: index, codes: current))
      siftUp()
    } else if let largest = chosen.first, key < largest.key {
      chosen[0] = Chunk(key: key, index: index, codes: current)
      siftDown()
    }
  }

  private mutating func siftUp() {
    guard most < .max else { return }
    var child = chosen.count - 1
    while child > 0, chosen[child].key > chosen[(child - 1) / 2].key {
      chosen.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < chosen.count else { return }
      if child + 1 < chosen.count, chosen[child + 1].key > chosen[child].key { child += 1 }
      guard chosen[child].key > chosen[parent].key else { return }
      chosen.swapAt(child, parent)
      parent = child
    }
  }
}
