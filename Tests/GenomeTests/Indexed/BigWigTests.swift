import DNA
import FlowTesting
import Testing

@testable import Genome

@Suite struct BigWigTests {
  /// Values in all three forms on chr1, two on chr2.
  static func content(isBigEndian: Bool = false, isCompressed: Bool = true) -> IndexedContent {
    typealias Block = IndexedContent.Block
    let big = isBigEndian
    let blocks = [
      Block.bedGraph(0, [(0, 5, 1), (100, 126, 2)], isBigEndian: big),
      Block.variableStep(0, span: 20, [(500, 3), (635, 4)], isBigEndian: big),
      Block.fixedStep(0, start: 900, step: 30, span: 20, [5, 6, 7], isBigEndian: big),
      Block.bedGraph(1, [(4_990, 5_000, 8)], isBigEndian: big),
    ]
    return IndexedContent(isBigEndian: big, isCompressed: isCompressed, blocks: blocks)
  }

  /// The values of chr1 as `content` tells them.
  static let chr1: [Float] = {
    var values = [Float](repeating: .nan, count: 1_100)
    let stored: [(start: Int, end: Int)] = [
      (0, 5), (100, 126), (500, 520), (635, 655), (900, 920), (930, 950), (960, 980),
    ]
    for (position, bases) in stored.enumerated() {
      for base in bases.start..<bases.end { values[base] = Float(position + 1) }
    }
    return values
  }()

  static func open(_ content: BinaryContent) throws -> BigWig {
    try BigWig(content.bytes.withUnsafeBytes { BinaryFile(content: $0, path: "x.bw") })
  }

  static func open(_ content: IndexedContent) throws -> BigWig {
    var content = content
    return try open(content.make(BigWig.signature))
  }

  static func values(
    _ file: BigWig, _ chromosome: String, _ interval: Interval
  ) throws -> [Float] {
    var values = [Float](repeating: -1, count: interval.length)
    try values.withUnsafeMutableBufferPointer {
      try file.values(on: chromosome, in: interval, into: $0)
    }
    return values
  }

