import DNA
import Files
import Genome

/// The states of one cell type as one byte a bin, all chromosomes in a row, while they are read.
///
/// Ids are in the order of appearance: those of the track are known only when all its segmentations have been
/// read (`TrackWriter`).
struct BinnedSegmentation {
  /// What a cell type's segmentation gave.
  struct Coverage: Sendable {
    /// By id, the first being 1: the states' names.
    var names: [String] = []
    var segments = 0
    /// Segments on chromosomes that are not in the corpus.
    var segmentsElsewhere = 0
    var chromosomesElsewhere: Set<String> = []
    /// By chromosome of the corpus: bases that have a state.
    var bases: [Int]
    /// By id less 1: bases in this state.
    var basesByState = [Int](repeating: 0, count: StateNames.most)
  }

  private let chromosomes: [Chromosome]
  private let aliases: ChromosomeAliases
  private let binSize: Int
  /// Where each chromosome's bins begin.
  private let firstBin: [Int]
  private let file: WritableBins
  private(set) var coverage: Coverage
  /// The chromosome of the segment before, nil where it is not in the corpus: segments of one stand together.
  private var last: (name: String, position: Int?) = ("", nil)

  /// - Parameters:
  ///   - aliases: which of `chromosomes` a name in the file means.
  ///   - path: of the file to be made.
  init(
    _ chromosomes: [Chromosome], _ aliases: ChromosomeAliases, binSize: Int, at path: String
  ) throws(FileError) {
    self.chromosomes = chromosomes
    self.aliases = aliases
    self.binSize = binSize
    var count = 0
    firstBin = chromosomes.map { chromosome in
      defer { count += (chromosome.length + binSize - 1) / binSize }
      return count
    }
    file = try WritableBins(creating: path, count: count)
    coverage = Coverage(bases: [Int](repeating: 0, count: chromosomes.count))
  }

  /// Adds a segment.
  ///
  /// - Throws: `GenomeError` with file and line where it reaches past its chromosome's end, is not aligned to
  ///   bins, overlaps another with a different state, or where its chromosome has another name and `aliases` do not map it.
  mutating func add(_ segment: Segmentation.Segment, _ states: StateIndex) throws(GenomeError) {
    guard let position = try position(of: segment) else { return }
    try checkPlace(of: segment, on: chromosomes[position])
    let id = UInt8(segment.state + 1)
    let first = firstBin[position]
    let (start, end) = (segment.interval.start, segment.interval.end)
    let bins = file.bins
    for bin in first + start / binSize...first + (end - 1) / binSize {
      guard bins[bin] == 0 || bins[bin] == id else {
        throw segment.error(
          "overlaps a segment '\(states.names[Int(bins[bin]) - 1])'; a segmentation gives each bin "
            + "one state")
      }
      bins[bin] = id
    }
    coverage.segments += 1
    coverage.bases[position] += end - start
    coverage.basesByState[segment.state] += end - start
  }

  /// The position of a segment's chromosome; nil where it is not in the corpus.
  private mutating func position(of segment: Segmentation.Segment) throws(GenomeError) -> Int? {
    if segment.chromosome != last.name {
      last = (segment.chromosome, try aliases.position(of: segment))
    }
    if last.position == nil {
      coverage.segmentsElsewhere += 1
      if coverage.chromosomesElsewhere.count < 10_000 {
        coverage.chromosomesElsewhere.insert(segment.chromosome)
      }
    }
    return last.position
  }

  private func checkPlace(
    of segment: Segmentation.Segment, on chromosome: Chromosome
  ) throws(GenomeError) {
    let (start, end) = (segment.interval.start, segment.interval.end)
    guard end <= chromosome.length else {
      throw segment.error(
        "ends at \(end), past the end of \(chromosome.name), which has \(chromosome.length) bases; "
          + "is the segmentation of another assembly than the sequence?")
    }
    guard start % binSize == 0, end % binSize == 0 || end == chromosome.length else {
      throw segment.error(
        "\(start)-\(end) is not made of bins of \(binSize) bases; set bin_size to the segmentation's "
          + "(tokenize/check tells what it may be)"
      )
    }
  }

  /// Names the states, when all segments have been added.
  mutating func end(_ states: StateIndex) {
    coverage.names = states.names
    coverage.basesByState = Array(coverage.basesByState.prefix(states.names.count))
  }

  /// - Throws: `GenomeError` where a file gave no segment on the sequence.
  func check(_ path: String) throws(GenomeError) {
    guard coverage.segments == 0 else { return }
    let other = coverage.chromosomesElsewhere.sorted().first
    throw GenomeError(
      other.map {
        "no segment lies on the sequence: it names '\($0)', "
          + ChromosomeNames.hint(for: $0, among: chromosomes.map(\.name))
      } ?? "it has no segments", path: path)
  }
}

extension ChromosomeAliases {
  /// The position of a segment's chromosome among the sequence's; nil where the sequence does not have it.
  ///
  /// - Throws: `GenomeError` with file and line where its name is not to be read as that, or means another
  ///   assembly's.
  fileprivate func position(of segment: Segmentation.Segment) throws(GenomeError) -> Int? {
    switch resolve(segment.chromosome) {
    case .exact(let position), .mapped(let position): position
    case .refused(_, let reason), .conflicting(let reason): throw segment.error(reason)
    case .absent: nil
    }
  }
}
