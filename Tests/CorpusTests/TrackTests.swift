import CounterRandom
import Files
import FlowTesting
import Genome
import Testing
import Tokens

@testable import Corpus

/// Several segmentation models in one corpus.
@Suite struct TrackTests {
  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    var random = RandomSequence(4)
    let bases = (0..<600).map { _ in "ACGT".randomElement(using: &random) ?? "A" }
    try folder.write("s.fa", ">chr1\n\(String(bases))\n")
    // Bins of 10 in a, of 25 in b; A has both, B only a, C only b.
    try folder.write("a-A.bed", "chr1\t0\t200\t1_X\nchr1\t200\t600\t2_Y\n")
    try folder.write("a-B.bed", "chr1\t0\t600\t2_Y\n")
    try folder.write("b-A.bed", "chr1\t0\t125\t1_P\nchr1\t125\t300\t2_Q\n")
    try folder.write("b-C.bed", "chr1\t0\t600\t3_R\n")
  }

  private func recipe(threads: Int = 1) -> CorpusRecipe {
    var recipe = CorpusRecipe()
    recipe.k = 3
    recipe.minimumRegion = 20
    recipe.cellTypes = ["A", "A", "B", "C"]
    recipe.tracks = ["a", "b", "a", "b"]
    recipe.binSizes = [10, 25]
    recipe.threads = threads
    return recipe
  }

  @discardableResult
  private func build(_ recipe: CorpusRecipe, at name: String = "corpus") throws -> CorpusSummary {
    try CorpusBuilder(
      recipe, sequence: ["\(folder.path)/s.fa"],
      states: ["a-A", "b-A", "a-B", "b-C"].map { "\(folder.path)/\($0).bed" }
    ).build(at: "\(folder.path)/\(name)")
  }

  private func open(_ tracks: [String] = []) throws -> Corpus {
    try Corpus(directory: "\(folder.path)/corpus", tracks: tracks)
  }

  private func states(_ corpus: Corpus, cell: Int) -> [Int32] {
    Array(CorpusTests.window(corpus, 0, 0, 600, cell, length: 600).states.dropFirst().dropLast())
  }

  @Test func aCorpusTellsItsTracksAndReadsTheFirst() throws {
    try build(recipe())
    let corpus = try open()
    try corpus.verify()
    #expect(corpus.tracks.map(\.name) == ["a", "b"])
    #expect(corpus.tracks.map(\.binSize) == [10, 25])
    #expect(corpus.tracks.map(\.cellTypes) == [["A", "B"], ["A", "C"]])
    #expect(corpus.tracks[1].stateNames == ["none", "1_P", "2_Q", "3_R"])
    #expect(corpus.chosenTracks == ["a"] && corpus.cellTypes == ["A", "B"])
    #expect(corpus.stateNames == ["none", "1_X", "2_Y"] && corpus.binSize == 10)
  }

  @Test func anotherTrackCanBeRead() throws {
    try build(recipe())
    let corpus = try open(["b"])
    #expect(corpus.cellTypes == ["A", "C"] && corpus.binSize == 25)
    let states = states(corpus, cell: 0)
    // The centre of token i is base i + 1.
    #expect(states[0..<124].allSatisfy { $0 == 1 } && states[124..<299].allSatisfy { $0 == 2 })
    #expect(states[299...].allSatisfy { $0 == 0 })
  }

  @Test func severalTracksAreReadAsCombinations() throws {
    try build(recipe())
    let corpus = try open(["a", "b"])
    #expect(corpus.cellTypes == ["A"], "those that both tracks have")
    #expect(corpus.binSize == 50)
    #expect(corpus.stateNames.count == 12)
    #expect(corpus.stateNames[0] == "none" && corpus.stateNames[5] == "1_X|1_P")
    let one = try states(open(["a"]), cell: 0)
    let other = try states(open(["b"]), cell: 0)
    #expect(states(corpus, cell: 0) == zip(one, other).map { 4 * $0 + $1 })
    #expect(states(corpus, cell: 0)[10] == 5)
    #expect(corpus.stateNames[Int(states(corpus, cell: 0)[250])] == "2_Y|2_Q")
  }

  @Test func aModelsTracksAreFoundByItsStates() throws {
    try build(recipe())
    let directory = "\(folder.path)/corpus"
    for tracks in [["a"], ["b"], ["a", "b"], ["b", "a"]] {
      let names = try open(tracks).stateNames
      let corpus = try Corpus(
        directory: directory, stateNames: names, kmers: Vocabulary(k: 5, isOverlapping: false))
      #expect(corpus.chosenTracks == tracks)
      #expect(corpus.vocabulary == Vocabulary(k: 5, isOverlapping: false))
    }
    let other = try Corpus(directory: directory, stateNames: ["none", "X"], kmers: nil)
    #expect(other.chosenTracks == ["a"] && other.vocabulary.k == 3)
  }

  @Test func theBytesAreTheSameForAnyNumberOfThreads() throws {
    let one = try build(recipe())
    let other = try build(recipe(threads: 3), at: "other")
    #expect(one.json == other.json)
    let names = try Corpus(directory: "\(folder.path)/corpus").tracks.flatMap { track in
      track.cellTypes.indices.map { CorpusManifest.path(ofTrack: track.name, $0) }
    }
    #expect(names.count == 4)
    for name in names + ["manifest.json"] {
      #expect(
        try Path.read("\(folder.path)/corpus/\(name)") == Path.read("\(folder.path)/other/\(name)"))
    }
  }

  @Test func aBuildThatWasCutOffIsMadeAnew() throws {
    try build(recipe())
    let whole = try Path.read("\(folder.path)/corpus/manifest.json")
    struct Cut: Error {}
    let builder = try CorpusBuilder(
      recipe(), sequence: ["\(folder.path)/s.fa"],
      states: ["a-A", "b-A", "a-B", "b-C"].map { "\(folder.path)/\($0).bed" })
    #expect(throws: Cut.self) {
      try builder.build(at: "\(folder.path)/corpus") { done, total in
        if total > 0 { throw Cut() }
      }
    }
    #expect(message { _ = try self.open() }.contains("is this a corpus"))
    try build(recipe())
    #expect(try Path.read("\(folder.path)/corpus/manifest.json") == whole)
    try open().verify()
  }

  @Test func theFirstFaultIsToldWhateverTheNumberOfThreads() throws {
    try folder.write("a-B.bed", "chr1\t0\t601\t2_Y\n")
    try folder.write("b-C.bed", "chr1\t0\t7\t3_R\n")
    for threads in [1, 3] {
      let error = message { try self.build(self.recipe(threads: threads)) }
      #expect(error.contains("a-B.bed:1: ends at 601"), "\(error)")
    }
  }

  @Test(arguments: [
    (["a"], "1 name(s) in tracks for 4"), (["a", "../b", "a", "b"], "cannot be the name"),
    (["a", "a", "a", "b"], "'A' is named twice"),
  ])
  func tracksThatDoNotFitAreRefused(tracks: [String], reason: String) {
    var recipe = recipe()
    recipe.tracks = tracks
    let error = message { try self.build(recipe) }
    #expect(error.contains(reason), "\(error)")
  }

  @Test func choicesThatDoNotFitAreRefused() throws {
    try build(recipe())
    #expect(message { _ = try self.open(["c"]) }.contains("it has a, b"))
    #expect(message { _ = try self.open(["a", "a"]) }.contains("names 'a' twice"))
  }

  /// As `tokenize/corpus` wrote it before tracks.
  @Test func corporaOfTheFirstFormatOpen() throws {
    try build(recipe())
    let corpus = "\(folder.path)/corpus"
    try Path.createDirectory("\(corpus)/states")
    for name in ["000.u8", "001.u8"] {
      try WholeFile.write(Path.read("\(corpus)/tracks/a/\(name)"), to: "\(corpus)/states/\(name)")
    }
    try WholeFile.write(
      """
      {"format": "flow.corpus/1", "k": 3, "overlapping": true, "bin_size": 10, "cell_types": ["A", "B"],
       "state_names": ["none", "1_X", "2_Y"], "chromosomes": [{"name": "chr1", "length": 600}],
       "training": {"regions": 1, "bases": 600}, "validation": {"regions": 0, "bases": 0},
       "test": {"regions": 0, "bases": 0}, "files": []}
      """, to: "\(folder.path)/manifest.json")
    let expected = try states(open(), cell: 0)
    try WholeFile.write(Path.read("\(folder.path)/manifest.json"), to: "\(corpus)/manifest.json")
    let opened = try open()
    #expect(opened.cellTypes == ["A", "B"] && opened.stateNames == ["none", "1_X", "2_Y"])
    #expect(states(opened, cell: 0) == expected)
    #expect(opened.tracks.map(\.name) == ["states"])
  }

  @Test(arguments: [
    ("\"path\" : \"tracks/a/000.u8\"", "\"path\" : \"../secret\"", "lies outside the corpus"),
    ("\"name\" : \"a\"", "\"name\" : \"..\"", "cannot be the name of a track"),
    ("\"name\" : \"a\"", "\"name\" : \"b\"", "two tracks have the name 'b'"),
    ("\"bin_size\" : 25", "\"bin_size\" : 0", "out of range"),
    ("flow.corpus/2", "flow.corpus/3", "this version reads 'flow.corpus/2' and 'flow.corpus/1'"),
  ])
  func manifestsThatAreNotOursAreRefused(what: String, with: String, reason: String) throws {
    try build(recipe())
    let path = "\(folder.path)/corpus/manifest.json"
    let text = try Path.readText(path)
    let parts = text.split(separator: what, omittingEmptySubsequences: false)
    #expect(parts.count > 1)
    try WholeFile.write(parts.joined(separator: with), to: path)
    let error = message { _ = try self.open() }
    #expect(error.contains(reason), "\(error)")
  }
}
