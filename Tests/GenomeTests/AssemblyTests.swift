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
  }

  @Test func anyOtherLengthTellsThatItIsNone() {
    #expect(assembly([("chr20", 63_025_521)]) == nil)
    #expect(assembly([("chr20", 63_025_520), ("chr21", 46_709_983)]) == nil)
    #expect(assembly([("chr23", 63_025_520), ("chr0", 1), ("scaffold", 9)]) == nil)
    #expect(assembly([]) == nil)
  }
}
