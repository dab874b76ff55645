import FlowTesting
import Testing

@testable import Genome

@Suite struct ChromosomeIdentityTests {
  /// Accessions as NCBI's assembly reports list them.
  @Test(arguments: [
    ("chr7", "chr7", Assembly?.none), ("7", "chr7", nil), ("X", "chrX", nil), ("MT", "chrM", nil),
    ("NC_000007.12", "chr7", .hg18), ("NC_000007.13", "chr7", .hg19),
    ("NC_000007.14", "chr7", .hg38), ("NC_000001.10", "chr1", .hg19),
    ("NC_000023.11", "chrX", .hg38), ("NC_000024.9", "chrY", .hg19),
    ("CM000663.1", "chr1", .hg19), ("CM000686.2", "chrY", .hg38), ("NC_060925.1", "chr1", .hs1),
    ("CP068277.2", "chr1", .hs1), ("CP068255.2", "chrX", .hs1), ("CP086569.2", "chrY", .hs1),
    ("NC_000067.5", "chr1", .mm9), ("NC_000068.7", "chr2", .mm10), ("NC_000087.8", "chrY", .mm39),
    ("CM000994.2", "chr1", .mm10), ("CM001013.3", "chrX", .mm39), ("NC_012920.1", "chrM", nil),
  ])
  func aNameMeansAChromosome(name: String, label: String, assembly: Assembly?) {
    let found = ChromosomeIdentity(name)
    #expect(found?.label.description == label && found?.assembly == assembly)
  }

  @Test(arguments: [
    "chr23", "chr0", "chr07", "chr1_random", "chrUn_KI270302v1", "NC_000007", "NC_000007.99",
    "NC_000099.1", "NT_113891.2", "HLA-A*01:02", "", ".", "CM000663.x", "NC_1.2.3",
  ])
  func otherNamesMeanNone(name: String) {
    #expect(ChromosomeIdentity(name) == nil)
  }
}

@Suite struct ChromosomeAliasesTests {
  static let hg19 = [
    Chromosome(name: "chr20", length: 63_025_520), Chromosome(name: "chrM", length: 16_571),
    Chromosome(name: "chr1_gl000191_random", length: 106_433),
  ]

  @Test func aNameOfTheSequenceIsItself() throws {
    let aliases = try ChromosomeAliases(Self.hg19, .refuse)
    #expect(aliases.resolve("chr20") == .exact(0))
    #expect(aliases.resolve("chr1_gl000191_random") == .exact(2))
    #expect(aliases.resolve("chr8") == .absent)
    #expect(aliases.resolve("scaffold_9") == .absent)
  }

  @Test func mappingIsDoneWhereItWasAskedFor() throws {
    let map = try ChromosomeAliases(Self.hg19, .map)
    let refuse = try ChromosomeAliases(Self.hg19, .refuse)
    for name in ["20", "NC_000020.10", "CM000682.1"] {
      #expect(map.resolve(name) == .mapped(0))
      guard case .refused(0, let reason) = refuse.resolve(name) else {
        Issue.record("\(name) is \(refuse.resolve(name))")
        continue
      }
      #expect(reason.contains("the sequence calls '\(name)' 'chr20'; set aliases to map"))
    }
  }

  /// Of other species the two spellings are known, and nothing else.
  @Test(arguments: [("II", "chrII"), ("chr25", "25"), ("chrUn_x", "Un_x")])
  func otherSpeciesHaveTwoSpellings(name: String, known: String) throws {
    let sequence = [Chromosome(name: known, length: 1000)]
    #expect(try ChromosomeAliases(sequence, .map).resolve(name) == .mapped(0))
    guard case .refused(0, _) = try ChromosomeAliases(sequence, .refuse).resolve(name) else {
      Issue.record("\(name) is not refused")
      return
    }
  }

  @Test func anAccessionOfAnotherAssemblyIsNeverMapped() throws {
    let aliases = try ChromosomeAliases(Self.hg19, .map)
    guard case .conflicting(let reason) = aliases.resolve("NC_000020.11") else {
      Issue.record("it is \(aliases.resolve("NC_000020.11"))")
      return
    }
    #expect(reason.contains("hg38 (GRCh38) has 64444167 bases, the sequence's chr20 has 63025520"))
  }

  /// GRCh37 took the revised Cambridge sequence (16,569 bases), UCSC's hg19 kept an older one (16,571).
  @Test func theTwoMitochondriaOfGRCh37AreNotOne() throws {
    func resolve(_ name: String, on chromosomes: [Chromosome]) throws -> String {
      "\(try ChromosomeAliases(chromosomes, .map).resolve(name))"
    }
    #expect(try resolve("MT", on: Self.hg19).hasPrefix("conflicting"))
    #expect(try resolve("NC_012920.1", on: Self.hg19).hasPrefix("conflicting"))
    #expect(try resolve("NC_001807.4", on: Self.hg19) == "mapped(1)")
    let b37 = [
      Chromosome(name: "20", length: 63_025_520), Chromosome(name: "MT", length: 16_569),
    ]
    #expect(try resolve("chrM", on: b37).hasPrefix("conflicting"))
    #expect(try resolve("NC_012920.1", on: b37) == "mapped(1)")
    let hg38 = [
      Chromosome(name: "chr20", length: 64_444_167), Chromosome(name: "chrM", length: 16_569),
    ]
    #expect(try resolve("MT", on: hg38) == "mapped(1)")
  }

  @Test func aTableNamesScaffolds() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write(
      "chromAlias.txt",
      "# ucsc\tassembly\tgenbank\nchr1_gl000191_random\tHSCHR1_RANDOM_CTG5\tGL000191.1\tucsc,ncbi\n"
        + "chr20\tCM000682.1\tucsc,ncbi\tshared\nchrOther\tshared\n")
    let aliases = try ChromosomeAliases(Self.hg19, .map, table: path)
    #expect(aliases.resolve("GL000191.1") == .mapped(2))
    #expect(aliases.resolve("ucsc,ncbi") == .absent)
    // Also where the other line has no sequence of this file.
    #expect(aliases.resolve("shared") == .absent)
    let empty = try folder.write("empty", "#\n")
    #expect(
      message { _ = try ChromosomeAliases(Self.hg19, .map, table: empty) }.contains("has no names"))
  }
}
