import DNA
import Files
import FlowTesting
import Testing

@testable import Genome

/// Segments as text: `cell type|chromosome:start-end|state`.
func segments(
  _ path: String, _ options: Segmentation.Options = .init()
) throws -> [String] {
  let states = StateIndex()
  var found: [String] = []
  try Segmentation(path, options).forEachSegment(states) {
    found.append(
      "\($0.cellType)|\($0.chromosome):\($0.interval.start)-\($0.interval.end)|"
        + states.names[$0.state])
  }
  return found
}

@Suite struct SegmentationTests {
  let folder: TemporaryDirectory
  init() throws { folder = try TemporaryDirectory() }

  private func fixture(_ name: String) -> String {
    "\(Path.parent(Path.parent(#filePath)))/Fixtures/states/\(name)"
  }

  @Test(arguments: [
    ("chr1\t0\t200\tE7\n", Segmentation.Format.segments, "0|chr1:0-200|E7"),
    ("chr1\t0\t200\t7_Enh\n", .mnemonics, "0|chr1:0-200|7_Enh"),
    ("track name=x\nchr1\t0\t200\t7_Enh\t0\t.\t0\t200\t255,0,0\n", .dense, "0|chr1:0-200|7_Enh"),
    ("C\tchr1\nMaxState E\n7\n7\n3\n", .stateByLine, "0|chr1:0-400|E7"),
    ("ID CHR POSst POSed A PosClass\nr chr1 0 200 7 1\n", .ideas, "0|chr1:0-200|7"),
  ])
  func theFormatIsToldByContent(text: String, format: Segmentation.Format, first: String) throws {
    let path = try folder.write("anything", text)
    #expect(try Segmentation(path).format == format)
    #expect(try segments(path).first == first)
  }

  @Test func aTableHasSoManyCellTypesAndNamesOfSuchLength() throws {
    func told(_ cellTypes: [String]) throws -> String {
      let path = try folder.write(
        "x", "ID CHR POSst POSed \(cellTypes.joined(separator: " ")) PosClass\n")
      return message { _ = try SegmentationSet([path], cellTypes: []) }
    }
    let many = try told((0...10_000).map { "C\($0)" })
    #expect(many.contains("x:1: 10001 columns of cell types; at most 10000"), "told: \(many)")
    let long = try told([String(repeating: "C", count: 201)])
    #expect(long.contains("x:1: the name of a cell type must have from 1 to 200 bytes"))
  }

  @Test func gzipMakesNoDifference() throws {
    let gzip = try GzipWriter(folder.at("a"))
    try gzip.write("C\tchr1\nMaxState E\n7\n7\n3\n")
    try gzip.finish()
    #expect(try segments(folder.at("a")) == ["0|chr1:0-400|E7", "0|chr1:400-600|E3"])
  }

  @Test func aStateByLineFileOfEpiMap() throws {
    let path = fixture("BSS00271_18_CALLS_PER_LINE_chr1_statebyline.txt.gz")
    let file = try Segmentation(path)
    #expect(file.format == .stateByLine && file.cellTypes == ["BSS00271"])
    let found = try segments(path)
    #expect(found.first?.hasPrefix("0|chr1:0-") == true)
    #expect(found.last?.contains("-1199600|") == true)
    var options = Segmentation.Options()
    options.binSize = 100
    #expect(try segments(path, options).last?.contains("-599800|") == true)
  }

