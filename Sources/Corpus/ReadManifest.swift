import DNA
import Files
import FoundationEssentials
import Genome
import Tokens

extension CorpusManifest {
  /// What every manifest has.
  private struct AnyFormat: Decodable {
    var format: String
  }

  /// Format `flow.corpus/1`.
  private struct First: Decodable {
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

    var manifest: CorpusManifest {
      let track = Track(
        name: onlyTrack, binSize: binSize, cellTypes: cellTypes, stateNames: stateNames)
      return CorpusManifest(
        format: firstFormat, tokens: Tokens(k: k, overlapping: overlapping),
        // Without states its only state was "none".
        tracks: stateNames.count == 1 ? [] : [track], chromosomes: chromosomes, training: training,
        validation: validation, test: test, files: files)
    }
  }

  /// Reads a manifest of this format, or of the one before.
  ///
  /// - Throws: `GenomeError` where the manifest is missing, is of another format, or contradicts itself.
  init(reading path: String) throws {
    guard Path.exists(path) else {
      throw GenomeError("no such file; is this a corpus made by tokenize/corpus?", path: path)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let bytes = Data(try Path.read(path, limit: 1 << 26))
    do {
      let format = try decoder.decode(AnyFormat.self, from: bytes).format
      switch format {
      case CorpusManifest.currentFormat:
        self = try decoder.decode(CorpusManifest.self, from: bytes)
      case CorpusManifest.firstFormat:
        self = try decoder.decode(First.self, from: bytes).manifest
      default:
        throw GenomeError(
          "its format is '\(format.prefix(40))', this version reads '\(CorpusManifest.currentFormat)' "
            + "and '\(CorpusManifest.firstFormat)'", path: path)
      }
    } catch let error as DecodingError {
      throw GenomeError("not a manifest of a corpus: \(error)", path: path)
    }
    if let fault { throw GenomeError(fault, path: path) }
  }

  /// What no manifest of ours says: it could lead outside the corpus, or out of memory.
  private var fault: String? {
    if let file = files.first(where: { $0.path.hasPrefix("/") || $0.path.contains("..") }) {
      return "the file '\(file.path.prefix(100))' lies outside the corpus"
    }
    if let track = tracks.first(where: { !Track.isName($0.name) }) {
      return "'\(track.name.prefix(100))' cannot be the name of a track"
    }
    if let twice = tracks.map(\.name).firstRepeated { return "two tracks have the name '\(twice)'" }
    if let twice = tracks.lazy.compactMap({ $0.cellTypes.firstRepeated }).first {
      return "a track has two cell types '\(twice.prefix(100))'"
    }
    let isSound =
      Vocabulary.allowedK.contains(tokens.k) && !chromosomes.isEmpty
      && chromosomes.allSatisfy { $0.length > 0 && $0.length <= BED.largestCoordinate }
      && tracks.allSatisfy {
        (1...1 << 20).contains($0.binSize) && !$0.cellTypes.isEmpty
          && (1...StateNames.most + 1).contains($0.stateNames.count)
      }
    return isSound ? nil : "its numbers are out of range"
  }
}
