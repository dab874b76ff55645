import Testing

@testable import Genome

/// A bigBed or bigWig under test: chromosomes `chr1` of 100,000 bases and `chr2` of 5,000, an index of two
/// levels, blocks as given.
struct IndexedContent {
  /// A block, inflated.
  struct Block {
    var chromosome: UInt32
    var start: UInt32
    var end: UInt32
    var content: [UInt8]
  }

  var isBigEndian = false
  var isCompressed = true
  var blocks: [Block] = []
  var description = ""
  /// Where parts of the last content made stand.
  private(set) var chromosomesAt = 0
  private(set) var indexAt = 0
  private(set) var blocksAt: [Int] = []

  /// The file's bytes.
  mutating func make(_ magic: UInt32) -> BinaryContent {
    var file = BinaryContent(bytes: Array(repeating: 0, count: 64), isBigEndian: isBigEndian)
    let descriptionAt = description.isEmpty ? 0 : file.bytes.count
    if !description.isEmpty { file.bytes += Array(description.utf8) + [0] }
    chromosomesAt = file.bytes.count
    for number in [0x78CA_8C91, 2, 4, 8] as [UInt32] { file.add(number) }
    for number in [2, 0] as [UInt64] { file.add(number) }
    file.bytes += [1, 0]
    file.add(UInt16(2))
    for (name, identifier, length) in [("chr1", 0, 100_000), ("chr2", 1, 5_000)] {
      file.bytes += Array(name.utf8)
      file.add(UInt32(identifier))
      file.add(UInt32(length))
    }
    file.add(UInt64(blocks.count))
    blocksAt = []
    var sizes: [Int] = []
    for block in blocks {
      let packed = isCompressed ? BinaryContent.deflated(block.content) : block.content
      blocksAt.append(file.bytes.count)
      sizes.append(packed.count)
      file.bytes += packed
    }
    indexAt = file.bytes.count
    addIndex(sizes, to: &file)
    file.put(magic, at: 0)
    file.put(UInt16(4), at: 4)
    file.put(UInt64(chromosomesAt), at: 8)
    file.put(UInt64(indexAt), at: 24)
    file.put(UInt16(6), at: 32)
    file.put(UInt16(4), at: 34)
    file.put(UInt64(descriptionAt), at: 36)
    let largest = blocks.map(\.content.count).max() ?? 0
    file.put(UInt32(isCompressed ? largest : 0), at: 52)
    return file
  }

  /// A root with a leaf of its own for each block.
  private func addIndex(_ sizes: [Int], to file: inout BinaryContent) {
    for number in [0x2468_ACE0, 1] as [UInt32] { file.add(number) }
    file.add(UInt64(blocks.count))
    for number in [0, 0, 1, 5_000] as [UInt32] { file.add(number) }
    file.add(UInt64(indexAt))
    for number in [1, 0] as [UInt32] { file.add(number) }
    file.bytes += [0, 0]
    file.add(UInt16(blocks.count))
    let leaves = file.bytes.count + 24 * blocks.count
    for (position, block) in blocks.enumerated() {
      for number in [block.chromosome, block.start, block.chromosome, block.end] {
        file.add(number)
      }
      file.add(UInt64(leaves + 36 * position))
    }
    for (position, block) in blocks.enumerated() {
      file.bytes += [1, 0]
      file.add(UInt16(1))
      for number in [block.chromosome, block.start, block.chromosome, block.end] {
        file.add(number)
      }
      file.add(UInt64(blocksAt[position]))
      file.add(UInt64(sizes[position]))
    }
  }
}

extension IndexedContent.Block {
  /// A bigWig's values, each with its start and end.
  static func bedGraph(
    _ chromosome: UInt32, _ values: [(start: UInt32, end: UInt32, value: Float)],
    isBigEndian: Bool = false
  ) -> Self {
    section(chromosome, values[0].start, values[values.count - 1].end, form: 1, isBigEndian) {
      for value in values {
        $0.add(value.start)
        $0.add(value.end)
        $0.add(value.value)
      }
    } count: {
      values.count
    }
  }

  static func variableStep(
    _ chromosome: UInt32, span: UInt32, _ values: [(start: UInt32, value: Float)],
    isBigEndian: Bool = false
  ) -> Self {
    section(
      chromosome, values[0].start, values[values.count - 1].start + span, span: span, form: 2,
      isBigEndian
    ) {
      for value in values {
        $0.add(value.start)
        $0.add(value.value)
      }
    } count: {
      values.count
    }
  }

  static func fixedStep(
    _ chromosome: UInt32, start: UInt32, step: UInt32, span: UInt32, _ values: [Float],
    isBigEndian: Bool = false
  ) -> Self {
    section(
      chromosome, start, start + step * UInt32(values.count), step: step, span: span, form: 3,
      isBigEndian
    ) {
      for value in values { $0.add(value) }
    } count: {
      values.count
    }
  }

  private static func section(
    _ chromosome: UInt32, _ start: UInt32, _ end: UInt32, step: UInt32 = 0, span: UInt32 = 0,
    form: UInt8, _ isBigEndian: Bool, _ values: (inout BinaryContent) -> Void, count: () -> Int
  ) -> Self {
    var content = BinaryContent(isBigEndian: isBigEndian)
    for number in [chromosome, start, end, step, span] { content.add(number) }
    content.bytes += [form, 0]
    content.add(UInt16(count()))
    values(&content)
    return Self(chromosome: chromosome, start: start, end: end, content: content.bytes)
  }

  /// A bigBed's block.
  static func rows(
    _ chromosome: UInt32, _ rows: [(start: UInt32, end: UInt32, rest: String)],
    isBigEndian: Bool = false
  ) -> Self {
    var content = BinaryContent(isBigEndian: isBigEndian)
    for row in rows {
      content.add(chromosome)
      content.add(row.start)
      content.add(row.end)
      content.bytes += Array(row.rest.utf8) + [0]
    }
    return Self(
      chromosome: chromosome, start: rows[0].start, end: rows.map(\.end).max() ?? 0,
      content: content.bytes)
  }
}
