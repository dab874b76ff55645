import CFlowPlugin
import Files
import FlowTesting
import Testing

@testable import Tokenize

/// A synthetic genome in which promoters are rich in CpG, as real ones are: a bin of promoter every ten bins.
struct PromoterGenome {
  static let bins = 1_000

  static func isPromoter(_ bin: Int) -> Bool { bin % 10 == 3 }

  /// 200,000 bases: 20 CpG in a bin of promoter, 2 in another.
  static let bases: String = {
    (0..<bins).map { bin in
      isPromoter(bin)
        ? String(repeating: "CGATACATTA", count: 20)
        : String(repeating: "CATTACAGTA", count: 18) + "CGTATTACGA" + "CATTACAGTA"
    }.joined()
  }()

  static func fasta(_ bases: String, name: String = "chr1") -> String {
    var text = ">\(name)\n"
    var rest = Substring(bases)
    while !rest.isEmpty {
      text += rest.prefix(5_000) + "\n"
      rest = rest.dropFirst(5_000)
    }
    return text
  }

  static func segments(chromosome: String = "chr1") -> [String] {
    (0..<bins).map { bin in
      let name = isPromoter(bin) ? "1_TssA" : bin % 2 == 0 ? "3_Quies" : "2_Tx"
      return "\(chromosome)\t\(bin * 200)\t\(bin * 200 + 200)\t\(name)\n"
    }
  }
}

