import DNA

/// The R-tree of a bigBed or bigWig: which blocks of data hold what overlaps a stretch of a chromosome.
///
/// It stays in the file and is walked there: a query reads the few nodes on its way, and the tree of a
/// whole genome's values at each base, 3 million blocks, takes no memory.
struct BlockTree: Sendable {
  /// A block's bytes in the file.
  struct Block {
    let offset: Int
    let size: Int
  }

  static let signature = 0x2468_ACE0
  private static let deepest = 24

  private let numbers: BinaryNumbers
  private let root: Int

  init(_ numbers: BinaryNumbers, at offset: Int) throws(GenomeError) {
    guard try numbers.uint32(at: offset, "the index") == BlockTree.signature else {
      throw numbers.file.error("the index is not here; the file is damaged", at: offset)
    }
    self.numbers = numbers
    root = offset + 48
  }

  /// Calls `body` with each block that may hold items overlapping `wanted`, in the order of the index.
  ///
  /// - Parameters:
  ///   - chromosome: its number in the file.
  ///   - wanted: merged and sorted.
  /// - Throws: `GenomeError` with the byte where the index is damaged; whatever `body` throws.
  func forEachBlock(
    on chromosome: Int, overlapping wanted: [Interval], _ body: (Block) throws -> Void
  ) throws {
    guard !wanted.isEmpty else { return }
    var walk = Walk(numbers: numbers, chromosome: UInt32(chromosome), wanted: wanted)
    try walk.visit(root, depth: 0, body)
  }

  /// One query. What an honest index cannot do is refused, so that work is bounded by the file's size: to
  /// visit more entries than the file has room for, to hand out more bytes of data than there are.
  private struct Walk {
    let numbers: BinaryNumbers
    let chromosome: UInt32
    let wanted: [Interval]
    private var entries = 0
    private var bytes = 0

    init(numbers: BinaryNumbers, chromosome: UInt32, wanted: [Interval]) {
      self.numbers = numbers
      self.chromosome = chromosome
      self.wanted = wanted
    }

    mutating func visit(_ node: Int, depth: Int, _ body: (Block) throws -> Void) throws {
      let file = numbers.file
      let isLeaf = try numbers.uint8(at: node, "a node of the index") != 0
      let count = try numbers.uint16(at: node + 2, "a node of the index")
      let size = isLeaf ? 32 : 24
      try file.require(count * size, at: node + 4, for: "a node of the index")
      entries += count + 1
      guard depth < BlockTree.deepest, entries <= file.size / 4 else {
        throw file.error("the index leads in a circle; the file is damaged", at: node)
      }
      for item in 0..<count {
        let at = node + 4 + item * size
        guard overlaps(at) else { continue }
        let target = try numbers.uint64(at: at + 16, "the place of a block")
        guard isLeaf else {
          try visit(target, depth: depth + 1, body)
          continue
        }
        let block = Block(offset: target, size: try numbers.uint64(at: at + 24, "a block's size"))
        try file.require(block.size, at: block.offset, for: "a block of data")
        bytes += block.size
        guard bytes <= file.size else {
          throw file.error("the index names a block of data twice", at: at + 16)
        }
        try body(block)
      }
    }

    /// Whether the entry at `at`, whose bytes are there, reaches into `wanted`.
    private func overlaps(_ at: Int) -> Bool {
      let first = numbers.unchecked(UInt32.self, at: at)
      let last = numbers.unchecked(UInt32.self, at: at + 8)
      guard first <= chromosome, chromosome <= last else { return false }
      let start = first < chromosome ? 0 : Int(numbers.unchecked(UInt32.self, at: at + 4))
      let end = last > chromosome ? Int.max : Int(numbers.unchecked(UInt32.self, at: at + 12))
      let next = wanted.firstPosition(endingAfter: start)
      return next < wanted.count && wanted[next].start < end
    }
  }
}
