import Files
import FlowTesting
import Glibc
import Testing
import Tokens

@testable import Tokenize

@Suite struct EncodeTests {
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    try folder.write("s.fa", ">chr1\nACGTN\nacgta\n>chr2\nTTTT\n")
  }

  private func host(
    _ changes: [String: JSON] = [:], _ inputs: [String: [String]] = [:]
  ) throws -> OperationHost {
    let defaults: [String: JSON] = [
      "k": 3, "overlapping": true, "regions": [], "max_bases": 1000,
    ]
    return try OperationHost(
      parameters: .object(defaults.merging(changes) { $1 }),
      inputs: ["sequence": [folder.at("s.fa")]].merging(inputs) { $1 }, directory: folder.path)
  }

  private func table(
    _ changes: [String: JSON] = [:], _ inputs: [String: [String]] = [:]
  ) throws -> [String] {
    try host(changes, inputs).run("encode", of: Tokenize.entry)
    return try folder.read("table").split(separator: "\n").dropFirst().map(String.init)
  }

  @Test func aTokenIsALineWithItsPlace() throws {
    let rows = try table(["regions": ["chr1:2-6"]])
    #expect(rows == ["chr1\t1\t4\t50\tCGT", "chr1\t2\t5\t1\t[UNK]", "chr1\t3\t6\t1\t[UNK]"])
    #expect(
      try JSON(parsing: folder.read("tokens"))
        == ["chromosome": "chr1", "start": 1, "end": 6, "ids": [50, 1, 1], "starts": [1, 2, 3]])
    #expect(
      try Tokenizer(reading: folder.at("exported"))
        == Tokenizer(Vocabulary(k: 3, isOverlapping: true)))
  }

  @Test func eachRegionIsEncodedByItselfInItsOrder() throws {
    try folder.write("r.bed", "chr1\t0\t3\n")
    let rows = try table(
      ["regions": ["chr2", "chr1:2-4", "chr1:1-4"]], ["bed": [folder.at("r.bed")]])
    #expect(
      rows.map { $0.split(separator: "\t").last.map(String.init) } == [
        "TTT", "TTT", "CGT", "ACG", "CGT", "ACG",
      ])
  }

  @Test func aTokenizerIsReadFromItsFile() throws {
    let pairs = Tokenizer(
      try BytePairModel(
        tokens: SpecialTokens.names + ["A", "C", "G", "T", "AC"],
        merges: [BytePairModel.Merge(left: 5, right: 6, result: 9)], specials: .standard))
    try pairs.write(to: folder.at("own.json"))
    let rows = try table(["regions": ["chr1"]], ["tokenizer": [folder.at("own.json")]])
    #expect(
      rows.map { $0.split(separator: "\t").last.map(String.init) } == [
        "AC", "G", "T", "[UNK]", "AC", "G", "T", "A",
      ])
    #expect(rows[4].hasPrefix("chr1\t5\t7\t9\t"))
  }

  @Test func whatIsTooMuchOrDamagedIsRefused() throws {
    let much = try host(["max_bases": 3]).failure("encode", of: Tokenize.entry)
    #expect(much?.description.contains("more than 3 bases") == true)
    try folder.write("bad.json", #"{"model": {"type": "Unigram"}}"#)
    let bad = try host([:], ["tokenizer": [folder.at("bad.json")]])
      .failure("encode", of: Tokenize.entry)
    #expect(bad?.status == .invalid)
    #expect(bad?.description.contains("bad.json: model.vocab") == true)
  }

  @Test func pipesAreNotWaitedFor() throws {
    let folder = try TemporaryDirectory()
    #expect(mkfifo(folder.at("pipe"), 0o600) == 0)
    for read in [
      { _ = try Stretch.regions(folder.at("pipe")) },
      { _ = try Tokenizer(reading: folder.at("pipe")) },
    ] as [() throws -> Void] {
      #expect(message(read).contains("it is not a regular file"))
    }
  }
}
