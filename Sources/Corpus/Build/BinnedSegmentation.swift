import DNA
import Files
import Genome

/// One segmentation as one byte a bin, all chromosomes in a row.
///
/// Ids are in the order of appearance: those of the track are known only when all its segmentations have been
/// read (`TrackWriter`). In memory are the bins of one segmentation, 15 MB for a human genome.
struct BinnedSegmentation {
  /// What a segmentation gave.
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
    var basesByState: [Int] = []
  }

  private let chromosomes: [Chromosome]
  private let binSize: Int
  /// Where each chromosome's bins begin.
  private let firstBin: [Int]
  private(set) var bins: [UInt8]
  private(set) var coverage: Coverage
  private var ids: [String: UInt8] = [:]

  /// Reads a segmentation.
  ///
  /// - Parameter check: called now and then; may throw to stop.
  /// - Throws: `GenomeError` with file and line where a segment reaches past its chromosome's end, is not
  ///   aligned to bins, overlaps another with a different state, or has no name; where chromosomes are
  ///   spelled in the other way; where none of them is known.
  init(
    reading path: String, on chromosomes: [Chromosome], binSize: Int, check: () throws -> Void
  ) throws {
    self.chromosomes = chromosomes
    self.binSize = binSize
    var count = 0
    firstBin = chromosomes.map { chromosome in
      defer { count += (chromosome.length + binSize - 1) / binSize }
      return count
    }
    bins = [UInt8](repeating: 0, count: count)
    coverage = Coverage(bases: [Int](repeating: 0, count: chromosomes.count))
    let positions = Dictionary(
      chromosomes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var rows = 0
    try BED.read(path) { row in
      rows += 1
      if rows & 0xFFFF == 0 { try check() }
      if let position = positions[row.chromosome] {
        try add(row, on: position)
      } else {
        try skip(row, known: positions)
      }
    }
    guard coverage.segments > 0 else {
      let other = coverage.chromosomesElsewhere.sorted().first
      throw GenomeError(
        other.map {
          "no segment lies on the sequence: it names '\($0)', "
            + ChromosomeNames.hint(for: $0, among: chromosomes.map(\.name))
        } ?? "it has no segments", path: path)
    }
  }

  private mutating func add(_ row: BED.Row, on position: Int) throws(GenomeError) {
    try checkPlace(of: row, on: chromosomes[position])
    let id = try id(of: row)
    let first = firstBin[position]
    for bin in first + row.interval.start / binSize...first + (row.interval.end - 1) / binSize {
      guard bins[bin] == 0 || bins[bin] == id else {
        throw row.error(
          "overlaps a segment '\(coverage.names[Int(bins[bin]) - 1])'; a segmentation gives each bin "
            + "one state")
      }
      bins[bin] = id
    }
    coverage.segments += 1
    coverage.bases[position] += row.interval.length
    coverage.basesByState[Int(id) - 1] += row.interval.length
  }

  private mutating func skip(_ row: BED.Row, known: [String: Int]) throws(GenomeError) {
    if known[ChromosomeNames.otherSpelling(of: row.chromosome)] != nil {
      throw row.error(
        "unknown chromosome '\(row.chromosome)': "
          + ChromosomeNames.hint(for: row.chromosome, among: chromosomes.map(\.name)))
    }
    coverage.segmentsElsewhere += 1
    if coverage.chromosomesElsewhere.count < 10_000 {
      coverage.chromosomesElsewhere.insert(row.chromosome)
    }
  }

  private func checkPlace(of row: BED.Row, on chromosome: Chromosome) throws(GenomeError) {
    let (start, end) = (row.interval.start, row.interval.end)
    guard end <= chromosome.length else {
      throw row.error(
        "ends at \(end), past the end of \(chromosome.name), which has \(chromosome.length) bases; "
          + "is the segmentation of another assembly than the sequence?")
    }
    guard start % binSize == 0, end % binSize == 0 || end == chromosome.length else {
      throw row.error(
        "\(start)-\(end) is not made of bins of \(binSize) bases; set bin_size to the segmentation's"
      )
    }
  }

  private mutating func id(of row: BED.Row) throws(GenomeError) -> UInt8 {
    guard let name = row.text(3), !name.isEmpty else {
      throw row.error("no state: the fourth column must name it, for instance 7_Enh")
    }
    if let id = ids[name] { return id }
    guard name.utf8.count <= 100 else { throw row.error("the state's name is too long") }
    guard coverage.names.count < StateNames.most else {
      throw row.error("more than \(StateNames.most) different states; is this a segmentation?")
    }
    coverage.names.append(name)
    coverage.basesByState.append(0)
    ids[name] = UInt8(coverage.names.count)
    return UInt8(coverage.names.count)
  }
}
