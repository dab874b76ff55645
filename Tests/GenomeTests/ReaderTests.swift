import Files
import FlowTesting
import Testing

@testable import Genome

@Suite struct FASTATests {
  static func read(_ path: String) throws -> [(name: String, codes: [UInt8])] {
    var records: [(name: String, codes: [UInt8])] = []
    try FASTA.read(path) {
      records.append(($0, []))
    } bases: {
      records[records.count - 1].codes += $0
    }
    return records
  }

  @Test func lettersBecomeCodesWhateverTheirCase() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa", ">one two\r\nATCGatcg\r\n\r\nNnRyxX\n>b\n>c\tx\nA")
    let records = try Self.read(path)
    #expect(records.map(\.name) == ["one", "b", "c"])
    #expect(records[0].codes == [0, 1, 2, 3, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4])
    #expect(records[1].codes == [] && records[2].codes == [0])
  }

  @Test func gzipIsToldByContent() throws {
    let folder = try TemporaryDirectory()
    let gzip = try GzipWriter("\(folder.path)/a.fa")
    try gzip.write(">x\nGATTACA\n")
    try gzip.finish()
    #expect(try Self.read("\(folder.path)/a.fa")[0].codes == [3, 0, 1, 1, 0, 2, 0])
  }

  @Test(arguments: [
    ("ACGT\n", "a.fa:1: sequence before the first '>'"),
    (">a\nACGT\nAC-T\n", "a.fa:3: '-' in column 3 is not a nucleotide letter"),
    (">a\nAC\u{1}T\n", "a.fa:2: byte 0x1 in column 3"),
    (">a\nACGU\n", "a.fa:2: 'U' in column 4"),
    ("> a\nACGT\n", "a.fa:1: a '>' line without a name"),
    ("", "no '>' line"),
  ])
  func aFaultIsToldWithItsPlace(text: String, expected: String) throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa", text)
    let told = message { _ = try Self.read(path) }
    #expect(told.contains(expected), "told: \(told)")
  }
}

@Suite struct BEDTests {
  @Test func commentsAndTrackLinesAreSkipped() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write(
      "a.bed",
      "browser position chr1\ntrack name=x\n#c\n\n  \nchr1\t0\t200\tE1\ntrack1 5 9\r\nchr1  7   9  a b\n"
    )
    var rows: [String] = []
    try BED.read(path) {
      rows.append(
        "\($0.line) \($0.chromosome) \($0.interval.start) \($0.interval.end) \($0.text(3) ?? "-")")
    }
    #expect(rows == ["6 chr1 0 200 E1", "7 track1 5 9 -", "8 chr1 7 9 a"])
  }

  @Test(arguments: [
    ("chr1\t0\n", "2 column(s)"), ("chr1\t-1\t5\n", "start '-1' is not a coordinate"),
    ("chr1\t5\t5\n", "the end 5 is not after the start 5"),
    ("chr1\t0\t99999999999999999999\n", "end '99999999999999999999' is not a coordinate"),
    ("chr1\t0\t1e6\n", "end '1e6'"), ("chr1\t\t6\n", "start ''"),
    ("chr1\t0\t2199023255552\n", "end '2199023255552'"),
  ])
  func hostileNumbersAreRefused(text: String, expected: String) throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.bed", "#\n" + text)
    let told = message { try BED.read(path) { _ in } }
    #expect(told.contains("a.bed:2: ") && told.contains(expected), "told: \(told)")
  }

  @Test func narrowPeaksKeepTheirSummit() throws {
    let folder = try TemporaryDirectory()
    let idr = "chr20\t50\t90\t.\t0\t.\t1\t-1\t2\t7" + String(repeating: "\t0", count: 10)
    let path = try folder.write(
      "a.narrowPeak", "chr20\t100\t200\t.\t0\t.\t1\t-1\t2\t-1\nchr20\t180\t300\n\(idr)\n")
    let peaks = try NarrowPeak.read(path)
    #expect(peaks.map(\.summit) == [nil, nil, 57])
    #expect(NarrowPeak.merged(peaks) == ["chr20": [Interval(50, 90), Interval(100, 300)]])
    let wrong = try folder.write("b.narrowPeak", "chr20\t100\t200\t.\t0\t.\t1\t-1\t2\t101\n")
    #expect(message { _ = try NarrowPeak.read(wrong) }.contains("b.narrowPeak:1: the summit '101'"))
    #expect(try NarrowPeak.read(folder.write("c.narrowPeak", "")) == [])
  }
}

@Suite struct RegionTextTests {
  @Test func positionsCountFromOneAndIncludeTheLast() throws {
    let region = try RegionText(parsing: "chr20:50,000,001-63,025,520")
    #expect(try region.interval(onLength: 63_025_520) == Interval(50_000_000, 63_025_520))
    #expect(try RegionText(parsing: "chr20").interval(onLength: 9) == Interval(0, 9))
    #expect(try RegionText(parsing: "2:5-").interval(onLength: 9) == Interval(4, 9))
    #expect(try RegionText(parsing: "HLA-A*01:02").chromosome == "HLA-A*01:02")
    #expect(message { _ = try region.interval(onLength: 60_000_000) }.contains("past the end"))
  }

  @Test(arguments: [
    "", "chr1:0-5", "chr1:9-5", ":1-5", "chr 1", "chr1:1-99999999999999999999", "chr1:1-2-3",
  ])
  func nonsenseIsRefused(text: String) {
    #expect(message { _ = try RegionText(parsing: text) }.contains("is not a region"))
  }
}

@Suite struct IntervalTests {
  @Test func mergeGapsAndIntersection() {
    let merged = [Interval(5, 9), Interval(0, 2), Interval(2, 3), Interval(6, 7)].merged()
    #expect(merged == [Interval(0, 3), Interval(5, 9)])
    #expect(merged.gaps(in: Interval(1, 12)) == [Interval(3, 5), Interval(9, 12)])
    #expect([].gaps(in: Interval(1, 2)) == [Interval(1, 2)])
    #expect(
      merged.intersection([Interval(2, 6), Interval(8, 20)])
        == [Interval(2, 3), Interval(5, 6), Interval(8, 9)])
  }
}
