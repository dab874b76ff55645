import Testing

@testable import Genome

@Suite struct AssemblyTests {
  private func assembly(_ lengths: [(String, Int)]) -> Assembly? {
    Assembly(of: lengths.map { Chromosome(name: $0.0, length: $0.1) })
  }

  @Test func lengthsTellTheAssembly() {
    #expect(assembly([("chr20", 63_025_520)]) == .hg19)
    #expect(assembly([("chr20", 64_444_167)]) == .hg38)
    #expect(assembly([("1", 249_250_621), ("X", 155_270_560), ("chrUn_1", 7)]) == .hg19)
    #expect(assembly([("chr22", 50_818_468), ("chrY", 57_227_415)]) == .hg38)
    #expect(assembly([("NC_000022.11", 50_818_468)]) == .hg38)
    #expect(assembly([("chr19", 61_431_566), ("chrX", 171_031_299)]) == .mm10)
    #expect(assembly([("chr9", 150_617_247)]) == .hs1)
  }

  @Test func theMitochondrionTellsNothing() {
    #expect(assembly([("20", 63_025_520), ("MT", 16_569)]) == .hg19)
    #expect(assembly([("chr20", 63_025_520), ("chrM", 16_571)]) == .hg19)
    #expect(assembly([("chrM", 16_571)]) == nil)
  }

  @Test func anyOtherLengthTellsThatItIsNone() {
    #expect(assembly([("chr20", 63_025_521)]) == nil)
    #expect(assembly([("chr20", 63_025_520), ("chr21", 46_709_983)]) == nil)
    #expect(assembly([("chr23", 63_025_520), ("chr0", 1), ("scaffold", 9)]) == nil)
    #expect(assembly([("chr19", 61_431_566), ("chr22", 50_818_468)]) == nil)
    #expect(assembly([]) == nil)
  }

  @Test func noTwoAssembliesShareALength() {
    for place in 1...19 {
      let lengths = Assembly.allCases.compactMap { $0.length(of: .autosome(place)) }
      #expect(Set(lengths).count == Assembly.allCases.count, "chr\(place)")
    }
    #expect(Assembly.mm10.length(of: .autosome(20)) == nil)
    #expect(Assembly.hg38.length(of: .y) == 57_227_415)
  }

  @Test func endsTellWhatCannotBe() {
    // chr20 of hg19 is shorter than that of hg38, and a mouse has none.
    #expect(Assembly.fitting(["chr20": 63_500_000]) == [.hg38, .hs1])
    #expect(Assembly.fitting(["chr1": 1_000, "chr22": 50_900_000]) == [.hg19, .hs1])
    #expect(Assembly.fitting(["scaffold": 5]) == [])
  }

  @Test func theEndsOfASegmentationTellItsAssembly() {
    #expect(Assembly.endingAt(["chr20": 64_444_000, "chrX": 156_040_800], bin: 200) == .hg38)
    #expect(Assembly.endingAt(["chr20": 63_025_520], bin: 200) == .hg19)
    #expect(Assembly.endingAt(["chr20": 64_443_800], bin: 200) == nil)
    #expect(Assembly.endingAt([:], bin: 200) == nil)
  }
}
