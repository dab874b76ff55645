import Files
import FlowTesting
import Testing
import Tokenize
import Tokens

@Suite struct TrainBytePairsTests {
  private let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
    let repeated = String(repeating: "GATTACAGCCTTAGA", count: 60)
    try folder.write(
      "s.fa", ">chr1\n\(repeated)\nNNNNNN\n\(repeated.lowercased())\n>chr2\nACACACACAC\n")
  }

  private func host(_ changes: [String: JSON] = [:]) throws -> OperationHost {
    let defaults: [String: JSON] = [
      "vocabulary_size": 24, "min_frequency": 2, "chunk": 100, "sample_bases": 0, "regions": [],
      "seed": 0,
    ]
    return try OperationHost(
      parameters: .object(defaults.merging(changes) { $1 }),
      inputs: ["sequence": [folder.at("s.fa")]], directory: folder.path)
  }

  private func tokenizer(_ changes: [String: JSON] = [:]) throws -> (Tokenizer, OperationHost) {
    let host = try host(changes)
    try host.run("train-bpe", of: Tokenize.entry)
    return (try Tokenizer(reading: host.output("tokenizer")), host)
  }

  @Test func aStepTrainsAndTellsWhatItMade() throws {
    let (tokenizer, host) = try tokenizer()
    #expect(tokenizer.count == 24)
    #expect(host.records["tokens"] == 24 && host.records["sample_bases"] == 1810)
    #expect(host.records["tokenizer"] == .string(tokenizer.fingerprint))
    #expect(host.records["table:tokens"]?["rows"]?.array?.first == [1, 4, "A"])
    #expect(host.progress.last.map { $0.done == 24 && $0.total == 24 } == true)
    #expect(host.warnings.isEmpty)
  }

  @Test func aSeedNamesTheSample() throws {
    let one = try tokenizer(["sample_bases": 300, "chunk": 30, "regions": ["chr1"]])
    #expect(one.1.records["sample_bases"] == 300)
    #expect(try tokenizer(["sample_bases": 300, "chunk": 30, "regions": ["chr1"]]).0 == one.0)
    let seeds = try (0..<5).map {
      try tokenizer(["sample_bases": 60, "chunk": 7, "seed": .integer($0)]).0
    }
    #expect(Set(seeds).count > 1)
  }

  @Test func onlyNamedRegionsAreLearnt() throws {
    let (tokenizer, host) = try tokenizer(["regions": ["chr2:1-8", "chr2:5-10"]])
    #expect(tokenizer.tokens[9...] == ["AC", "ACAC"])
    #expect(host.records["sample_bases"] == 10)
    #expect(host.warnings.first?.hasPrefix("11 tokens of 24") == true)
  }

  @Test func whatIsWrongIsTheUsersToChange() throws {
    func failure(_ changes: [String: JSON]) throws -> String {
      let failure = try host(changes).failure("train-bpe", of: Tokenize.entry)
      #expect(failure?.status == .invalid)
      return failure?.description ?? ""
    }
    #expect(try failure(["regions": ["chr3"]]).contains("no sequence 'chr3'"))
    #expect(try failure(["regions": ["chr2:1-11"]]).contains("past the end of chr2"))
    #expect(try failure(["regions": ["chr1:901-906"]]).contains("no known bases"))
  }

  @Test func itStopsWhenToldTo() throws {
    let host = try host()
    host.stopsAtQuestion = 5
    #expect(host.failure("train-bpe", of: Tokenize.entry)?.status == .cancelled)
    #expect(!folder.exists("tokenizer"))
  }
}
