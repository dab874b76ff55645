import Files
import FlowTesting
import Testing

@testable import Corpus

@Suite struct CroissantMetadataTests {
  @Test func filesAreToldWithTheirHashes() throws {
    let folder = try TemporaryDirectory()
    let corpus = try CorpusTests.example(folder).corpus
    let json = try JSON.read("\(corpus.directory)/croissant.json")
    #expect(json["conformsTo"] == "http://mlcommons.org/croissant/1.1")
    for name in ["@context", "@type", "name", "description", "license", "url"] {
      #expect(json[name] != nil, "\(name)")
    }
    let files = try #require(json["distribution"]?.array)
    #expect(
      Set(files.compactMap { $0["contentUrl"]?.string })
        == [
          "manifest.json", "sequence.packed", "unknown.bed", "training.bed", "validation.bed",
          "test.bed", "vocab.txt", "tracks/states/000.u8", "tracks/states/001.u8",
        ])
    for file in files {
      let path = "\(corpus.directory)/\(file["contentUrl"]?.string ?? "")"
      #expect(try file["sha256"]?.string == StreamingHash.of(file: path))
      #expect(try file["contentSize"]?.string == "\(Path.size(path)) B")
    }
    let sets = try #require(json["recordSet"]?.array)
    #expect(
      sets.compactMap { $0["name"]?.string } == [
        "chromosomes", "tracks", "training", "validation", "test",
      ])
    #expect(sets[0]["data"]?.array?[1]["chromosomes/length"] == 298)
    #expect(sets[1]["data"]?.array?[1]["tracks/cell_type"] == "two")
    #expect(sets[1]["data"]?.array?[1]["tracks/state_names"] == "none\tE1\tE2\tE3\tE4")
  }

  @Test func whatNoFileTellsIsTakenFromTheRecipe() throws {
    let facts = try CroissantMetadata.parse(["license=CC-BY-4.0", "name=a=b"])
    #expect(facts == ["license": "CC-BY-4.0", "name": "a=b"])
    for bad in ["licence=x", "license", "=x"] {
      #expect(message { _ = try CroissantMetadata.parse([bad]) }.contains("is not a fact"))
    }
  }
}
