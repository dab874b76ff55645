import DNA
import Files
import Genome

/// A segmentation model's states in a corpus: one byte a bin and cell type, memory-mapped.
public struct StateTrack: Sendable {
  /// The name that the corpus gives it.
  public let name: String
  /// Bases in a bin.
  public let binSize: Int
  /// By state id; 0 is "none": where there is no segmentation.
  public let stateNames: [String]
  /// Names of the cell types that have a segmentation of this model.
  public let cellTypes: [String]
  /// By cell type: the bins, the chromosomes in a row.
  let files: [MappedFile]
  /// By chromosome: where its bins begin in a file.
  let firstBin: [Int]

  /// Maps the files, and checks that they have the sizes that the chromosomes need.
  ///
  /// - Throws: `GenomeError` or `FileError` where one is missing or cut off.
  init(
    _ entry: CorpusManifest.Track, chromosomes: [Chromosome], directory: String,
    paths: [String]
  ) throws {
    name = entry.name
    binSize = entry.binSize
    stateNames = entry.stateNames
    cellTypes = entry.cellTypes
    var bins = 0
    firstBin = chromosomes.map { chromosome in
      defer { bins += (chromosome.length + entry.binSize - 1) / entry.binSize }
      return bins
    }
    files = try paths.map { try Corpus.map("\(directory)/\($0)", bytes: bins) }
  }

  /// - Throws: `GenomeError` that names a file with a byte that is no state.
  func verify() throws(GenomeError) {
    for file in files where Int(file.bytes.max() ?? 0) >= stateNames.count {
      throw GenomeError("it holds a state that has no name", path: file.path)
    }
  }
}

/// A track as windows are read from it: where its files are in memory, in the order of the cell types that are
/// read. Unchecked, because pointers are not `Sendable`: what these point to is mapped read-only, and lives as
/// long as `files`.
struct StateLayer: @unchecked Sendable {
  let binSize: Int
  /// How many ids there are, 0 included.
  let states: Int32
  private let files: [MappedFile]
  /// By cell type. Pointers rather than files: a window would wait for two more loads.
  private let bins: [UnsafeRawPointer]
  private let firstBin: [Int]

  /// - Parameter cellTypes: of which all must be in the track.
  init(_ track: StateTrack, cellTypes: [String]) {
    binSize = track.binSize
    states = Int32(track.stateNames.count)
    firstBin = track.firstBin
    let places = Dictionary(
      track.cellTypes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    files = cellTypes.compactMap { places[$0].map { track.files[$0] } }
    bins = files.compactMap(\.bytes.baseAddress)
  }

  /// The state of a bin.
  ///
  /// - Parameter cellType: position in the list of `init`.
  @inline(__always)
  func state(_ chromosome: Int, _ bin: Int, _ cellType: Int) -> Int32 {
    let byte = bins[cellType].load(fromByteOffset: firstBin[chromosome] + bin, as: UInt8.self)
    // A byte without a name can only come from damage, which `verify` tells; it must not become an index.
    return Int32(byte) < states ? Int32(byte) : 0
  }
}
