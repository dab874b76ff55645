import DNA
import Files
import FlowTesting
import Testing

@testable import Genome

@Suite struct IndexedFASTATests {
  static let text = ">one first\nGATTACAgatt\nacaNNNNGATT\nAC\n>two\nACGT\n"

  @Test func regionsAreAsInTheFileAndNothingIsLeftBesideIt() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa", Self.text)
    let file = try IndexedFASTA(path)
    #expect(
      file.chromosomes == [Chromosome(name: "one", length: 24), Chromosome(name: "two", length: 4)])
    #expect(try file.letters(on: "one", in: Interval(5, 18)) == Array("CAgattacaNNNN".utf8))
    #expect(try file.codes(on: "two", in: Interval(0, 4)) == [0, 2, 3, 1])
    #expect(try file.letters(on: "two", in: Interval(4, 4)) == [])
    #expect(try Path.list(folder.path) == ["a.fa"])
  }

  @Test func anIndexThatIsMadeIsFoundTheNextTime() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa", Self.text)
    try Path.createDirectory(folder.at("index"))
    _ = try IndexedFASTA(path, indexDirectory: folder.at("index"))
    #expect(try folder.read("index/a.fa.fai") == "one\t24\t11\t11\t12\ntwo\t4\t43\t4\t5\n")
    // Told apart by an index that speaks of less.
    try folder.write("index/a.fa.fai", "two\t4\t43\t4\t5\n")
    let again = try IndexedFASTA(path, indexDirectory: folder.at("index"))
    #expect(again.chromosomes.map(\.name) == ["two"])
  }

  @Test(arguments: [
    ("one\t24\t11\t0\t12\n", "a.fa.fai:1: lengths that no FASTA has"),
    ("one\t24\t11\t11\n", "a.fa.fai:1: not a line of a FASTA index"),
    ("one\t24\t11\t11\t12\none\t1\t2\t3\t4\n", "a.fa.fai:2: a second sequence 'one'"),
    ("one\t-24\t11\t11\t12\n", "a.fa.fai:1: lengths that no FASTA has"),
  ])
  func aHostileIndexIsRefused(index: String, expected: String) throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa", Self.text)
    try folder.write("a.fa.fai", index)
    #expect(message { _ = try IndexedFASTA(path) }.contains(expected))
  }

  @Test func anIndexOfAnotherFileIsNoticedWhenItLeadsOutside() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write("a.fa", Self.text)
    try folder.write("a.fa.fai", "one\t2400\t11\t11\t12\n")
    let file = try IndexedFASTA(path)
    let told = message { _ = try file.letters(on: "one", in: Interval(1_000, 1_010)) }
    #expect(told.contains("one:1001-1010 cannot be read"), "told: \(told)")
  }

  @Test func whatHasNoRegionsIsTold() throws {
    let folder = try TemporaryDirectory()
    let gzip = try GzipWriter(folder.at("a.fa.gz"))
    try gzip.write(Self.text)
    try gzip.finish()
    #expect(message { _ = try IndexedFASTA(folder.at("a.fa.gz")) }.contains("pack it with bgzip"))
    let ragged = try folder.write("b.fa", ">one\nACGT\nAC\nACGT\n")
    #expect(message { _ = try IndexedFASTA(ragged) }.contains("differ in length"))
    let wrong = try folder.write("c.fa", "ACGT\n")
    #expect(message { _ = try IndexedFASTA(wrong) }.contains("c.fa:1: sequence before the first"))
    let file = try IndexedFASTA(folder.write("d.fa", Self.text))
    let end = message { _ = try file.letters(on: "two", in: Interval(0, 5)) }
    #expect(end.contains("two:1-5 reaches past the end of two, which has 4 bases"))
    #expect(
      message { _ = try file.letters(on: "three", in: Interval(0, 1)) }.contains("no sequence"))
  }
}
