import DNA
import Genome

/// The bases of FASTA files that lie in wanted regions, as they come by.
///
/// Regions of one chromosome are handed out in the order of the file; where they overlap, a base comes once.
struct RegionStretches {
  /// By chromosome: what is wanted of it, sorted; nil where everything is wanted.
  private let wanted: [String: [RegionText]]?

  /// - Parameter regions: as on the command line; empty for all sequences, whole.
  /// - Throws: `GenomeError` where a region cannot be read.
  init(_ regions: [String]) throws(GenomeError) {
    guard !regions.isEmpty else {
      wanted = nil
      return
    }
    var wanted: [String: [RegionText]] = [:]
    for text in regions {
      let region = try RegionText(parsing: text)
      wanted[region.chromosome, default: []].append(region)
    }
    self.wanted = wanted.mapValues { $0.sorted { $0.start < $1.start } }
  }

  /// Reads files to their ends.
  ///
  /// - Parameters:
  ///   - begin: called where a stretch begins, with the chromosome's name and the 0-based first base.
  ///   - bases: called with the next codes of the stretch, in pieces of any length.
  /// - Throws: `GenomeError` where a file cannot be read as FASTA, or a region names a sequence that no file
  ///   has or reaches past its end; what the closures throw.
  func read(
    _ paths: [String], begin: (_ chromosome: String, _ start: Int) throws -> Void,
    bases: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    var lengths: [String: Int] = [:]
    for path in paths {
      var name = ""
      var at = 0
      var rest: ArraySlice<RegionText> = []
      var isInside = false
      try SequenceFile.open(path).read(
        record: { record in
          name = record
          at = 0
          rest = wanted?[record, default: []][...] ?? []
          isInside = false
          lengths[name] = 0
          if wanted == nil { try begin(name, 0) }
        },
        bases: { codes in
          defer {
            at += codes.count
            lengths[name] = at
          }
          if wanted == nil { return try bases(codes) }
          var from = 0
          while from < codes.count, let region = rest.first {
            let position = at + from
            if let end = region.end, end <= position {
              rest.removeFirst()
              isInside = false
              continue
            }
            if !isInside {
              from = max(from, region.start - at)
              guard from < codes.count else { return }
              isInside = true
              try begin(name, at + from)
            }
            let to = min(codes.count, (region.end ?? .max) - at)
            try bases(UnsafeBufferPointer(rebasing: codes[from..<to]))
            from = to
          }
        })
    }
    for regions in (wanted ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let length = lengths[regions.key] else {
        throw GenomeError(
          "no sequence is called '\(regions.key)'; there are "
            + lengths.keys.sorted().prefix(5).joined(separator: ", "))
      }
      for region in regions.value { _ = try region.interval(onLength: length) }
    }
  }
}
