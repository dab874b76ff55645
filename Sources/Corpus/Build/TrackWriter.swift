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
  /// - Parameters:
  ///   - paths: of all segmentations of the corpus.
  ///   - report: called now and then with a number of files, of twice as many as there are cell types; may
  ///     throw to stop.
  /// - Throws: `GenomeError` about the inputs, `FileError`, or what `report` throws.
  func write(_ paths: [String], report: (Int) throws -> Void) throws -> Written {
    try Path.createDirectory("\(directory)/\(CorpusManifest.directory(ofTrack: track.name))")
    let (track, chromosomes, directory) = (track, chromosomes, directory)
    let count = track.cellTypes.count
    let finals = (0..<count).map { CorpusManifest.path(ofTrack: track.name, $0) }
    var coverage = try InParallel.map(count, threads: threads, report: report) { cell, check in
      let read = try BinnedSegmentation(
        reading: paths[track.segmentations[cell]], on: chromosomes, binSize: track.binSize,
        check: check)
      try FileHandle.create("\(directory)/\(finals[cell]).partial").write(read.bins)
      return read.coverage
    }
    let names = try names(coverage)
    let tables = coverage.map { TrackWriter.table($0.names, names) }
    for cell in coverage.indices {
      var bases = [Int](repeating: 0, count: names.count)
      for (id, count) in coverage[cell].basesByState.enumerated() {
        bases[Int(tables[cell][id + 1]) - 1] = count
      }
      coverage[cell].basesByState = bases
    }
    let files = try InParallel.map(count, threads: threads, report: { try report(count + $0) }) {
      cell, check in
      try TrackWriter.rewrite("\(directory)/\(finals[cell])", by: tables[cell], check: check)
    }
    return Written(
      names: [StateNames.none] + names, coverage: coverage,
      files: zip(finals, files).map { .init(path: $0, bytes: $1.bytes, sha256: $1.sha256) })
  }

  /// The names of all segmentations in the order of their ids 1, 2, ...
  private func names(_ coverage: [BinnedSegmentation.Coverage]) throws(GenomeError) -> [String] {
    let names = Set(coverage.flatMap(\.names))
    guard names.count <= StateNames.most else {
      throw GenomeError(
        "the segmentations of the track \(track.name) have \(names.count) different states together, more "
          + "than \(StateNames.most); are they of one model?")
    }
    return try StateNames.ordered(Array(names))
  }

  /// By id of a segmentation: the id in the track.
  private static func table(_ own: [String], _ names: [String]) -> [UInt8] {
    var table = [UInt8](repeating: 0, count: 256)
    for (id, name) in own.enumerated() {
      table[id + 1] = UInt8((names.firstIndex(of: name) ?? 0) + 1)
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
