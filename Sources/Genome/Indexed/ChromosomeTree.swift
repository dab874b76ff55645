import DNA

/// The chromosomes of a bigBed or bigWig, read from their B+ tree.
struct ChromosomeTree: Sendable {
  /// Names and lengths in the order of the tree, which is that of the names.
  private(set) var all: [Chromosome] = []
  /// By position in `all`: the number that stands for the chromosome in the index and the data.
  private(set) var identifiers: [Int] = []
  private var positions: [String: Int] = [:]

  static let signature = 0x78CA_8C91
  /// See `TwoBit.mostSequences`.
  static let mostChromosomes = 1 << 18
  static let longestName = 1 << 10
  static let mostBytesOfNames = 1 << 24
  private static let deepest = 16

  init(_ numbers: BinaryNumbers, at offset: Int) throws(GenomeError) {
    let file = numbers.file
    guard try numbers.uint32(at: offset, "the chromosomes") == ChromosomeTree.signature else {
      throw file.error("the chromosomes are not here; the file is damaged", at: offset)
    }
    let keySize = try numbers.uint32(at: offset + 8, "the length of a name")
    let valueSize = try numbers.uint32(at: offset + 12, "the size of a chromosome's entry")
    let count = try numbers.uint64(at: offset + 16, "the number of chromosomes")
    guard (1...ChromosomeTree.longestName).contains(keySize) || count == 0, valueSize == 8,
      count <= ChromosomeTree.mostChromosomes,
      count * keySize <= ChromosomeTree.mostBytesOfNames
    else {
      throw file.error(
        "\(count) chromosomes with names of \(keySize) bytes and entries of \(valueSize); the file is "
          + "damaged", at: offset + 8)
    }
    if count > 0 {
      try read(numbers, node: offset + 32, keySize: keySize, expected: count, depth: 0)
    }
    guard all.count == count else {
      throw file.error(
        "\(all.count) chromosomes where \(count) are announced; the file is damaged",
        at: offset + 16)
    }
  }

  private mutating func read(
    _ numbers: BinaryNumbers, node: Int, keySize: Int, expected: Int, depth: Int
  ) throws(GenomeError) {
    let file = numbers.file
    let isLeaf = try numbers.uint8(at: node, "a node of chromosomes") != 0
    let count = try numbers.uint16(at: node + 2, "a node of chromosomes")
    // As every node leads to a chromosome, the number announced bounds the work, even in a circle.
    guard depth < ChromosomeTree.deepest, count > 0 else {
      throw file.error("the tree of chromosomes is damaged", at: node)
    }
    let size = keySize + 8
    try file.require(count * size, at: node + 4, for: "a node of chromosomes")
    for item in 0..<count {
      let at = node + 4 + item * size
      guard isLeaf else {
        let child = try numbers.uint64(at: at + keySize, "the place of a node")
        try read(numbers, node: child, keySize: keySize, expected: expected, depth: depth + 1)
        continue
      }
      let name = String(
        decoding: file.bytes[at..<at + keySize].prefix { $0 != 0 }, as: UTF8.self)
      guard all.count < expected else {
        throw file.error("more chromosomes than the \(expected) announced", at: at)
      }
      guard positions.updateValue(all.count, forKey: name) == nil else {
        throw file.error("a second chromosome named '\(name)'", at: at)
      }
      identifiers.append(try numbers.uint32(at: at + keySize, "a chromosome's number"))
      all.append(
        Chromosome(
          name: name, length: try numbers.uint32(at: at + keySize + 4, "a chromosome's length")))
    }
  }

  /// The position in `all` of the chromosome called `name`.
  func position(of name: String) -> Int? { positions[name] }
}
