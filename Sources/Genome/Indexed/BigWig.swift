import DNA
import Files

/// A file of one number a base, UCSC's bigWig (`BinaryIndexed` tells the sources of the format).
///
/// Safe to share between threads. Values are read from the data, never from the zoom levels, so that all are
/// exact.
public struct BigWig: Sendable {
  static let signature: UInt32 = 0x888F_FC26

  let layout: BinaryIndexed

  /// Reads the header and the chromosomes.
  ///
  /// - Throws: `FileError` where the file cannot be read; `GenomeError` with the byte where it is no bigWig,
  ///   cut off or damaged.
  public init(_ path: String) throws { try self.init(BinaryFile(path)) }

  /// As `init(_:)`, of a file that is open.
  public init(_ file: BinaryFile) throws(GenomeError) {
    layout = try BinaryIndexed(file, magic: BigWig.signature, kind: "bigWig")
  }

  /// Where the file is.
  public var path: String { layout.numbers.file.path }

  /// In the order of the file, which is that of the names' bytes.
  public var chromosomes: [Chromosome] { layout.chromosomes.all }

  /// The position in `chromosomes` of the one called `name`; nil where there is none.
  public func chromosome(named name: String) -> Int? { layout.chromosomes.position(of: name) }

  /// How many bases have a value, and the least and largest value, as the writer has stored them; nil in
  /// files of version 1.
  public var totals: (coveredBases: Int, minimum: Double, maximum: Double, sum: Double)? {
    layout.totals.map { ($0.coveredBases, $0.minimum, $0.maximum, $0.sum) }
  }

  /// Calls `body` with each stored value that overlaps `interval`, and its bases, not cut to `interval`; in
  /// the order of the file.
  ///
  /// - Throws: `GenomeError` where there is no such chromosome, the interval reaches past its end, or the
  ///   file is damaged (with the byte); whatever `body` throws.
  public func forEachValue(
    on chromosome: String, in interval: Interval, _ body: (Interval, Float) throws -> Void
  ) throws {
    let identifier = try layout.place(chromosome, interval)
    let inflater = BlockInflater(layout.numbers.file, inflatedSize: layout.inflatedSize)
    try layout.blocks.forEachBlock(
      on: identifier, overlapping: interval.length > 0 ? [interval] : []
    ) { block in
      try inflater.withContent(of: block) { content in
        let section = try BigWigSection(content, layout.numbers, block)
        guard section.chromosome == identifier else { return }
        for position in 0..<section.count {
          let (start, end) = section.bases(position)
          if start < interval.end, end > interval.start, start < end {
            try body(Interval(start, end), section.value(position))
          }
        }
      }
    }
  }

  /// Writes the value of each base of `interval`.
  ///
  /// - Parameters:
  ///   - values: of `interval.length`.
  ///   - missing: written for a base without a value.
  /// - Throws: as `forEachValue`.
  public func values(
    on chromosome: String, in interval: Interval, into values: UnsafeMutableBufferPointer<Float>,
    missing: Float = .nan
  ) throws {
    _ = try layout.place(chromosome, interval)
    guard let position = layout.chromosomes.position(of: chromosome) else { return }
    try self.values(
      of: [Window(chromosome: position, start: interval.start)], length: interval.length,
      into: values, missing: missing)
  }

  /// The mean over the bases with a value in each of `bins` parts of `interval`; NaN where none has one.
  ///
  /// Part i reaches from `start + i * length / bins` to `start + (i + 1) * length / bins`, as UCSC's
  /// `bigWigSummary` cuts. Computed in double precision from all values, in constant memory.
  ///
  /// - Precondition: `bins` is from 1 to 2^24.
  /// - Throws: as `forEachValue`; where there are more values than bases.
  public func means(on chromosome: String, in interval: Interval, bins: Int) throws -> [Double] {
    precondition((1...1 << 24).contains(bins), "from 1 to 2^24 bins")
    func edge(_ bin: Int) -> Int { interval.start + bin * interval.length / bins }
    var sums = [Double](repeating: 0, count: bins)
    var counts = [Int](repeating: 0, count: bins)
    var covered = 0
    try forEachValue(on: chromosome, in: interval) { bases, value in
      covered += min(bases.end, interval.end) - max(bases.start, interval.start)
      guard covered <= interval.length else {
        throw GenomeError(
          "bases of \(chromosome) have more than one value each; the file is damaged", path: path)
      }
      var place = max(bases.start, interval.start)
      let end = min(bases.end, interval.end)
      var bin = (place - interval.start) * bins / interval.length
      while place < end {
        while edge(bin + 1) <= place { bin += 1 }
        let next = min(end, edge(bin + 1))
        sums[bin] += Double(next - place) * Double(value)
        counts[bin] += next - place
        place = next
      }
    }
    return zip(sums, counts).map { $1 == 0 ? .nan : $0 / Double($1) }
  }
}
