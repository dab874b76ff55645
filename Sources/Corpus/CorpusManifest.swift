import DNA
import Files
import FoundationEssentials
import Genome
import Tokens

/// `manifest.json` of a corpus, format `flow.corpus/2`. It is written last.
///
/// Beside it stand
/// - `sequence.packed`: see `PackedSequenceWriter`;
/// - `unknown.bed`: the runs of unknown bases;
/// - `training.bed`, `validation.bed`, `test.bed`: the regions, free of unknown bases;
/// - `tracks/NAME/000.u8`, `001.u8`, ...: by track and cell type one byte a bin, the id of its state, the
///   chromosomes in a row, each with its last, partial bin; none where the corpus has no states;
/// - `vocab.txt`: the tokens by default;
/// - `croissant.json`: the same for programs that know Croissant, written after the manifest.
///
/// Format `flow.corpus/1` had one track, its members `bin_size`, `cell_types` and `state_names` beside `k` and
/// `overlapping` in the manifest, its files in `states`. It is read as a corpus with one track.
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

  /// How the sequence is cut into tokens unless its reader says otherwise.
  struct Tokens: Codable {
    var k: Int
    var overlapping: Bool
  }

  struct Track: Codable {
    var name: String
    var binSize: Int
    var cellTypes: [String]
    var stateNames: [String]

    /// Whether the name can be a directory's: letters, digits, `.`, `-` and `_`, at most 64, no `.` first.
    static func isName(_ name: String) -> Bool {
      (1...64).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
        && name.utf8.allSatisfy {
          UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || ".-_".utf8.contains($0)
        }
    }
  }

  static let currentFormat = "flow.corpus/2"
  static let firstFormat = "flow.corpus/1"
  static let name = "manifest.json"
  static let sequence = "sequence.packed"
  static let unknown = "unknown.bed"
  static let vocabulary = "vocab.txt"
  static let training = "training.bed"
  static let validation = "validation.bed"
  static let test = "test.bed"
  static let croissant = "croissant.json"
  /// The name of the track of a corpus that has one, unless another is given.
  static let onlyTrack = "states"

  static func path(ofTrack track: String, _ cellType: Int) -> String {
    "\(directory(ofTrack: track))/\(file(cellType))"
  }

  static func directory(ofTrack track: String) -> String { "tracks/\(track)" }

  private static func file(_ cellType: Int) -> String {
    let digits = String(cellType)
    return String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits + ".u8"
  }

  var format = CorpusManifest.currentFormat
  var tokens: Tokens
  var tracks: [Track]
  var chromosomes: [Chromosome]
  var training: Part
  var validation: Part
  var test: Part
  var files: [File]

  /// The files of a track, by cell type.
  func paths(of track: Track) -> [String] {
    track.cellTypes.indices.map {
      format == CorpusManifest.firstFormat
        ? "states/\(CorpusManifest.file($0))" : CorpusManifest.path(ofTrack: track.name, $0)
    }
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json = try encoder.encode(self)
    try WholeFile.write(Array(json) + [0x0A], to: path)
  }
}
