import DNA
import Files
import Genome

/// What of a file can be looked at, whatever its format.
protocol ViewedFile {
  /// Where the file is.
  var path: String { get }

  /// The format's name.
  var format: String { get }

  /// The sequences that the file holds or speaks of, in its order; a length of 0 is not known.
  var chromosomes: [Chromosome] { get }

  /// What else the file tells of itself.
  var facts: [(name: String, value: JSON)] { get }

  /// What the file holds in a region.
  ///
  /// - Throws: `GenomeError` where the file has no such chromosome, or the region reaches past its end.
  func view(_ region: RegionText, _ request: ViewRequest) throws -> RegionView
}

/// What the user asks for beside regions.
struct ViewRequest {
  /// The most rows shown for a region.
  let limit: Int
  /// Parts of a region whose means are shown in place of the values; 0 shows values.
  let bins: Int
  /// Called now and then; may throw to stop.
  let checkpoint: () throws -> Void
}

/// What a file holds in a region.
struct RegionView {
  enum Content {
    /// Letters of the sequence, soft-masked ones in lower case where the file says so.
    case bases([UInt8])
    /// Rows, and how many there are beyond those shown.
    case rows([Row], more: Int)
  }

  /// One row of BED or bedGraph.
  struct Row {
    let interval: Interval
    /// The value of a signal; nil where the row has text.
    var value: Double?
    /// The columns after the third.
    var columns: [String] = []
  }

  let chromosome: String
  let interval: Interval
  let content: Content
}

extension ViewedFile {
  /// The stretch that a region names on the chromosome of that name.
  func interval(of region: RegionText) throws -> Interval {
    guard let chromosome = chromosomes.first(where: { $0.name == region.chromosome }) else {
      let hint = ChromosomeNames.hint(for: region.chromosome, among: chromosomes.map(\.name))
      throw GenomeError("no chromosome '\(region.chromosome)': \(hint)", path: path)
    }
    do {
      return try region.interval(onLength: chromosome.length)
    } catch { throw GenomeError(error.reason, path: path) }
  }
}

/// Opens a file by its content.
enum OpenedFile {
  /// Names that are remembered of a file, as many as a 2bit file may have.
  static let mostNames = 1 << 18

  static func tooManyNames(_ path: String) -> GenomeError {
    GenomeError("more than \(mostNames) names of sequences or chromosomes", path: path)
  }

  /// - Throws: `GenomeError` or `FileError` where the file is of no known format, or damaged.
  static func open(_ path: String, _ request: ViewRequest) throws -> any ViewedFile {
    let head = try FileHandle.openRegular(path).read(upTo: 4, from: 0)
    switch head {
    case [0x26, 0xFC, 0x8F, 0x88], [0x88, 0x8F, 0xFC, 0x26]:
      return ViewedBigWig(file: try BigWig(path))
    case [0xEB, 0xF2, 0x89, 0x87], [0x87, 0x89, 0xF2, 0xEB]:
      return ViewedBigBed(file: try BigBed(path))
    case [0x43, 0x27, 0x41, 0x1A], [0x1A, 0x41, 0x27, 0x43]:
      return try ViewedTwoBit(TwoBit(path))
    default: break
    }
    // Text, perhaps packed: FASTA begins with '>'.
    let lines = try LineReader(path, longestLine: 1 << 20)
    while let first = try lines.next({ $0.first }) {
      if first == nil { continue }
      if first != UInt8(ascii: ">") {
        if let states = try? Segmentation(path), states.format.comesByChromosome {
          throw GenomeError(
            "this is a segmentation (\(states.format.rawValue)), which view does not show; tokenize/check tells "
              + "what it holds", path: path)
        }
        return try ViewedBED(path, request)
      }
      return try Compression(of: path) == .gzip
        ? ViewedGzipFASTA(path, request) : ViewedFASTA(file: IndexedFASTA(path))
    }
    throw GenomeError("it is empty", path: path)
  }
}
