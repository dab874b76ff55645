import DNA
import Files
import Genome
import Tokens

/// Sequence and chromatin states, memory-mapped, from which windows of tokens are read (format
/// `flow.corpus/1`, laid out in `CorpusManifest`).
///
/// The sequence is stored once, whatever k and however many cell types; tokens are made when a window is
/// read. A value is cheap to copy and safe to share between threads.
public struct Corpus: Sendable {
  /// Where the corpus was opened.
  public let directory: String
  /// The tokens, and how they lie along the sequence.
  public let vocabulary: Vocabulary
  /// By state id; 0 is "none": special tokens, and where there is no segmentation.
  public let stateNames: [String]
  /// Names of the cell types; one, "none", where the corpus has no states.
  public let cellTypes: [String]
  /// The chromosomes, in the order of the FASTA.
  public let chromosomes: [Chromosome]
  /// Bases in a bin of the segmentations.
  public let binSize: Int
  /// Regions without unknown bases, in order, split at runs of them. No two regions overlap, so that a
  /// window inside one never reaches into another set.
  public let training: [Region]
  /// Regions held out to choose by; as `training` otherwise.
  public let validation: [Region]
  /// Regions held out to judge by; as `training` otherwise.
  public let test: [Region]
  /// By chromosome: the runs of unknown bases, in order.
  public let unknown: [[Interval]]

  let sequence: MappedFile
  /// By cell type; empty where the corpus has no states.
  let tracks: [MappedFile]
  /// By chromosome: where its bytes begin in the sequence, its bins in a track.
  let firstByte: [Int]
  let firstBin: [Int]
  private let files: [CorpusManifest.File]

  /// Opens a corpus: reads its manifest and regions, maps its sequence and states, and checks that the
  /// files have the sizes that the manifest tells. `verify` checks the contents.
  ///
  /// - Throws: `GenomeError` or `FileError` where something is missing, cut off or contradictory.
  public init(directory: String) throws {
    let manifest = try CorpusManifest(reading: "\(directory)/\(CorpusManifest.name)")
    self.directory = directory
    vocabulary = Vocabulary(k: manifest.k, isOverlapping: manifest.overlapping)
    stateNames = manifest.stateNames
    cellTypes = manifest.cellTypes
    chromosomes = manifest.chromosomes.map { Chromosome(name: $0.name, length: $0.length) }
    binSize = manifest.binSize
    files = manifest.files

    var byte = 0
    var bin = 0
    var firstByte: [Int] = []
    var firstBin: [Int] = []
    for chromosome in chromosomes {
      firstByte.append(byte)
      firstBin.append(bin)
      byte += PackedSequenceWriter.bytes(forBases: chromosome.length)
      bin += (chromosome.length + binSize - 1) / binSize
    }
    self.firstByte = firstByte
    self.firstBin = firstBin

    for file in files {
      let path = "\(directory)/\(file.path)"
      let size = try Path.size(path)
      guard size == file.bytes else {
        throw GenomeError("it has \(size) bytes, the manifest says \(file.bytes)", path: path)
      }
    }
    sequence = try Corpus.map(
      "\(directory)/\(CorpusManifest.sequence)", bytes: byte + PackedSequenceWriter.padding)
    tracks =
      manifest.stateNames.count == 1
      ? []
      : try cellTypes.indices.map {
        try Corpus.map("\(directory)/\(CorpusManifest.track($0))", bytes: bin)
      }

    let regions = RegionFile(chromosomes)
    training = try regions.read("\(directory)/\(CorpusManifest.training)")
    validation = try regions.read("\(directory)/\(CorpusManifest.validation)")
    test = try regions.read("\(directory)/\(CorpusManifest.test)")
    var unknown = [[Interval]](repeating: [], count: chromosomes.count)
    for run in try regions.read("\(directory)/\(CorpusManifest.unknown)") {
      unknown[run.chromosome].append(Interval(run.start, run.end))
    }
    self.unknown = unknown
  }

  private static func map(_ path: String, bytes: Int) throws -> MappedFile {
    let file = try MappedFile(path)
    guard file.bytes.count == bytes else {
      throw GenomeError(
        "it has \(file.bytes.count) bytes; chromosomes of these lengths need \(bytes)", path: path)
    }
    return file
  }

  /// Compares each file with the SHA-256 in the manifest, and checks that all states have a name.
  ///
  /// - Throws: `GenomeError` that names the damaged file.
  public func verify() throws {
    for file in files {
      let path = "\(directory)/\(file.path)"
      guard try StreamingHash.of(file: path) == file.sha256 else {
        throw GenomeError(
          "its content is not what the manifest tells; make the corpus anew", path: path)
      }
    }
    for track in tracks where Int(track.bytes.max() ?? 0) >= stateNames.count {
      throw GenomeError("it holds a state that has no name", path: track.path)
    }
  }

  /// The position of a chromosome by its name, nil where the corpus has none of that name.
  public func chromosome(named name: String) -> Int? {
    chromosomes.firstIndex { $0.name == name }
  }

  /// Bytes of sequence and states that are mapped into memory, and that the system may drop when others need
  /// the room.
  public var mappedBytes: Int { tracks.reduce(sequence.bytes.count) { $0 + $1.bytes.count } }

  /// How many bases give a sequence of `length` tokens, `[CLS]` and `[SEP]` included.
  public func bases(forTokens length: Int) -> Int { vocabulary.bases(forTokens: length) }
}
