import DNA
import Files
import FoundationEssentials
import Genome
import Tokens

/// `manifest.json` of a corpus, format `flow.corpus/1`. It is written last.
///
/// Beside it stand
/// - `sequence.packed`: see `PackedSequenceWriter`;
/// - `unknown.bed`: the runs of unknown bases;
/// - `training.bed`, `validation.bed`, `test.bed`: the regions, free of unknown bases;
/// - `states/000.u8`, `001.u8`, ...: by cell type one byte a bin, the id of its state, the chromosomes in
///   a row, each with its last, partial bin; none where the corpus has no states;
/// - `vocab.txt`: the tokens.
struct CorpusManifest: Codable {
  struct Chromosome: Codable {
    var name: String
    var length: Int
  }

  struct File: Codable {
    var path: String
    var bytes: Int
    var sha256: String
  }

  struct Part: Codable {
    var regions: Int
    var bases: Int
  }

  static let currentFormat = "flow.corpus/1"
  static let name = "manifest.json"
  static let sequence = "sequence.packed"
  static let unknown = "unknown.bed"
  static let vocabulary = "vocab.txt"
  static let training = "training.bed"
  static let validation = "validation.bed"
  static let test = "test.bed"

  static func track(_ cellType: Int) -> String {
    let digits = String(cellType)
    return "states/" + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits + ".u8"
  }

  var format: String
  var k: Int
  var overlapping: Bool
  var binSize: Int
  var cellTypes: [String]
  var stateNames: [String]
  var chromosomes: [Chromosome]
  var training: Part
  var validation: Part
  var test: Part
  var files: [File]

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json = try encoder.encode(self)
    try WholeFile.write(Array(json) + [0x0A], to: path)
  }

  /// - Throws: `GenomeError` where the manifest is missing, is of another format, or contradicts itself.
  init(reading path: String) throws {
    guard Path.exists(path) else {
      throw GenomeError("no such file; is this a corpus made by tokenize/corpus?", path: path)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let bytes = try Path.read(path, limit: 1 << 26)
    do {
      self = try decoder.decode(CorpusManifest.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw GenomeError("not a manifest of a corpus: \(error)", path: path)
    }
    guard format == CorpusManifest.currentFormat else {
      throw GenomeError(
        "its format is '\(format.prefix(40))', this version reads '\(CorpusManifest.currentFormat)'",
        path: path)
    }
    let isSound =
      Vocabulary.allowedK.contains(k) && (1...1 << 20).contains(binSize) && !cellTypes.isEmpty
      && (1...StateNames.most + 1).contains(stateNames.count) && !chromosomes.isEmpty
      && chromosomes.allSatisfy { $0.length > 0 && $0.length <= BED.largestCoordinate }
    guard isSound else { throw GenomeError("its numbers are out of range", path: path) }
  }

  init(
    k: Int, overlapping: Bool, binSize: Int, cellTypes: [String], stateNames: [String],
    chromosomes: [Chromosome], training: Part, validation: Part, test: Part, files: [File]
  ) {
    format = CorpusManifest.currentFormat
    (self.k, self.overlapping, self.binSize) = (k, overlapping, binSize)
    (self.cellTypes, self.stateNames, self.chromosomes) = (cellTypes, stateNames, chromosomes)
    (self.training, self.validation, self.test) = (training, validation, test)
    self.files = files
  }
}
