import DNA
import Files
import Genome

/// Turns segmentations into tracks of one byte a bin, one track a cell type, all chromosomes in a row.
///
/// The ids of states are known only when all segmentations have been read, so that a track is first
/// written with provisional ids, in the order of appearance, and then once more with the final ones. At
/// most one track is in memory.
struct StateTrackBuilder {
  /// What a segmentation gave.
  struct Coverage {
    var segments = 0
    /// Segments on chromosomes that are not in the corpus.
    var segmentsElsewhere = 0
    var chromosomesElsewhere: Set<String> = []
    /// By chromosome of the corpus: bases that have a state.
    var bases: [Int]
    /// By provisional id: bases in this state; replaced by final ids at the end.
    var basesByState: [Int] = []
  }

  let chromosomes: [PackedSequenceWriter.Chromosome]
  let binSize: Int
  private(set) var coverage: [Coverage] = []
  /// Where each chromosome's bins begin in a track.
  private let firstBin: [Int]
  private let binCount: Int
  private var names: [String] = []
  private var ids: [String: UInt8] = [:]

  init(_ chromosomes: [PackedSequenceWriter.Chromosome], binSize: Int) {
    self.chromosomes = chromosomes
    self.binSize = binSize
    var first: [Int] = []
    var count = 0
    for chromosome in chromosomes {
      first.append(count)
      count += (chromosome.length + binSize - 1) / binSize
    }
    firstBin = first
    binCount = count
  }

  /// Reads one segmentation and writes its track with provisional ids.
  ///
  /// - Throws: `GenomeError` with file and line where a segment reaches past its chromosome's end, is not
  ///   aligned to bins, overlaps another with a different state, or has no name; where chromosomes are
  ///   spelled in the other way; where none of them is known.
  mutating func read(_ path: String, into track: String, check: () throws -> Void) throws {
    var bins = [UInt8](repeating: 0, count: binCount)
    var found = Coverage(bases: [Int](repeating: 0, count: chromosomes.count))
    let positions = Dictionary(
      chromosomes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var rows = 0
    try BED.read(path) { row in
      rows += 1
      if rows & 0xFFFF == 0 { try check() }
      guard let position = positions[row.chromosome] else {
        if positions[ChromosomeNames.otherSpelling(of: row.chromosome)] != nil {
          throw row.error(
            "unknown chromosome '\(row.chromosome)': "
              + ChromosomeNames.hint(for: row.chromosome, among: chromosomes.map(\.name)))
        }
        found.segmentsElsewhere += 1
        if found.chromosomesElsewhere.count < 10_000 {
          found.chromosomesElsewhere.insert(row.chromosome)
        }
        return
      }
      try checkPlace(of: row, on: chromosomes[position])
      let id = try self.id(of: row)
      let first = firstBin[position]
      for bin in row.interval.start / binSize...(row.interval.end - 1) / binSize {
        guard bins[first + bin] == 0 || bins[first + bin] == id else {
          throw row.error(
            "overlaps a segment '\(names[Int(bins[first + bin]) - 1])'; a segmentation gives each bin "
              + "one state")
        }
        bins[first + bin] = id
      }
      found.segments += 1
      found.bases[position] += row.interval.length
      if found.basesByState.count < ids.count {
        found.basesByState += repeatElement(0, count: ids.count - found.basesByState.count)
      }
      found.basesByState[Int(id) - 1] += row.interval.length
    }
    guard found.segments > 0 else {
      let other = found.chromosomesElsewhere.sorted().first
      throw GenomeError(
        other.map {
          "no segment lies on the sequence: it names '\($0)', "
            + ChromosomeNames.hint(for: $0, among: chromosomes.map(\.name))
        } ?? "it has no segments", path: path)
    }
    coverage.append(found)
    try FileHandle.create(track).write(bins)
  }

  private func checkPlace(
    of row: BED.Row, on chromosome: PackedSequenceWriter.Chromosome
  ) throws(GenomeError) {
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
    guard names.count < StateNames.most else {
      throw row.error("more than \(StateNames.most) different states; is this a segmentation?")
    }
    names.append(name)
    ids[name] = UInt8(names.count)
    return UInt8(names.count)
  }

  /// Settles the ids, and writes each provisional track to its final place.
  ///
  /// - Returns: the names by id, `none` first, and size and hash of each track.
  mutating func finish(
    tracks: [(provisional: String, final: String)], check: () throws -> Void
  ) throws -> (names: [String], files: [(bytes: Int, sha256: String)]) {
    let ordered = try StateNames.ordered(names)
    var final = [UInt8](repeating: 0, count: 256)
    for (position, name) in names.enumerated() {
      final[position + 1] = UInt8((ordered.firstIndex(of: name) ?? 0) + 1)
    }
    for track in coverage.indices {
      var bases = [Int](repeating: 0, count: names.count)
      for (position, count) in coverage[track].basesByState.enumerated() {
        bases[Int(final[position + 1]) - 1] = count
      }
      coverage[track].basesByState = bases
    }
    var files: [(bytes: Int, sha256: String)] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    for track in tracks {
      try check()
      let source = try FileHandle.openForReading(track.provisional)
      let target = try HashedFile(track.final)
      while case let count = try source.read(into: &buffer), count > 0 {
        try target.write(buffer[..<count].lazy.map { final[Int($0)] })
      }
      files.append(try target.finish())
      try Path.remove(track.provisional)
    }
    return ([StateNames.none] + ordered, files)
  }
}