  @Test func labelsNameNumberedStates() throws {
    var options = Segmentation.Options()
    options.labels = try StateLabels(reading: fixture("browserlabelmap_18_core_K27ac.tab"))
    let roadmap = fixture("E067_chr22_core_K27ac_segments.bed")
    #expect(try segments(roadmap)[1] == "0|chr22:16101800-16106200|E13")
    #expect(try segments(roadmap, options)[1] == "0|chr22:16101800-16106200|13_Het")
    let lines = fixture("BSS00271_18_CALLS_PER_LINE_chr1_statebyline.txt.gz")
    #expect(try segments(lines, options)[0].hasSuffix("|18_Quies"))
    let named = try folder.write("named", "chr1\t0\t200\t7_EnhG1\n")
    #expect(try segments(named, options) == ["0|chr1:0-200|7_EnhG1"])
    let other = try folder.write("other", "chr1\t0\t200\tE1\nchr1\t200\t400\tE19\n")
    #expect(
      message { _ = try segments(other, options) }.contains("other:2: state 19 has no label"))
  }

  @Test func aTableOfLabelsIsNotATableOfColours() throws {
    let told = message { _ = try StateLabels(reading: fixture("colormap_18_core_K27ac.tab")) }
    #expect(told.contains("colormap_18_core_K27ac.tab:1: '255,0,0' is a colour"))
    let twice = try folder.write("twice", "1\tTssA\n1\tQuies\n")
    #expect(
      message { _ = try StateLabels(reading: twice) }.contains(
        "twice:2: state 1 is '1_TssA' and '1_Quies'"))
  }

  @Test func aTableHoldsManyCellTypes() throws {
    let text = """
      ID CHR POSst POSed A B PosClass
      1 chr1 0 200 0 5 0
      2 chr1 200 400 0 5 0
      3 chr1 400 600 0 6 9
      4 chr1 800 1000 0 6 0
      5 chr2 1000 1200 0 6 0

      """
    let path = try folder.write("t", text)
    #expect(try Segmentation(path).cellTypes == ["A", "B"])
    // The bins from 600 to 800 are in no line: a gap, whatever stands around it.
    #expect(
      try segments(path).sorted() == [
        "0|chr1:0-600|0", "0|chr1:800-1000|0", "0|chr2:1000-1200|0", "1|chr1:0-400|5",
        "1|chr1:400-600|6", "1|chr1:800-1000|6", "1|chr2:1000-1200|6",
      ])
  }

  @Test func aTableOfIDEAS() throws {
    let path = fixture("ideas.mm10.chr2.state")
    let file = try Segmentation(path)
    #expect(file.format == .ideas && file.cellTypes == ["ERY_ad", "MEP"])
    // Runs cover each cell type's 101 bins once.
    let states = StateIndex()
    var bases = [0, 0]
    try file.forEachSegment(states) { bases[$0.cellType] += $0.interval.length }
    #expect(bases == [101 * 200, 101 * 200])
  }

  @Test(arguments: [false, true])
  func aBigBedHoldsSegments(isBigEndian: Bool) throws {
    var content = IndexedContent(
      isBigEndian: isBigEndian,
      blocks: [
        .rows(0, [(0, 200, "7_Enh\t1000\t."), (200, 400, "0_Quies")], isBigEndian: isBigEndian),
        .rows(1, [(0, 200, "7_Enh")], isBigEndian: isBigEndian),
      ])
    let path = try folder.write("x", content.make(BigBed.signature).bytes)
    #expect(try Segmentation(path).format == .bigBed)
    #expect(
      try segments(path) == [
        "0|chr1:0-200|7_Enh", "0|chr1:200-400|0_Quies", "0|chr2:0-200|7_Enh",
      ])
  }

  @Test func segwayNumbersItsLabels() throws {
    let path = fixture("segway.hg38.chr19.bed")
    #expect(try Segmentation(path).format == .dense)
    #expect(try segments(path)[0] == "0|chr19:0-90800|7")
  }

  @Test(arguments: [
    ("chr1\t0\t200\n", "x:1: no state: the fourth column"),
    ("chr1\t0\t200\t.\n", "x:1: no state"),
    ("C\tchr1\nMaxState E\n7\nx\n", "x:4: 'x' is not the number of a state"),
    ("C\tchr1\nMaxState E\n7\n99999\n", "x:4: the state's number is 99999"),
    ("C\tchr1\nE1\tE2\n0.5\t0.5\n", "x:2: these are ChromHMM's posterior"),
    ("ID CHR POSst POSed A B\n1 chr1 0 200 3\n", "x:2: 1 states for 2 cell types"),
    ("ID CHR POSst POSed A B\n1 chr1 0 200 3 y\n", "x:2: the state of B is 'y'"),
    ("ID CHR POSst POSed A\n1 chr1 200 200 3\n", "x:2: '1 chr1 200 200 3' does not begin"),
    ("ID CHR POSst POSed A A PosClass\n", "x:1: the cell type 'A' has two columns"),
    (">chr1\nACGT\n", "x:1: this is FASTA"),
    ("chr1\t0\t9\tE1\t0\t.\t0\t9\t0\t1\t9\t0\n", "x:1: 12 columns: ChromHMM's expanded"),
  ])
  func aFaultIsToldWithItsPlace(text: String, expected: String) throws {
    let path = try folder.write("x", text)
    let told = message { _ = try segments(path) }
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test(
    arguments: [
      ([0x26, 0xFC, 0x8F, 0x88], "bigWig"), ([0x50, 0x4B, 0x03, 0x04], "zip archive"),
      ([0x42, 0x5A, 0x68, 0x39], "bzip2"), ([0xFD, 0x37, 0x7A, 0x58], "xz"),
    ] as [([UInt8], String)])
  func whatIsNoSegmentationIsCalledByItsName(bytes: [UInt8], expected: String) throws {
    let path = try folder.write("x", bytes + [0, 0, 0, 0])
    #expect(message { _ = try Segmentation(path) }.contains(expected))
  }

  @Test func moreStatesThanAByteHoldsAreRefused() throws {
    let rows = (0..<256).map { "chr1\t\($0 * 200)\t\($0 * 200 + 200)\tpeak\($0)\n" }
    let path = try folder.write("x", rows.joined())
    #expect(message { _ = try segments(path) }.contains("x:256: more than 255 different states"))
  }

  @Test func faultsMayBeGatheredInsteadOfThrown() throws {
    let path = try folder.write(
      "x", "chr1\t0\t200\tE1\nchr1\t5\nchr1\t0\t9\t\nchr1\t200\t400\tE2\n")
    var faults: [String] = []
    var count = 0
    try Segmentation(path).forEachSegment(
      StateIndex(), faults: { faults.append($0.description) }, { _ in count += 1 })
    #expect(count == 2 && faults.count == 2)
    #expect(faults[0].contains("x:2: 2 column(s)") && faults[1].contains("x:3: no state"))
  }
}