  @Test(arguments: [false, true], [false, true])
  func allFormsAreReadInBothByteOrders(isBigEndian: Bool, isCompressed: Bool) throws {
    let file = try Self.open(Self.content(isBigEndian: isBigEndian, isCompressed: isCompressed))
    #expect(
      file.chromosomes == [
        Chromosome(name: "chr1", length: 100_000), Chromosome(name: "chr2", length: 5_000),
      ])
    let values = try Self.values(file, "chr1", Interval(0, 1_100))
    #expect(values.elementsEqual(Self.chr1) { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(try Self.values(file, "chr2", Interval(4_988, 4_992)).suffix(2) == [8, 8])
  }

  @Test func meansOfValuesThatLieOverEachOtherAreRefused() throws {
    typealias Block = IndexedContent.Block
    let twice = [Block.bedGraph(0, [(0, 90_000, 1), (0, 90_000, 2)], isBigEndian: false)]
    let file = try Self.open(IndexedContent(blocks: twice))
    let told = message { _ = try file.means(on: "chr1", in: Interval(0, 100_000), bins: 9) }
    #expect(told.contains("x.bw: bases of chr1 have more than one value each"), "told: \(told)")
  }

  @Test func windowsOfABatchAreWhatEachIsAlone() throws {
    let file = try Self.open(Self.content())
    let length = 64
    // Out of order, overlapping, twice the same, beyond both ends of the chromosome.
    let starts = [910, 0, 890, 3, 90, 90, 480, 600, 99_980, -40, 1_000]
    var windows = starts.map { BigWig.Window(chromosome: 0, start: $0) }
    windows.insert(BigWig.Window(chromosome: 1, start: 4_970), at: 3)
    var batch = [Float](repeating: 0, count: windows.count * length)
    try batch.withUnsafeMutableBufferPointer {
      try file.values(of: windows, length: length, into: $0, missing: -1)
    }
    let chr2 = (4_970..<5_034).map { (4_990..<5_000).contains($0) ? Float(8) : -1 }
    func value(_ base: Int) -> Float {
      Self.chr1.indices.contains(base) && !Self.chr1[base].isNaN ? Self.chr1[base] : -1
    }
    for (row, window) in windows.enumerated() {
      let expected =
        window.chromosome == 1 ? chr2 : (window.start..<window.start + length).map(value)
      #expect(
        Array(batch[row * length..<(row + 1) * length]) == expected, "window at \(window.start)")
    }
  }

  @Test func meansAreOverTheBasesWithAValue() throws {
    let file = try Self.open(Self.content())
    // 90 ..< 130 in parts of 13 or 14 bases: only the middle of it has values.
    let means = try file.means(on: "chr1", in: Interval(90, 130), bins: 3)
    #expect(means == [2, 2, 2])
    // Of 0 ..< 102, 5 bases have 1 and 2 have 2.
    #expect(try file.means(on: "chr1", in: Interval(0, 102), bins: 1) == [9.0 / 7])
    #expect(try file.means(on: "chr1", in: Interval(5, 100), bins: 2).allSatisfy(\.isNaN))
  }

  @Test func whatIsNotThereIsTold() throws {
    let file = try Self.open(Self.content())
    let name = message { _ = try Self.values(file, "1", Interval(0, 1)) }
    #expect(name.contains("x.bw: no chromosome '1': the sequence calls it 'chr1'"), "told: \(name)")
    let end = message { _ = try Self.values(file, "chr2", Interval(4_990, 5_001)) }
    #expect(end.contains("chr2:4991-5001 reaches past the end of chr2, which has 5000 bases"))
  }

  @Test func aDamagedBlockIsToldWithItsByte() throws {
    var content = Self.content()
    var bytes = content.make(BigWig.signature)
    let block = content.blocksAt[1]
    // The last byte of its checksum.
    bytes.bytes[content.blocksAt[2] - 1] ^= 0xFF
    let file = try Self.open(bytes)
    let told = message { _ = try Self.values(file, "chr1", Interval(500, 501)) }
    #expect(told.contains("x.bw: byte \(block): damaged compressed data"), "told: \(told)")
    // The other blocks are still read.
    #expect(try Self.values(file, "chr1", Interval(0, 1)) == [1])
  }

  @Test func aBlockLargerThanAnnouncedIsRefused() throws {
    var content = Self.content()
    var bytes = content.make(BigWig.signature)
    bytes.put(UInt32(30), at: 52)
    let file = try Self.open(bytes)
    let told = message { _ = try Self.values(file, "chr1", Interval(0, 1)) }
    #expect(told.contains("inflates to more than the 30 bytes announced"), "told: \(told)")
    bytes.put(UInt32.max, at: 52)
    #expect(message { _ = try Self.open(bytes) }.contains("byte 52: blocks of 4294967295 bytes"))
  }

  @Test func anIndexThatLeadsInACircleIsRefused() throws {
    var content = Self.content()
    var bytes = content.make(BigWig.signature)
    let root = content.indexAt + 48
    for item in 0..<4 { bytes.put(UInt64(root), at: root + 4 + 24 * item + 16) }
    let file = try Self.open(bytes)
    let told = message { _ = try Self.values(file, "chr1", Interval(0, 1)) }
    #expect(told.contains("the index leads in a circle"), "told: \(told)")
  }

  @Test func aCutFileNeverGivesOtherValues() throws {
    var content = Self.content()
    let whole = content.make(BigWig.signature)
    for size in stride(from: 0, to: whole.bytes.count, by: 7) {
      let cut = BinaryContent(bytes: Array(whole.bytes.prefix(size)))
      let told = message {
        let file = try Self.open(cut)
        for chromosome in file.chromosomes {
          _ = try Self.values(file, chromosome.name, Interval(0, 5_000))
        }
      }
      #expect(told.contains("x.bw: byte "), "\(size) bytes: \(told)")
    }
  }

  @Test func aFileCutOffInItsZoomLevelsIsRefused() {
    var content = Self.content()
    var bytes = content.make(BigWig.signature)
    bytes.put(UInt16(1), at: 6)
    // Stands where the header of a zoom level would: any number past the end.
    bytes.put(UInt64(bytes.bytes.count), at: 80)
    let told = message { _ = try Self.open(bytes) }
    #expect(told.contains("the index of zoom level 1 needs 4 bytes here"), "told: \(told)")
  }
}
