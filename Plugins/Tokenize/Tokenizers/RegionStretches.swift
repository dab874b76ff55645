import DNA
import Genome

/// The bases of sequence files that lie in wanted regions, as they come by.
///
/// Regions that overlap or touch are one stretch, so that each base comes once; stretches come in the order of
/// the files.
struct RegionStretches {
  /// What was asked for, in that order; empty where everything is wanted.
  let regions: [RegionText]
  /// By chromosome: the stretches, sorted; nil where everything is wanted.
  private let stretches: [String: [Interval]]?

  /// - Parameter regions: as on the command line; empty for all sequences, whole.
  /// - Throws: `GenomeError` where a region cannot be read.
  init(_ regions: [String]) throws(GenomeError) {
    var parsed: [RegionText] = []
    for text in RegionText.rejoined(regions) { parsed.append(try RegionText(parsing: text)) }
    self.regions = parsed
    guard !parsed.isEmpty else {
      stretches = nil
      return
    }
    var stretches: [String: [Interval]] = [:]
    for region in parsed.sorted(by: { $0.start < $1.start }) {
      let end = region.end ?? .max
      var own = stretches[region.chromosome] ?? []
      if let last = own.last, region.start <= last.end {
        own[own.count - 1] = Interval(last.start, max(last.end, end))
      } else {
        own.append(Interval(region.start, end))
      }
      stretches[region.chromosome] = own
    }
    self.stretches = stretches
  }

  /// Reads files to their ends.
  ///
  /// - Parameters:
  ///   - begin: called where a stretch begins, with the chromosome's name and the 0-based first base.
  ///   - bases: called with the next codes of the stretch, in pieces of any length.
  /// - Throws: `GenomeError` where a file cannot be read, or a region names a sequence that no file has or
  ///   reaches past its end; what the closures throw.
  func read(
    _ paths: [String], begin: (_ chromosome: String, _ start: Int) throws -> Void,
    bases: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    var lengths: [String: Int] = [:]
    for path in paths {
      var name = ""
      var rest: ArraySlice<Interval> = []
      try SequenceFile.open(path).read(
        record: { record in
          name = record
          lengths[name] = 0
          rest = stretches.map { ($0[record] ?? [])[...] } ?? [Interval(0, .max)]
        },
        bases: { codes in
          let at = lengths[name] ?? 0
          lengths[name] = at + codes.count
          while let stretch = rest.first, stretch.start < at + codes.count {
            let piece = Interval(max(stretch.start, at), min(stretch.end, at + codes.count))
            if piece.start == stretch.start { try begin(name, piece.start) }
            try bases(
              UnsafeBufferPointer(rebasing: codes[piece.start - at..<piece.end - at]))
            guard piece.end == stretch.end else { return }
            rest.removeFirst()
          }
        })
    }
    for region in regions {
      guard let length = lengths[region.chromosome] else {
        let hint = ChromosomeNames.hint(for: region.chromosome, among: lengths.keys.sorted())
        throw GenomeError("no sequence '\(region.chromosome)': \(hint)")
      }
      _ = try region.interval(onLength: length)
    }
  }
}
