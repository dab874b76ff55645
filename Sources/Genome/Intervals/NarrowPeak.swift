import DNA
import Files

/// A peak of a ChIP-seq or DNase-seq experiment, from ENCODE's narrowPeak (BED6+4,
/// https://genome.ucsc.edu/FAQ/FAQformat.html#format12).
///
/// Files of 20 columns, as IDR writes them for relaxed peaks, begin with the same ten.
public struct NarrowPeak: Hashable, Sendable {
  /// The chromosome's name as the file has it.
  public let chromosome: String
  /// The peak's bases.
  public let interval: Interval
  /// The position of the summit on the chromosome, 0-based; nil where the file does not tell (-1, or fewer
  /// than ten columns).
  public let summit: Int?

  /// Reads all peaks of a file, plain or gzip, in its order. A file without peaks is valid.
  ///
  /// - Throws: `GenomeError` with file and line where a coordinate is no number, an end is not after its
  ///   start, or a summit lies outside its peak; `FileError` where the file cannot be read.
  public static func read(_ path: String) throws -> [NarrowPeak] {
    var peaks: [NarrowPeak] = []
    try BED.read(path) { row in
      let summit = try summit(row)
      peaks.append(
        NarrowPeak(chromosome: row.chromosome, interval: row.interval, summit: summit))
    }
    return peaks
  }

  /// The summit that the tenth column tells, on the chromosome.
  static func summit(_ row: BED.Row) throws(GenomeError) -> Int? {
    guard let text = row.text(9), text != "-1" else { return nil }
    // ENCODE's relaxed SPP peaks hold a few summits at the very end of their peak.
    guard let offset = Int(text), (0...row.interval.length).contains(offset) else {
      throw row.error(
        "the summit '\(text.prefix(40))' is not an offset from 0 to \(row.interval.length), nor -1")
    }
    return row.interval.start + offset
  }

  /// The peaks' intervals by chromosome, sorted, overlapping and touching ones joined.
  public static func merged(_ peaks: [NarrowPeak]) -> [String: [Interval]] {
    Dictionary(grouping: peaks, by: \.chromosome).mapValues { $0.map(\.interval).merged() }
  }
}