@Suite struct SegmentationSetTests {
  let folder: TemporaryDirectory
  init() throws {
    folder = try TemporaryDirectory()
    try folder.write("bed", "chr1\t0\t200\tE1\n")
    try folder.write("a1", "A\tchr1\nMaxState E\n7\n")
    try folder.write("a2", "A\tchr2\nMaxState E\n7\n")
    try folder.write("t1", "ID CHR POSst POSed X A PosClass\n1 chr1 0 200 3 3 0\n")
  }

  private func set(_ names: [String], cellTypes: [String] = []) throws -> SegmentationSet {
    try SegmentationSet(names.map { folder.at($0) }, cellTypes: cellTypes)
  }

  @Test func namesInsideTheFilesJoinChromosomes() throws {
    let found = try set(["a1", "t1", "a2"])
    #expect(found.cellTypes == ["A", "X"])
    #expect(found.sources.map(\.cellTypes) == [[0], [1, 0], [0]])
  }

  @Test func aNameChoosesATablesColumnAndRenamesAFile() throws {
    let found = try set(["bed", "t1", "a1"], cellTypes: ["G", "X", "K"])
    #expect(found.cellTypes == ["G", "X", "K"])
    #expect(found.sources.map(\.cellTypes) == [[0], [1, nil], [2]])
  }

  @Test(arguments: [
    (["bed"], [], "does not say which cell type"), (["bed", "bed"], ["A"], "1 name(s)"),
    (["bed", "bed"], ["A", "A"], "'A' is named twice"),
    (["t1"], ["Q"], "the table has no cell type 'Q': it has X, A"),
    (["bed"], [""], "must have from 1 to 200 bytes"),
  ])
  func whatIsNotClearIsRefused(files: [String], names: [String], expected: String) {
    let told = message { _ = try set(files, cellTypes: names) }
    #expect(told.contains(expected), "told: \(told)")
  }
}
