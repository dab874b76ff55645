import FlowTesting
import Testing

@testable import Genome

@Suite struct BEDFeatureTests {
  let folder: TemporaryDirectory
  init() throws { folder = try TemporaryDirectory() }

  private func features(_ text: String) throws -> [BEDFeature] {
    var found: [BEDFeature] = []
    try BEDFeature.read(folder.write("x.bed", text)) { feature, _ in found.append(feature) }
    return found
  }

  @Test func threeColumnsAreEnough() throws {
    let found = try features("chr1\t10\t20\n")
    #expect(found[0].interval == Interval(10, 20) && found[0].strand == .unknown)
    #expect(found[0].name == nil && found[0].score == nil && found[0].blocks.isEmpty)
  }

  @Test func twelveColumnsAreUnderstood() throws {
    let row = "chr1\t10\t90\tg\t960\t-\t20\t80\t255,0,7\t2\t5,10,\t0,70,\n"
    let found = try features(row + row.replacing("\t", with: " "))
    #expect(found.count == 2 && found[0] == found[1])
    #expect(found[0].name == "g" && found[0].score == 960 && found[0].strand == .reverse)
    #expect(found[0].thick == Interval(20, 80) && found[0].color == [255, 0, 7])
    #expect(found[0].blocks == [Interval(10, 15), Interval(80, 90)])
  }

  @Test(arguments: [
    ("x\tx\t+", "score 'x' is not a number"), ("x\t1\t*", "strand '*' is not"),
    ("x\t1\t+\t0\t15", "thick part"), ("x\t1\t+\t10\t20\t1,2", "'1,2' is not a colour"),
    ("x\t1\t+\t10\t20\t1,2,256", "is not a colour"),
    ("x\t1\t+\t10\t20\t0\t2\t1,2\t0", "do not have 2 numbers each"),
    ("x\t1\t+\t10\t20\t0\t1\t99\t0", "reaches out of the feature"),
    ("x\t1\t+\t10\t20\t0\t1\t9223372036854775807\t1", "reaches out of the feature"),
    ("x\t1\t+\t10\t20\t0\t2\t5,5\t0,3", "overlaps the one before"),
    ("x\t1\t+\t10\t20\t0\t99999999999999999\t5\t0", "column 10 is not a number"),
  ])
  func aFaultIsToldWithItsPlace(columns: String, expected: String) throws {
    let told = message { _ = try features("#\nchr1\t10\t20\t\(columns)\n") }
    #expect(told.contains("x.bed:2: ") && told.contains(expected), "told: \(told)")
  }

  @Test func hostileLinesAreRefused() throws {
    let long = try folder.write("long", "chr1\t1\t2\t" + String(repeating: "x", count: 1 << 21))
    #expect(message { try BED.read(long) { _ in } }.contains("line 1 is longer than"))
    let name = try folder.write("name", String(repeating: "c", count: 300) + "\t1\t2\n")
    #expect(message { try BED.read(name) { _ in } }.contains("name has 300 bytes"))
  }
}

@Suite struct PeakTests {
  let folder: TemporaryDirectory
  init() throws { folder = try TemporaryDirectory() }

  private func peaks(_ text: String) throws -> [Peak] {
    try Peak.read(folder.write("x", text))
  }

  @Test func theColumnsTellTheFormat() throws {
    let narrow = try peaks("chr1\t100\t200\t.\t0\t.\t7.5\t-1\t2\t40\n")[0]
    #expect(narrow.signal == 7.5 && narrow.pValue == nil && narrow.qValue == 2)
    #expect(narrow.summit == 140)
    let broad = try peaks("chr1\t100\t200\tp\t0\t+\t7.5\t3\t-1\n")[0]
    #expect(broad.summit == nil && broad.pValue == 3 && broad.feature.strand == .forward)
    let gapped = try peaks(
      "chr1\t100\t200\tp\t0\t.\t100\t200\t0\t2\t10,20\t0,80\t7.5\t3\t2\n")[0]
    #expect(gapped.feature.blocks == [Interval(100, 110), Interval(180, 200)])
    #expect(gapped.signal == 7.5 && gapped.qValue == 2)
    #expect(try peaks("") == [])
  }

  @Test(arguments: [
    ("chr1\t1\t2\n", "x:1: 3 columns; narrowPeak has 10"),
    (
      "chr1\t1\t2\tp\t0\t+\t7\t3\t2\nchr1\t1\t2\t.\t0\t.\t1\t1\t1\t0\n", "x:2: 10 columns; the rows"
    ),
    ("chr1\t1\t2\tp\t0\t+\tnan\t3\t2\n", "the signal 'nan' in column 7"),
    ("chr1\t1\t2\t.\t0\t.\t1\t1\tq\t0\n", "the q value 'q' in column 9"),
    ("chr1\t1\t2\t.\t0\t.\t1\t1\t1\t2\n", "the summit '2'"),
  ])
  func aFaultIsToldWithItsPlace(text: String, expected: String) {
    let told = message { _ = try peaks(text) }
    #expect(told.contains(expected), "told: \(told)")
  }
}

@Suite struct BedGraphTests {
  @Test func aRowHasAValue() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("x", "track type=bedGraph\nchr1 0 5 -1.5e2\nchr1\t5\t9\t0\r\n")
    var values: [Double] = []
    try BedGraph.read(path) { _, value in values.append(value) }
    #expect(values == [-150, 0])
    for (text, expected) in [
      ("chr1\t0\t5\n", "x:1: 3 columns; bedGraph has"), ("chr1\t0\t5\tinf\n", "value 'inf'"),
      ("chr1\t0\t5\t1\t2\n", "5 columns"),
    ] {
      let wrong = try folder.write("x", text)
      #expect(message { try BedGraph.read(wrong) { _, _ in } }.contains(expected))
    }
  }
}
