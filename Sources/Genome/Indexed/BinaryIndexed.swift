import DNA

/// What bigBed and bigWig share: UCSC's binary indexed layout (Kent et al. 2010,
/// doi:10.1093/bioinformatics/btq351, supplement; the semantics of
/// https://github.com/ucscGenomeBrowser/kent/blob/master/src/inc/bbiFile.h): a header, a B+ tree of
/// chromosomes, an R-tree over blocks of data. Both byte orders are read; zoom levels are not.
struct BinaryIndexed: Sendable {
  /// Totals over all values that the writer has stored.
  struct Totals: Sendable {
    let coveredBases: Int
    let minimum, maximum, sum, sumOfSquares: Double
  }

  let numbers: BinaryNumbers
  let version: Int
  let zoomLevels: Int
  /// Fields of a bigBed's rows: all, and those that are as in BED; 0 in a bigWig.
  let fields: (all: Int, ofBED: Int)
  let autoSqlOffset: Int
  /// Absent in files of version 1.
  let totals: Totals?
  let chromosomes: ChromosomeTree
  let blocks: BlockTree
  /// The size that no block exceeds when inflated; 0 where blocks are not compressed.
  let inflatedSize: Int

  /// Blocks of the writers in use hold some tens of kilobytes; multiple alignments in a bigBed, megabytes.
  static let largestBlock = 1 << 25

  /// - Throws: `GenomeError` with the byte where the file is of another kind, cut off or damaged.
  init(_ file: BinaryFile, magic: UInt32, kind: String) throws(GenomeError) {
    numbers = try BinaryNumbers(file, magic: magic, kind: kind)
    version = try numbers.uint16(at: 4, "the version")
    zoomLevels = try numbers.uint16(at: 6, "the number of zoom levels")
    let chromosomesAt = try numbers.uint64(at: 8, "the place of the chromosomes")
    let indexAt = try numbers.uint64(at: 24, "the place of the index")
    fields = (
      try numbers.uint16(at: 32, "the number of fields"),
      try numbers.uint16(at: 34, "the number of BED's fields")
    )
    autoSqlOffset = try numbers.uint64(at: 36, "the place of the fields' description")
    let totalsAt = try numbers.uint64(at: 44, "the place of the totals")
    inflatedSize = try numbers.uint32(at: 52, "the size of an inflated block")
    guard inflatedSize <= BinaryIndexed.largestBlock else {
      throw file.error(
        "blocks of \(inflatedSize) bytes; at most \(BinaryIndexed.largestBlock) are read, the file "
          + "may be damaged", at: 52)
    }
    // Zoom levels are not read, but they come last: a file cut off shows by them.
    for level in 0..<zoomLevels {
      let at = try numbers.uint64(at: 64 + 24 * level + 16, "the place of a zoom level's index")
      try file.require(4, at: at, for: "the index of zoom level \(level + 1)")
    }
    totals = totalsAt == 0 ? nil : try BinaryIndexed.totals(numbers, at: totalsAt)
    chromosomes = try ChromosomeTree(numbers, at: chromosomesAt)
    blocks = try BlockTree(numbers, at: indexAt)
  }

  private static func totals(_ numbers: BinaryNumbers, at: Int) throws(GenomeError) -> Totals {
    Totals(
      coveredBases: try numbers.uint64(at: at, "the number of covered bases"),
      minimum: try numbers.double(at: at + 8, "the minimum"),
      maximum: try numbers.double(at: at + 16, "the maximum"),
      sum: try numbers.double(at: at + 24, "the sum"),
      sumOfSquares: try numbers.double(at: at + 32, "the sum of squares"))
  }

  /// The number of a chromosome in the file, and the part of `interval` that lies on it.
  ///
  /// - Throws: `GenomeError` where the file has no such chromosome or the interval reaches past its end.
  func place(_ chromosome: String, _ interval: Interval) throws(GenomeError) -> Int {
    guard let position = chromosomes.position(of: chromosome) else {
      let hint = ChromosomeNames.hint(for: chromosome, among: chromosomes.all.map(\.name))
      throw GenomeError("no chromosome '\(chromosome)': \(hint)", path: numbers.file.path)
    }
    let length = chromosomes.all[position].length
    guard 0 <= interval.start, interval.start <= interval.end, interval.end <= length else {
      throw GenomeError(
        "\(chromosome):\(interval.start + 1)-\(interval.end) reaches past the end of \(chromosome), "
          + "which has \(length) bases", path: numbers.file.path)
    }
    return chromosomes.identifiers[position]
  }
}
