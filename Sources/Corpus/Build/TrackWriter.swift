import DNA
import Files
import Genome

/// Turns the segmentations of one track into its files: one byte a bin and cell type.
///
/// Each segmentation is read once and written with ids of its own; when all have been read, the ids of the
/// track are settled, and each file is written once more with them. Segmentations are read in parallel, and
/// the files are the same whatever the number of threads.
struct TrackWriter {
  let track: TrackPlan.Track
  let chromosomes: [Chromosome]
  /// Which of them a name in a segmentation means.
  let aliases: ChromosomeAliases
  /// The corpus.
  let directory: String
  let threads: Int

  /// What a track gave.
  struct Written {
    /// By id, `none` first.
    let names: [String]
    /// By cell type; `basesByState` is by the track's ids less 1.
    let coverage: [BinnedSegmentation.Coverage]
    let files: [CorpusManifest.File]
  }

  /// Reads the segmentations and writes the files.
  ///
  /// - Parameter report: called now and then with the share of the work that is done, 0 to 1; may throw to
  ///   stop.
  /// - Throws: `GenomeError` about the inputs, `FileError`, or what `report` throws.
  func write(report: (Double) throws -> Void) throws -> Written {
    try Path.createDirectory("\(directory)/\(CorpusManifest.directory(ofTrack: track.name))")
    let (track, chromosomes, aliases, directory) = (track, chromosomes, aliases, directory)
    let count = track.cellTypes.count
    let finals = (0..<count).map { CorpusManifest.path(ofTrack: track.name, $0) }
    let groups = track.groups
    let read = try InParallel.map(
      groups.count, threads: threads, report: { try report(Double($0) / Double(groups.count) / 2) },
      work: { number, check in
        try TrackWriter.read(
          groups[number], of: track, on: chromosomes, aliases,
          into: finals.map { "\(directory)/\($0).partial" }, check: check)
      })
    var found: [Int: BinnedSegmentation.Coverage] = [:]
    for group in read { found.merge(group) { first, _ in first } }
    var coverage = (0..<count).compactMap { found[$0] }
    let names = try names(coverage)
    let tables = coverage.map { TrackWriter.table($0.names, names) }
    for cell in coverage.indices {
      var bases = [Int](repeating: 0, count: names.count)
      for (id, count) in coverage[cell].basesByState.enumerated() where count > 0 {
        bases[Int(tables[cell][id + 1]) - 1] = count
      }
      coverage[cell].basesByState = bases
    }
    let files = try InParallel.map(
      count, threads: threads, report: { try report(0.5 + Double($0) / Double(count) / 2) },
      work: { cell, check in
        try TrackWriter.rewrite("\(directory)/\(finals[cell])", by: tables[cell], check: check)
      })
    return Written(
      names: [StateNames.none] + names, coverage: coverage,
      files: zip(finals, files).map { .init(path: $0, bytes: $1.bytes, sha256: $1.sha256) })
  }

  /// Reads files that speak of the same cell types, one after the other.
  ///
  /// - Parameter paths: by cell type of the track: the file to be made.
  /// - Returns: by position of the cell type in the track.
  private static func read(
    _ group: [SegmentationSet.Source], of track: TrackPlan.Track, on chromosomes: [Chromosome],
    _ aliases: ChromosomeAliases, into paths: [String], check: () throws -> Void
  ) throws -> [Int: BinnedSegmentation.Coverage] {
    let states = StateIndex()
    var places: [Int: Int] = [:]
    var read: [BinnedSegmentation] = []
    for cell in group.flatMap({ $0.cellTypes.compactMap(\.self) }) where places[cell] == nil {
      places[cell] = read.count
      read.append(
        try BinnedSegmentation(chromosomes, aliases, binSize: track.binSize, at: paths[cell]))
    }
    var segments = 0
    for source in group {
      let columns = source.cellTypes.map { cell in cell.flatMap { places[$0] } }
      try source.segmentation.forEachSegment(states) { segment in
        segments += 1
        if segments & 0xFFFF == 0 { try check() }
        if let place = columns[segment.cellType] { try read[place].add(segment, states) }
      }
    }
    for place in read.indices {
      try read[place].check(group[0].segmentation.path)
      read[place].end(states)
    }
    return places.mapValues { read[$0].coverage }
  }

  /// The names of all states on the corpus's chromosomes in the order of their ids 1, 2, ...
  private func names(_ coverage: [BinnedSegmentation.Coverage]) throws(GenomeError) -> [String] {
    let names = Set(
      coverage.flatMap { cell in
        zip(cell.names, cell.basesByState).filter { $1 > 0 }.map(\.0)
      })
    guard names.count <= StateNames.most else {
      throw GenomeError(
        "the segmentations of the track \(track.name) have \(names.count) different states together, more "
          + "than \(StateNames.most); are they of one model?")
    }
    return try StateNames.ordered(Array(names))
  }

  /// By id of a segmentation: the id in the track; 0 for states that it has on other chromosomes only.
  private static func table(_ own: [String], _ names: [String]) -> [UInt8] {
    var table = [UInt8](repeating: 0, count: 256)
    for (id, name) in own.enumerated() {
      table[id + 1] = UInt8((names.firstIndex(of: name) ?? -1) + 1)
    }
    return table
  }

  /// Writes a file from its `.partial` with other ids.
  private static func rewrite(
    _ path: String, by table: [UInt8], check: () throws -> Void
  ) throws -> (bytes: Int, sha256: String) {
    let source = try FileHandle.openForReading("\(path).partial")
    let target = try HashedFile(path)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = try source.read(into: &buffer), count > 0 {
      try check()
      table.withUnsafeBufferPointer { table in
        buffer.withUnsafeMutableBufferPointer { buffer in
          for place in 0..<count { buffer[place] = table[Int(buffer[place])] }
        }
      }
      try target.write(buffer[..<count])
    }
    let written = try target.finish()
    try Path.remove("\(path).partial")
    return written
  }
}
