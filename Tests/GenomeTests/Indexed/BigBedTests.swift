import DNA
import FlowTesting
import Testing

@testable import Genome

@Suite struct BigBedTests {
  static func open(_ content: IndexedContent) throws -> BigBed {
    var content = content
    let bytes = content.make(BigBed.signature).bytes
    return try BigBed(bytes.withUnsafeBytes { BinaryFile(content: $0, path: "x.bb") })
  }

  static func rows(_ file: BigBed, _ chromosome: String, _ interval: Interval) throws -> [String] {
    var rows: [String] = []
    try file.forEachRow(on: chromosome, in: interval) {
      rows.append("\($0.interval.start) \($0.interval.end) \($0.rest)")
    }
    return rows
  }

  @Test(arguments: [false, true], [false, true])
  func rowsThatOverlapAreFound(isBigEndian: Bool, isCompressed: Bool) throws {
    let file = try Self.open(
      IndexedContent(
        isBigEndian: isBigEndian, isCompressed: isCompressed,
        blocks: [
          .rows(0, [(10, 20, "a\t1\t+"), (15, 90, ""), (30, 40, "é")], isBigEndian: isBigEndian),
          .rows(1, [(12, 18, "other")], isBigEndian: isBigEndian),
        ], description: "table x"))
    #expect(file.autoSql == "table x" && file.columns == (6, 4))
    #expect(try Self.rows(file, "chr1", Interval(19, 30)) == ["10 20 a\t1\t+", "15 90 "])
    #expect(try Self.rows(file, "chr1", Interval(39, 40)) == ["15 90 ", "30 40 é"])
    #expect(try Self.rows(file, "chr1", Interval(90, 100)) == [])
    #expect(try Self.rows(file, "chr2", Interval(0, 5_000)) == ["12 18 other"])
  }

  @Test func aRowWithoutItsEndIsRefused() throws {
    var block = IndexedContent.Block.rows(0, [(10, 20, "a")])
    block.content.removeLast()
    let file = try Self.open(IndexedContent(blocks: [block]))
    let told = message { _ = try Self.rows(file, "chr1", Interval(0, 100)) }
    #expect(told.contains("a block whose last row is cut off"), "told: \(told)")
  }

  @Test func aBigWigIsNoBigBed() {
    var content = BigWigTests.content()
    let bytes = content.make(BigWig.signature).bytes
    let told = message {
      _ = try BigBed(bytes.withUnsafeBytes { BinaryFile(content: $0, path: "x.bw") })
    }
    #expect(told.contains("x.bw: byte 0: not the signature of a bigBed file"))
  }
}
