import CFlowPlugin
import Files
import FlowTesting
import Genome
import Testing

@testable import Tokenize

@Suite struct ViewFileTests {
  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    try folder.write("a.fa", ">chr1 x\nGATTACAgatta\nNNAC\n>chr2\nACGT\n")
    try folder.write(
      "a.bed", "#c\nchr1\t10\t20\tE1\t7\nchr1\t15\t90\tE2\t8\nchr2\t0\t5\tE1\t9\n")
  }

  func view(
    _ name: String, _ regions: [String] = [], limit: Int = 1000
  ) throws -> (text: [String], json: JSON) {
    let host = try host(name, regions, limit: limit)
    try host.run("view", of: Tokenize.entry)
    return (
      try Path.readText(host.output("text")).split(separator: "\n").map(String.init),
      try JSON.read(host.output("json"))
    )
  }

  func host(_ name: String, _ regions: [String], limit: Int = 1000) throws -> OperationHost {
    try OperationHost(
      parameters: [
        "regions": .array(regions.map(JSON.string)), "limit": .integer(limit), "bins": 0,
      ], inputs: ["file": [folder.at(name)]], directory: folder.at("out"))
  }

  @Test func withoutRegionsItTellsTheChromosomes() throws {
    let (text, json) = try view("a.fa")
    #expect(text == ["# FASTA a.fa", "# chromosome, bases", "chr1\t16", "chr2\t4"])
    #expect(json["chromosomes"]?.array?.last == ["name": "chr2", "length": 4])
  }

  @Test func basesAreFASTAAndRowsAreBED() throws {
    let bases = try view("a.fa", ["chr1:6-14", "chr2"])
    #expect(bases.text.dropFirst() == [">chr1:6-14", "CAgattaNN", ">chr2:1-4", "ACGT"])
    let rows = try view("a.bed", ["chr1:16-20"], limit: 1)
    #expect(
      rows.text.suffix(3) == [
        "# chr1:16-20", "chr1\t10\t20\tE1\t7", "# 1 more; limit=0 shows all",
      ])
    #expect(rows.json["regions"]?.array?[0]["rows"] == [[10, 20, "E1", "7"]])
  }

  @Test func commasThatACommandLineHasSplitAreJoined() {
    #expect(
      RegionText.rejoined(["chr20:50", "000", "001-63", "025", "520", "chr2", "3:5-6"])
        == ["chr20:50,000,001-63,025,520", "chr2", "3:5-6"])
  }

  @Test(arguments: [
    ("a.fa", "chr3", "no chromosome 'chr3': the sequence has chr1, chr2"),
    ("a.fa", "1:1-2", "the sequence calls it 'chr1'"),
    ("a.fa", "chr2:1-5", "a.fa: the region chr2:1-5 reaches past the end of chr2, which has 4"),
    ("a.fa", "chr2:5-1", "'chr2:5-1' is not a region"),
  ])
  func whatIsNotThereIsTheUsersToChange(name: String, region: String, expected: String) throws {
    let failure = try host(name, [region]).failure("view", of: Tokenize.entry)
    #expect(failure?.status == .invalid)
    #expect(failure?.description.contains(expected) == true, "\(failure?.description ?? "")")
  }

  @Test func aSegmentationOfNumbersIsToldByItsName() throws {
    try folder.write("table", "#ID CHR POSst POSed A PosClass\nR1 chr1 0 200 0 0\n")
    let failure = try #require(try host("table", []).failure("view", of: Tokenize.entry))
    #expect(
      failure.description.contains("this is a segmentation (IDEAS state table)"), "\(failure)")
  }

  @Test func anEmptyFileIsTold() throws {
    try folder.write("empty", "")
    #expect(try host("empty", []).failure("view", of: Tokenize.entry)?.status == .invalid)
  }

  @Test func aRowOfAnyNumberOfColumnsIsShown() throws {
    // A million tabs: asking for one column after the other would take a trillion steps.
    let tabs = String(repeating: "\t", count: 1_000_000)
    try folder.write("wide.bed", "chr1\t1\t2\(tabs)x\nchr1\t3\t4\ta b\t\n")
    let rows = try #require(view("wide.bed", ["chr1"]).json["regions"]?.array?[0]["rows"]?.array)
    #expect(rows[0].array?.count == 2 + 1000)
    #expect(rows[0].array?.last?.string?.hasSuffix("\t\tx") == true)
    #expect(rows[1] == [3, 4, "a b"])
  }
}
