import FlowTesting
import Testing

@testable import Corpus
@testable import Genome

/// A segmentation of the quickstart, against numbers that another program gave for the same file.
@Suite struct RealDataTests {
  static func data(_ name: String, _ file: String = #filePath) -> String {
    let repository = file.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(repository)/Workflows/data/\(name)"
  }

  /// Lengths of the segments by state as awk sums them. The names have apostrophes and slashes, the last
  /// segment ends with the chromosome, inside a bin.
  @Test func aRoadmapSegmentation() throws {
    let folder = try TemporaryDirectory()
    var recipe = CorpusRecipe()
    recipe.cellTypes = ["E116"]
    let plan = try TrackPlan(
      recipe, [Self.data("E116_25_imputed12marks_mnemonics.chr20.bed.gz")])
    let chromosomes = [Chromosome(name: "chr20", length: 63_025_520)]
    let writer = TrackWriter(
      track: plan.tracks[0], chromosomes: chromosomes,
      aliases: try ChromosomeAliases(chromosomes, .refuse), directory: folder.path, threads: 1)
    let written = try writer.write(report: { _ in })
    #expect(
      written.names == [
        "none", "1_TssA", "2_PromU", "3_PromD1", "4_PromD2", "5_Tx5'", "6_Tx", "7_Tx3'", "8_TxWk",
        "9_TxReg", "10_TxEnh5'", "11_TxEnh3'", "12_TxEnhW", "13_EnhA1", "14_EnhA2", "15_EnhAF",
        "16_EnhW1", "17_EnhW2", "18_EnhAc", "19_DNase", "20_ZNF/Rpts", "21_Het", "22_PromP",
        "23_PromBiv", "24_ReprPC", "25_Quies",
      ])
    #expect(
      written.coverage[0].basesByState == [
        79_800, 329_800, 252_400, 123_400, 1_213_400, 808_000, 3_690_600, 3_196_400, 409_200,
        279_800, 332_000, 786_600, 277_600, 251_400, 332_600, 227_200, 959_400, 242_400, 356_400,
        48_200, 420_400, 128_200, 195_800, 1_484_400, 46_600_120,
      ])
    #expect(written.coverage[0].segments == 17_815)
    #expect(written.files.map(\.bytes) == [63_025_520 / 200 + 1])
  }
}
