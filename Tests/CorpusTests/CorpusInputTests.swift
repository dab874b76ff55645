import Files
import FlowTesting
import Testing

@testable import Corpus

/// What a corpus is refused for, and how that is told.
@Suite struct CorpusInputTests {
  static let sequence = String(repeating: "ACGTTGCA", count: 100)

  static func build(
    _ folder: TemporaryDirectory, states: [String] = [], sequence: String = ">chr1\n\(sequence)\n",
    _ change: (inout CorpusRecipe) -> Void = { _ in }
  ) throws -> CorpusSummary {
    var recipe = CorpusRecipe()
    recipe.cellTypes = states.indices.map { "cell\($0)" }
    change(&recipe)
    let paths = try states.enumerated().map { try folder.write("s\($0).bed", $1) }
    return try CorpusBuilder(recipe, sequence: [folder.write("s.fa", sequence)], states: paths)
      .build(at: "\(folder.path)/corpus")
  }

  @Test(arguments: [
    (["1\t0\t200\tE1"], "s0.bed:1: the sequence calls '1' 'chr1'; set aliases to map"),
    (["chr1\t0\t1000\tE1"], "s0.bed:1: ends at 1000, past the end of chr1, which has 800 bases"),
    (["chr1\t0\t250\tE1"], "0-250 is not made of bins of 200"),
    (["chr1\t0\t400\tE1\nchr1\t200\t600\tE2"], "s0.bed:2: overlaps a segment 'E1'"),
    (["chr1\t0\t200\tnone"], "a state named 'none'"),
    (["chr1\t0\t200"], "no state: the fourth column must name it"),
    (["chrUn\t0\t200\tE1"], "no segment lies on the sequence: it names 'chrUn'"),
    (["#\n"], "it has no segments"),
    (
      ["chr1\t0\t200\t3_TxFlnk", "chr1\t0\t200\t3_TssFlnkU"],
      "two names for state 3: '3_TssFlnkU' and '3_TxFlnk'"
    ),
    (["chr1\t0\t200\tE18", "chr1\t0\t200\t18_Quies"], "two names for state 18"),
  ])
  func segmentationsThatDoNotFit(states: [String], expected: String) throws {
    let folder = try TemporaryDirectory()
    let told = message { _ = try Self.build(folder, states: states) }
    #expect(told.contains(expected), "told: \(told)")
  }

  /// The regions of a corpus are BED files, in which such names mean something else.
  @Test(arguments: [
    ("#1", "would make a comment of its rows"), ("track", "would make a comment of its rows"),
    (String(repeating: "n", count: 256), "a name of 256 bytes; at most 255 are allowed"),
  ])
  func namesThatCannotStandInBED(name: String, expected: String) throws {
    let told = message {
      _ = try Self.build(TemporaryDirectory(), sequence: ">\(name)\n\(Self.sequence)\n")
    }
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test func aFileWithoutSequences() throws {
    let folder = try TemporaryDirectory()
    // 2bit: signature, version, no sequences.
    let empty: [UInt8] = [0x43, 0x27, 0x41, 0x1A] + [UInt8](repeating: 0, count: 12)
    try WholeFile.write(empty, to: folder.at("s.2bit"))
    let told = message {
      try CorpusBuilder(CorpusRecipe(), sequence: [folder.at("s.2bit")], states: [])
        .build(at: folder.at("corpus"))
    }
    #expect(told.contains("s.2bit: no sequence in it"), "told: \(told)")
  }

  @Test func regionsThatTheManifestDoesNotTell() throws {
    let folder = try TemporaryDirectory()
    _ = try Self.build(folder, states: ["chr1\t0\t800\tE1"])
    _ = try Corpus(directory: folder.at("corpus"))
    // As long as before.
    try folder.write("corpus/training.bed", "chr1\t1\t800\n")
    let told = message { _ = try Corpus(directory: folder.at("corpus")) }
    #expect(
      told.contains("training.bed: 1 regions with 799 bases; the manifest says 1 with 800"),
      "told: \(told)")
  }

  @Test func recipesThatDoNotFit() throws {
    let folder = try TemporaryDirectory()
    func told(_ change: (inout CorpusRecipe) -> Void) -> String {
      message { _ = try Self.build(folder, change) }
    }
    #expect(told { $0.k = 9 }.contains("k is 9"))
    #expect(told { $0.cellTypes = ["a"] }.contains("1 name(s) in cell_types for 0 segmentation(s)"))
    #expect(told { $0.test = ["1:1-100"] }.contains("the sequence calls it 'chr1'"))
    #expect(told { $0.test = ["chr1:45"] }.contains("names 'chr1:45', which is not in the corpus"))
    #expect(told { $0.test = ["chr1:700-801"] }.contains("past the end of chr1"))
    #expect(
      told { $0.chromosomes = ["chr9"] }.contains("names 'chr9', which is not in the sequence"))
    #expect(told { $0.test = ["chr1"] }.contains("nothing is left to train on"))
    #expect(
      told {
        $0.validation = ["chr1:1-100"]
        $0.test = ["chr1:100-200"]
      }.contains("chr1:100-100 is in both validation and test"))
    let twice = message { _ = try Self.build(folder, sequence: ">a\nA\n>a\nC\n") }
    #expect(twice.contains("'a' is a second sequence of that name"))
  }

  @Test func theSummaryTellsWhatWasDropped() throws {
    let folder = try TemporaryDirectory()
    let sequence =
      ">chr1\n\(Self.sequence)NNNN\(Self.sequence.prefix(36))\n>chr2\n\(Self.sequence)\n>chrM\nACGT\n"
    let summary = try Self.build(
      folder,
      states: ["chr1\t0\t200\tE2\nchr1\t200\t400\tE1\nchr1\t800\t840\tE2\nchr7\t0\t200\tE9\n"],
      sequence: sequence
    ) {
      $0.chromosomes = ["chr1", "chr2"]
      $0.minimumRegion = 50
      $0.validation = ["chr1:101-200"]
    }
    let chr1 = summary.chromosomes[0]
    #expect([chr1.length, chr1.unknown, chr1.training, chr1.validation] == [840, 4, 700, 100])
    #expect([chr1.short, chr1.shortRegions] == [36, 1])
    #expect(summary.chromosomes[1].withoutStates == 800 && summary.chromosomes[1].training == 0)
    #expect(summary.skippedSequences == 1 && summary.skippedBases == 4)
    let cell = summary.tracks[0].cellTypes[0]
    #expect([cell.segments, cell.segmentsElsewhere] == [3, 1])
    #expect(cell.chromosomesWithout == ["chr2"])
    #expect(summary.tracks[0].stateNames == ["none", "E1", "E2"])
    #expect(cell.bases == [1640 - 440, 200, 240])
  }
}
