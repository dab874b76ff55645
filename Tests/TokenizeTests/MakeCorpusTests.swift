import CFlowPlugin
import Corpus
import Files
import FlowTesting
import Genome
import Testing
import Tokenize

@Suite struct MakeCorpusTests {
  static let defaults: [String: JSON] = [
    "cell_types": [], "k": 6, "overlapping": true, "bin_size": 200, "tracks": [],
    "bin_sizes": [], "croissant": [], "validation": [], "test": [],
    "chromosomes": [], "min_region": 512, "aliases": "refuse",
  ]

  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    let sequence = String(repeating: "GATTACAGCC", count: 200)
    try folder.write("s.fa", ">chr1\n\(sequence)\n>chr2\n\(sequence)\n")
    let bins = (0..<10).map { "chr1\t\($0 * 200)\t\($0 * 200 + 200)\tE\($0 % 3 + 1)\n" }
    try folder.write("one.bed", bins.joined())
    try folder.write("two.bed", "chr2\t0\t2000\tE2\nchr9\t0\t200\tE2\n")
  }

  func host(_ changes: [String: JSON], states: [String] = []) throws -> OperationHost {
    try OperationHost(
      parameters: .object(Self.defaults.merging(changes) { $1 }),
      inputs: [
        "sequence": ["\(folder.path)/s.fa"], "states": states.map { "\(folder.path)/\($0)" },
      ], directory: folder.path)
  }

  func failure(_ host: OperationHost) -> OperationHost.Failure? {
    host.failure("corpus", of: Tokenize.entry)
  }

  @Test func aStepMakesACorpusAndTellsWhatIsInIt() throws {
    let host = try host(
      ["cell_types": ["A", "B"], "test": ["chr2:1,001-2,000"], "k": 4],
      states: ["one.bed", "two.bed"])
    try host.run("corpus", of: Tokenize.entry)
    let corpus = try Corpus(directory: "\(folder.path)/corpus")
    try corpus.verify()
    #expect(corpus.cellTypes == ["A", "B"] && corpus.vocabulary.k == 4)
    #expect(corpus.test == [Region(chromosome: 1, start: 1000, end: 2000)])
    let summary = try JSON(parsing: Path.readText("\(folder.path)/summary"))
    #expect(summary["tracks"]?.array?[0]["cell_types"]?.array?[1]["segments_elsewhere"] == 1)
    #expect(host.records["training_bases"] == 3000 && host.records["test_bases"] == 1000)
    #expect(host.records["table:corpus"]?["rows"]?.array?[0] == ["training", 3000, 75])
    #expect(host.records["table:states"]?["rows"]?.array?[1] == ["B", 50, 0, 50, 0])
    #expect(
      host.log == [
        "A has no states on 1 chromosome(s): chr2", "B has no states on 1 chromosome(s): chr1",
        "B: 1 segments lie on chromosomes that the corpus does not hold and were left out",
      ])
    #expect(host.progress.last.map { $0.done == $0.total && $0.unit == "bases" } == true)
  }

  @Test func whatDoesNotFitIsTheUsersToChange() throws {
    let missing = failure(try host([:], states: ["one.bed"]))
    #expect(missing?.status == .invalid)
    let unnamed = "one.bed: the file does not say which cell type it is of"
    #expect(missing?.description.contains(unnamed) == true)
    let unaligned = failure(try host(["cell_types": ["A"], "bin_size": 300], states: ["one.bed"]))
    #expect(unaligned?.status == .invalid)
    #expect(unaligned?.description.contains("one.bed:1: 0-200 is not made of bins of 300") == true)
    #expect(failure(try host(["min_region": 5]))?.description.contains("min_region is 5") == true)
  }

  @Test func aSamplesheetNamesSegmentationsAndTheirTracks() throws {
    try folder.write("three.bed", "chr1\t0\t2000\tE7\n")
    try Path.createDirectory(folder.at("fetched"))
    try folder.write("fetched/two.bed", "chr2\t0\t2000\tE2\n")
    try folder.write(
      "sheet.csv",
      "track,cell_type,states\nchromhmm,A,one.bed\nchromhmm,\"B, adult\",two.bed\nideas,A,three.bed\n"
    )
    let host = try host([:])
    host.inputs["samplesheet"] = [folder.at("sheet.csv")]
    try host.run("corpus", of: Tokenize.entry)
    let corpus = try Corpus(directory: "\(folder.path)/corpus")
    #expect(corpus.tracks.map(\.name) == ["chromhmm", "ideas"])
    #expect(corpus.tracks.map(\.cellTypes) == [["A", "B, adult"], ["A"]])
    // With their directory, files are found by name, wherever the sheet says that they are.
    try folder.write("fetched.csv", "cell_type,states\nB,https://host.org/a/two.bed\n")
    host.inputs["samplesheet"] = [folder.at("fetched.csv")]
    host.inputs["files"] = [folder.at("fetched")]
    try host.run("corpus", of: Tokenize.entry)
    #expect(try Corpus(directory: "\(folder.path)/corpus").cellTypes == ["B"])
  }

  @Test(arguments: [
    ("", "it names no segmentation"),
    ("cell_type\tstates\n", "sheet.csv:1: the header must name the columns cell_type and states"),
    ("cell_type,states\nA\n", "sheet.csv:2: 1 field(s), the header has 2"),
    ("cell_type,states\n,one.bed\n", "sheet.csv:2: the field cell_type is empty"),
    ("cell_type,states\nA,\"one.bed\n", "sheet.csv:2: a quote without its second"),
    ("cell_type,states\nA,none.bed\n", "/none.bed does not exist"),
    (
      "cell_type,states\n\nA,https://host.org/a.bed\n",
      "sheet.csv:3: 'https://host.org/a.bed' is an address"
    ),
    ("cell_type,states,track\nA,one.bed,\n", "'' cannot be the name of a track"),
    ("cell_type,states\nA,one.bed\nA,two.bed\n", "the cell type 'A' is named twice"),
  ])
  func aSheetThatIsWrongIsTold(text: String, expected: String) throws {
    try folder.write("sheet.csv", text)
    let host = try host([:])
    host.inputs["samplesheet"] = [folder.at("sheet.csv")]
    let failure = try #require(self.failure(host))
    #expect(failure.status == .invalid && failure.description.contains(expected), "\(failure)")
  }

  @Test func whatASheetSaysIsNotSaidTwice() throws {
    try folder.write("sheet.csv", "cell_type,states\nA,one.bed\n")
    let host = try host(["cell_types": ["A"]])
    host.inputs["samplesheet"] = [folder.at("sheet.csv")]
    #expect(
      failure(host)?.description.contains("cell_types is given, but so is samplesheet") == true)
    let without = try self.host([:])
    without.inputs["files"] = [folder.path]
    #expect(failure(without)?.description.contains("give the samplesheet too") == true)
  }

  @Test func otherNamesOfChromosomesAndLabelsOfStatesAreRead() throws {
    try folder.write("other.bed", "1\t0\t2000\tE1\ncontig\t0\t2000\tE2\n")
    try folder.write("aliases.txt", "chr2\tcontig\n")
    try folder.write("labels.txt", "1\tTssA\n2\tTx\n")
    let host = try host(["cell_types": ["A"], "aliases": "map"], states: ["other.bed"])
    host.inputs["chromosome_aliases"] = [folder.at("aliases.txt")]
    host.inputs["labels"] = [folder.at("labels.txt")]
    try host.run("corpus", of: Tokenize.entry)
    let corpus = try Corpus(directory: "\(folder.path)/corpus")
    #expect(corpus.stateNames == ["none", "1_TssA", "2_Tx"])
    #expect(!host.log.contains { $0.contains("no states on") }, "\(host.log)")
    let refused = try self.host(["cell_types": ["A"]], states: ["other.bed"])
    #expect(
      failure(refused)?.description.contains("other.bed:1: the sequence calls '1' 'chr1'") == true)
  }

  @Test func labelsAreOfOneModel() throws {
    try folder.write("labels.txt", "1\tTssA\n2\tTx\n3\tQuies\n")
    let host = try host(
      ["cell_types": ["A", "A"], "tracks": ["a", "b"]], states: ["one.bed", "two.bed"])
    host.inputs["labels"] = [folder.at("labels.txt")]
    #expect(failure(host)?.description.contains("labels name the states of one model") == true)
  }

  @Test func itStopsOnRequest() throws {
    let host = try host(["cell_types": ["A"]], states: ["one.bed"])
    host.stopsAfter = 0
    #expect(failure(host)?.status == .cancelled)
    #expect(!Path.exists("\(folder.path)/corpus/manifest.json"))
  }
}