@Suite struct CheckInputsTests {
  static let defaults: [String: JSON] = [
    "cell_types": [], "tracks": [], "bin_size": 200, "validation": [], "test": [],
    "chromosomes": [],
    "aliases": "refuse",
  ]
  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    try folder.write("s.fa", PromoterGenome.fasta(PromoterGenome.bases))
    try folder.write("good.bed", PromoterGenome.segments().joined())
  }

  /// Checks, and gives the report, the findings' topics with their counts, and how the step ended.
  private func check(
    sequence: [String] = ["s.fa"], states: [String] = ["good.bed"], peaks: [String] = [],
    _ changes: [String: JSON] = [:], other: [String: [String]] = [:]
  ) throws -> (report: String, topics: [String: Int], failure: OperationHost.Failure?) {
    func paths(_ names: [String]) -> [String] { names.map { folder.at($0) } }
    var parameters = Self.defaults
    parameters["cell_types"] = .array(states.indices.map { .string("cell \($0 + 1)") })
    let host = try OperationHost(
      parameters: .object(parameters.merging(changes) { $1 }),
      inputs: other.mapValues(paths).merging([
        "sequence": paths(sequence), "states": paths(states), "peaks": paths(peaks),
      ]) { $1 }, directory: folder.path)
    let failure = host.failure("check", of: Tokenize.entry)
    let json = try JSON(parsing: Path.readText(folder.at("findings")))
    let topics = (json["findings"]?.array ?? []).compactMap { group -> (String, Int)? in
      guard let topic = group["topic"]?.string, let count = group["count"]?.integer else {
        return nil
      }
      return (topic, count)
    }
    return (
      try Path.readText(folder.at("report")),
      Dictionary(topics, uniquingKeysWith: +), failure
    )
  }

  @Test func soundInputsHaveNoProblems() throws {
    try folder.write("p.bed", "chr1\t10\t90\n")
    let found = try check(peaks: ["p.bed"])
    #expect(found.failure == nil && found.topics.isEmpty, "\(found.report)")
    #expect(found.report.hasPrefix("no problems\n"))
    #expect(found.report.contains("20.0 (1_TssA)"), "\(found.report)")
    #expect(found.report.contains("the corpus will take 0.1 MB"))
  }

  @Test func aReportIsThereAlthoughTheStepFails() throws {
    try folder.write("bad.bed", "chr1\t0\t500000\t1_TssA\n")
    let found = try check(states: ["bad.bed"])
    #expect(found.failure?.status == .invalid)
    #expect(found.failure?.description.contains("in the inputs: see the report") == true)
    #expect(
      found.report.contains("bad.bed:1: ends at 500000, past the end of chr1, which has 200000"))
  }

  /// States of the right coordinates on a sequence that is shifted by 3 bins.
  @Test func aShiftedSequenceIsSeenByItsContent() throws {
    let bases = PromoterGenome.bases
    try folder.write(
      "shifted.fa", PromoterGenome.fasta(String(bases.dropFirst(600) + bases.prefix(600))))
    let found = try check(sequence: ["shifted.fa"])
    #expect(found.topics == ["content": 1] && found.failure != nil, "\(found.report)")
    #expect(found.report.contains("cell 1: 2.0 CpG in 200 bases of 1_TssA"), "\(found.report)")
  }

  @Test func tooFewPromotersTellNothing() throws {
    try folder.write("few.bed", PromoterGenome.segments().prefix(400).joined())
    #expect(try check(states: ["few.bed"]).topics == ["gaps": 1])
  }

  @Test func numbersForStatesLeaveAWarning() throws {
    let bases = PromoterGenome.bases
    try folder.write(
      "shifted.fa", PromoterGenome.fasta(String(bases.dropFirst(600) + bases.prefix(600))))
    let rows = PromoterGenome.segments().map {
      $0.replacing("1_TssA", with: "E1").replacing("2_Tx", with: "E2")
        .replacing("3_Quies", with: "E3")
    }
    try folder.write("numbers.bed", rows.joined())
    #expect(try check(states: ["numbers.bed"]).topics.isEmpty)
    let shifted = try check(sequence: ["shifted.fa"], states: ["numbers.bed"])
    #expect(shifted.topics == ["content": 1] && shifted.failure == nil, "\(shifted.report)")
  }

  @Test func everyProblemOfAFileIsToldAndManyAreCounted() throws {
    var rows = PromoterGenome.segments()
    rows[10] = "chr1\t5\n"
    rows[20] = "chr1\tx\t9\t1_TssA\n"
    rows[30] = "chr1\t6000\t6200\t\n"
    rows[40] = "chr1\t0\t200\t1_TssA\n"
    for row in 50..<60 { rows[row] = "chr1\t\(row)\t\(row + 7)\t1_TssA\n" }
    try folder.write("bad.bed", rows.joined())
    let found = try check(states: ["bad.bed"])
    #expect(found.topics["row"] == 3 && found.topics["overlap"] == 1, "\(found.report)")
    #expect(found.topics["bins"] == 10)
    for place in ["bad.bed:11: 2 column(s)", "bad.bed:21: the start 'x'", "bad.bed:31: no state"] {
      #expect(found.report.contains(place), "\(found.report)")
    }
    #expect(found.report.contains("bad.bed:41: 0-200 on chr1 overlaps a segment of '3_Quies'"))
    #expect(found.report.contains("and 5 more of this kind"))
    // The bins of the rows that could not be used have no state: 14 of 1,000.
    #expect(found.topics["gaps"] == 1)
  }

  @Test func aNameOfAnotherStyleIsRefusedOrMapped() throws {
    try folder.write("one.bed", PromoterGenome.segments(chromosome: "1").joined())
    let refused = try check(states: ["one.bed"])
    #expect(refused.topics == ["chromosome-name": 1], "\(refused.report)")
    #expect(refused.report.contains("one.bed:1: the sequence calls '1' 'chr1'; set aliases to map"))
    #expect(try check(states: ["one.bed"], ["aliases": "map"]).topics.isEmpty)
    let table = try folder.write("alias.txt", "chr1\tcontig7\n")
    #expect(table.hasSuffix("alias.txt"))
    try folder.write("seven.bed", PromoterGenome.segments(chromosome: "contig7").joined())
    let mapped = try check(
      states: ["seven.bed"], ["aliases": "map"], other: ["chromosome_aliases": ["alias.txt"]])
    #expect(mapped.topics.isEmpty, "\(mapped.report)")
  }

  @Test func positionsCountedFromOneAreRecognised() throws {
    let rows = (0..<500).map { "chr1\t\($0 * 200 + 1)\t\($0 * 200 + 200)\t1_TssA\n" }
    try folder.write("one.bed", rows.joined())
    let found = try check(states: ["one.bed"])
    #expect(found.report.contains("BED counts from 0, this file from 1?"), "\(found.report)")
  }

  @Test func aSamplesheetIsCheckedAsTheCorpusReadsIt() throws {
    try folder.write("sheet.csv", "cell_type,states\nE116,good.bed\n")
    let host = try OperationHost(
      parameters: .object(Self.defaults),
      inputs: ["sequence": [folder.at("s.fa")], "samplesheet": [folder.at("sheet.csv")]],
      directory: folder.path)
    try host.run("check", of: Tokenize.entry)
    #expect(try Path.readText(folder.at("report")).contains("E116"))
  }

  @Test func otherBinsAreRecognised() throws {
    let rows = (0..<1_000).map { "chr1\t\($0 * 100)\t\($0 * 100 + 100)\t\($0 % 7)\n" }
    try folder.write("segway.bed", rows.joined())
    let found = try check(states: ["segway.bed"])
    #expect(found.report.contains("multiples of 100: set bin_size to it"), "\(found.report)")
    #expect(try check(states: ["segway.bed"], ["bin_size": 100]).topics["bins"] == nil)
  }

  @Test func twoModelsAreRecognised() throws {
    let rows = PromoterGenome.segments().map { $0.replacing("2_Tx", with: "2_TssFlnk") }
    try folder.write("other.bed", rows.joined())
    let found = try check(states: ["good.bed", "other.bed"])
    #expect(found.topics["two-models"] == 1)
    #expect(found.report.contains("two names for state 2: '2_TssFlnk' and '2_Tx'"))
  }

  @Test func tracksAreOfModelsOfTheirOwn() throws {
    let rows = PromoterGenome.segments().map { $0.replacing("2_Tx", with: "2_TssFlnk") }
    try folder.write("other.bed", rows.joined())
    let found = try check(
      states: ["good.bed", "other.bed"], ["cell_types": ["A", "A"], "tracks": ["a", "b"]])
    #expect(found.failure == nil && found.topics["two-models"] == nil, "\(found.report)")
    #expect(found.report.contains("A (a)") && found.report.contains("A (b)"))
    let uneven = try check(states: ["good.bed", "other.bed"], ["tracks": ["a"]])
    #expect(uneven.report.contains("1 name(s) in tracks for 2 segmentation(s)"))
  }

  @Test func oneSegmentationUnderTwoNamesIsRecognised() throws {
    try folder.write("copy.bed", PromoterGenome.segments().joined())
    #expect(try check(states: ["good.bed", "copy.bed"]).topics == ["same-states": 1])
    let twice = try check(states: ["good.bed", "good.bed"])
    #expect(twice.topics == ["same-states": 1, "file-twice": 1], "\(twice.report)")
  }

  @Test func whatIsDamagedOrEmptyDoesNotHideTheRest() throws {
    let gzip = try GzipWriter(folder.at("whole.gz"))
    for row in PromoterGenome.segments() { try gzip.write(row) }
    try gzip.finish()
    try folder.write("cut.bed", Array(Path.read(folder.at("whole.gz")).dropLast(500)))
    try folder.write("empty.bed", "")
    try folder.write("wig", [0x26, 0xFC, 0x8F, 0x88, 0, 0, 0, 0])
    try folder.write("far.bed", "chr1\t199800\t200200\t1_TssA\n")
    let found = try check(states: ["cut.bed", "empty.bed", "wig", "far.bed", "absent.bed"])
    #expect(found.report.contains("cut.bed: cannot read it: after line"), "\(found.report)")
    #expect(found.report.contains("damaged gzip data"))
    #expect(found.report.contains("empty.bed: it has no segments"))
    #expect(found.report.contains("wig: this is a bigWig file"))
    #expect(found.report.contains("far.bed:1: ends at 200200"))
    #expect(found.report.contains("absent.bed: cannot "))
  }

  @Test func theAssemblyOfAFileIsTold() throws {
    let hg19 = SequenceSurvey(
      [
        SequenceSurvey.Record(name: "chr21", path: "s.fa", line: 1, length: 48_129_895)
      ], bin: 200)
    let check = AssemblyCheck(hg19, bin: 200)
    func told(_ ends: [String: Int], covers: Bool) -> String {
      check.findings(ends: ends, coversChromosomes: covers, path: "x").groups.first?.shown.first?
        .text ?? ""
    }
    #expect(check.assembly == .hg19)
    #expect(told(["chr21": 48_129_895, "chr22": 51_304_566], covers: true) == "")
    #expect(
      told(["chr21": 46_709_800, "chr22": 50_818_400], covers: true).hasPrefix(
        "its last segments end where the chromosomes of hg38 (GRCh38) end; the sequence is hg19"))
    #expect(told(["chr21": 46_709_800], covers: false) == "")
    // No other human chromosome 21 is as long as that of hg19.
    #expect(told(["chr21": 48_200_000], covers: false).contains("fit no assembly"))
    #expect(told(["chr21": 48_129_896], covers: false) == "")
  }

  @Test func faultsOfTheSequenceAreTold() throws {
    try folder.write("s.fa", "ACGT\n>a\nAC-T\nACGT!\n>a\nAC\n>b\n>c x\nNNNNAC\n")
    let found = try check(states: [], ["cell_types": [], "chromosomes": ["a", "chr9"]])
    #expect(found.topics["letter"] == 2 && found.topics["two-sequences"] == 1)
    for told in [
      "s.fa:1: sequence before the first '>'", "s.fa:3: '-' in column 3",
      "s.fa:4: '!' in column 5", "s.fa:5: 'a' is a second sequence",
      "s.fa:7: 'b' has no bases", "chromosomes names 'chr9'",
    ] { #expect(found.report.contains(told), "\(told) is not in \(found.report)") }
  }

  @Test func aFileThatIsNoFASTAIsToldOnce() throws {
    let found = try check(sequence: ["good.bed"], states: [], ["cell_types": []])
    #expect(found.topics["fasta"] == 1, "\(found.report)")
  }

  @Test func heldOutRegionsAreChecked() throws {
    let found = try check([
      "validation": ["chr1:1-1000", "chr2", "chr1:5-x"],
      "test": ["chr1:901-2000", "chr1:9-999999"],
    ])
    #expect(found.topics == ["held-out": 4], "\(found.report)")
    for told in [
      "chr1:901-1000 is in both", "validation: 'chr2' is not in the sequence",
      "validation: 'chr1:5-x' is not in", "test: the region chr1:9-999999 reaches past",
    ] { #expect(found.report.contains(told), "\(told) is not in \(found.report)") }
  }

  @Test func sumsAreCompared() throws {
    let sum = try StreamingHash.of(file: folder.at("s.fa"), .md5)
    let wrong = String(repeating: "0", count: 32)
    try folder.write("md5", "\(sum)  dir/s.fa\n\(wrong) *good.bed\nnonsense\n")
    let found = try check(other: ["checksums": ["md5"]])
    #expect(found.topics == ["checksum": 1, "checksum-list": 1], "\(found.report)")
    #expect(found.report.contains("/md5:2 says \(wrong)"))
    #expect(found.report.contains("md5:3: 'nonsense' is not an MD5 sum"))
  }

  @Test func peaksAreChecked() throws {
    try folder.write(
      "p.narrowPeak", "chr1\t5\t9\nchr1\t9\t5\nchr1\t199999\t200001\nchr9\t1\t2\n1\t1\t2\n")
    let found = try check(peaks: ["p.narrowPeak"])
    #expect(
      found.topics == ["row": 1, "past-the-end": 1, "chromosome-name": 1], "\(found.report)")
  }

  @Test func statesOnUnknownBasesLeaveAWarning() throws {
    let bases = PromoterGenome.bases
    try folder.write(
      "n.fa",
      PromoterGenome.fasta(String(repeating: "N", count: 50_000) + bases.dropFirst(50_000)))
    let found = try check(sequence: ["n.fa"])
    #expect(found.failure == nil && found.topics == ["unknown-bases": 1], "\(found.report)")
    #expect(found.report.contains("25.0 % of the bases in states other than"), "\(found.report)")
  }

  @Test func anyNumberOfThreadsGivesOneReport() throws {
    var rows = PromoterGenome.segments()
    rows[9] = "chr1\n"
    for name in ["a", "b", "c", "d", "e"] { try folder.write(name, rows.joined()) }
    func report(_ threads: UInt32) throws -> String {
      let host = try OperationHost(
        parameters: .object(
          Self.defaults.merging(["cell_types": ["a", "b", "c", "d", "e"]]) { $1 }),
        inputs: [
          "sequence": [folder.at("s.fa")],
          "states": ["a", "b", "c", "d", "e"].map { folder.at($0) },
        ], directory: folder.path)
      host.threads = threads
      _ = host.failure("check", of: Tokenize.entry)
      return try Path.readText(folder.at("findings")) + Path.readText(folder.at("report"))
    }
    #expect(try report(1) == report(4))
  }

  @Test func itStopsOnRequest() throws {
    let host = try OperationHost(
      parameters: .object(Self.defaults.merging(["cell_types": ["a"]]) { $1 }),
      inputs: ["sequence": [folder.at("s.fa")], "states": [folder.at("big.bed")]],
      directory: folder.path)
    let rows = PromoterGenome.segments().joined()
    try folder.write("big.bed", String(repeating: rows, count: 70))
    host.stopsAtQuestion = 1
    #expect(host.failure("check", of: Tokenize.entry)?.status == .cancelled)
  }
}
