import DNA
import Files
import FlowTesting
import Testing

@testable import Genome

@Suite struct SequenceFileTests {
  static func read(_ path: String) throws -> [String: [UInt8]] {
    var sequences: [String: [UInt8]] = [:]
    var name = ""
    try SequenceFile.open(path).read {
      name = $0
      sequences[name] = []
    } bases: {
      sequences[name]?.append(contentsOf: $0)
    }
    return sequences
  }

  @Test func twoBitAndFASTAGiveTheSameCodes() throws {
    let folder = try TemporaryDirectory()
    // The names say the opposite of the contents.
    let twoBit = try folder.write("a.fa", TwoBitTests.content().bytes)
    let fasta = try folder.write("a.2bit", ">one\nGANNNCAGATT\nACAG\n>two\nACGT\n")
    #expect(try Self.read(twoBit) == Self.read(fasta))
  }

  /// Blocks of 40 bytes and the empty last one, as bgzip writes them.
  static func bgzip(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var pieces = stride(from: 0, to: bytes.count, by: 40).map {
      Array(bytes[$0..<min($0 + 40, bytes.count)])
    }
    pieces.append([])
    return pieces.flatMap { piece -> [UInt8] in
      let zlib = BinaryContent.deflated(piece)
      // Without zlib's header and check; a block of its own with gzip's.
      let deflate = zlib.dropFirst(2).dropLast(4)
      var block = BinaryContent(bytes: [
        0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, 6, 0, 0x42, 0x43, 2, 0,
      ])
      block.add(UInt16(deflate.count + 25))
      block.bytes += deflate
      block.add(BinaryContent.checksum(piece))
      block.add(UInt32(piece.count))
      return block.bytes
    }
  }

  @Test func blocksOfBgzipAreOneText() throws {
    let folder = try TemporaryDirectory()
    let text = ">one\n" + String(repeating: "GATTACAGATTACA\n", count: 30) + ">two\nACGT\n"
    let packed = Self.bgzip(text)
    let path = try folder.write("a.fa.gz", packed)
    #expect(try Compression(of: path) == .bgzip)
    #expect(try Self.read(path) == Self.read(folder.write("a.fa", text)))
    let file = try IndexedFASTA(path)
    #expect(try file.letters(on: "one", in: Interval(200, 214)) == Array("ACAGATTACAGATT".utf8))
    #expect(try Path.list(folder.path) == ["a.fa", "a.fa.gz"])
  }

  @Test func anIndexOfBlocksThatLiesAboutItsLengthIsRefused() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa.gz", Self.bgzip(">one\nGATTACA\n"))
    try folder.write("a.fa.gz.fai", "one\t7\t5\t7\t8\n")
    // As many pairs as make their size overflow to 16 bytes.
    var index = BinaryContent()
    index.add(UInt64(1) << 60)
    try folder.write("a.fa.gz.gzi", index.bytes)
    let told = message { _ = try IndexedFASTA(path) }
    #expect(
      told.contains("a.fa.gz.gzi: byte 0: 8 bytes do not hold the 1152921504606846976 blocks"))
    index.put(UInt64(0), at: 0)
    try folder.write("a.fa.gz.gzi", index.bytes)
    #expect(try IndexedFASTA(path).letters(on: "one", in: Interval(2, 5)) == Array("TTA".utf8))
  }

  @Test func aCutOrDamagedBgzipIsRefused() throws {
    let folder = try TemporaryDirectory()
    let packed = Self.bgzip(">one\n" + String(repeating: "GATTACAGATTACA\n", count: 30))
    // Cut between two blocks: all that is there can be read.
    let last = Self.bgzip("").count
    let cut = try folder.write("cut.fa.gz", Array(packed.dropLast(last)))
    #expect(message { _ = try Self.read(cut) }.contains("so it was cut off"))
    var damaged = packed
    damaged[20] ^= 0x55
    let path = try folder.write("damaged.fa.gz", damaged)
    #expect(
      message { _ = try Self.read(path) }.contains("damaged gzip data after 0 inflated bytes"))
  }

  @Test func lettersOfALineMayBeAnywhereInTheBuffer() throws {
    let folder = try TemporaryDirectory()
    // One line of more than the reader's buffer, then an error in the next.
    let line = String(repeating: "GATTACAGCC", count: 30_000)
    let whole = try folder.write("a.fa", ">one\r\n\(line)\r\nAC\r\n")
    #expect(try Self.read(whole)["one"]?.count == 300_002)
    let wrong = try folder.write("b.fa", ">one\n\(line)-\n")
    #expect(
      message { _ = try Self.read(wrong) }.contains("b.fa:2: '-' in column 300001 is not a"))
    let bare = try folder.write("c.fa", ">one\nAC\rGT\n")
    #expect(message { _ = try Self.read(bare) }.contains("c.fa:2: byte 0xd in column 3"))
  }
}
