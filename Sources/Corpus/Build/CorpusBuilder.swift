import DNA
import Files
import Genome
import Tokens

/// How a corpus is to be made.
public struct CorpusRecipe: Sendable {
  /// Bases in a token, 1 to 8.
  public var k = 6
  /// Whether a token begins at every base or where the one before ends.
  public var isOverlapping = true
  /// Bases in a bin of the segmentations.
  public var binSize = 200
  /// By segmentation; empty where there are none.
  public var cellTypes: [String] = []
  /// Regions kept out of training, as `RegionText` reads them.
  public var validation: [String] = []
  /// As `validation`; the two may not share a base.
  public var test: [String] = []
  /// Names of the sequences to use; empty means all.
  public var chromosomes: [String] = []
  /// The shortest stretch of known bases that is kept as a region.
  public var minimumRegion = 512

  /// The defaults: overlapping 6-mers, bins of 200 bases, nothing held out.
  public init() {}
}

/// Makes a corpus from FASTA and segmentations.
///
/// Streams: in memory are one line of sequence, the runs of unknown bases, and one cell type's states (one
/// byte a bin: 15 MB for a human genome). Equal inputs and recipes give equal bytes.
public struct CorpusBuilder {
  /// Called now and then with bases done and bases in all (0 while unknown); may throw to stop the work.
  public typealias Report = (_ done: Int, _ total: Int) throws -> Void

  private let recipe: CorpusRecipe
  private let sequence: [String]
  private let states: [String]

  /// - Parameters:
  ///   - sequence: FASTA files, plain or gzip.
  ///   - states: a segmentation for each of `recipe.cellTypes`, in their order: BED with the state's name
  ///     in the fourth column, plain or gzip (ChromHMM's segments, dense or mnemonics; IDEAS; Segway).
  /// - Throws: `GenomeError` where the recipe contradicts itself.
  public init(
    _ recipe: CorpusRecipe, sequence: [String], states: [String]
  ) throws(GenomeError) {
    guard Vocabulary.allowedK.contains(recipe.k) else {
      throw GenomeError("k is \(recipe.k); it must be from 1 to 8")
    }
    guard (1...1 << 20).contains(recipe.binSize) else {
      throw GenomeError("bin_size is \(recipe.binSize); it must be from 1 to 1048576 bases")
    }
    guard recipe.minimumRegion >= recipe.k else {
      throw GenomeError(
        "min_region is \(recipe.minimumRegion); it must be at least k, which is \(recipe.k)")
    }
    guard recipe.cellTypes.count == states.count else {
      throw GenomeError(
        "\(recipe.cellTypes.count) name(s) in cell_types for \(states.count) segmentation(s) in states; "
          + "name each segmentation's cell type, in the same order")
    }
    if let twice = recipe.cellTypes.firstRepeated {
      throw GenomeError("the cell type '\(twice)' is named twice; each needs a name of its own")
    }
    if recipe.cellTypes.contains(where: { $0.isEmpty || $0.utf8.count > 200 }) {
      throw GenomeError("the name of a cell type must have from 1 to 200 bytes")
    }
    self.recipe = recipe
    self.sequence = sequence
    self.states = states
  }

  /// Writes the corpus into `directory`, creating it. The manifest is written last.
  ///
  /// - Throws: `GenomeError` about the inputs, `FileError`, or what `report` throws.
  @discardableResult
  public func build(
    at directory: String, report: Report = { _, _ in }
  ) throws -> CorpusSummary {
    try Path.createDirectory(directory)
    var files: [CorpusManifest.File] = []
    func add(_ path: String, _ entry: (bytes: Int, sha256: String)) {
      files.append(.init(path: path, bytes: entry.bytes, sha256: entry.sha256))
    }

    let packed = try pack(to: "\(directory)/\(CorpusManifest.sequence)", report: report)
    add(CorpusManifest.sequence, packed.file)
    let chromosomes = packed.chromosomes
    let heldOut = try HeldOut(recipe, on: chromosomes)

    var tracks = StateTrackBuilder(chromosomes, binSize: recipe.binSize)
    var stateNames = [StateNames.none]
    if !states.isEmpty {
      let written = try writeStates(&tracks, in: directory, chromosomes, report: report)
      stateNames = written.names
      for (position, entry) in written.files.enumerated() {
        add(CorpusManifest.track(position), entry)
      }
    }

    let parts = RegionSets(
      chromosomes, heldOut, tracks.coverage, minimum: recipe.minimumRegion)
    guard !parts.training.isEmpty else {
      throw GenomeError(
        "nothing is left to train on: no stretch of at least \(recipe.minimumRegion) known bases lies "
          + "outside the held-out regions; lower min_region or hold out less")
    }
    let named = chromosomes.map { Chromosome(name: $0.name, length: $0.length) }
    let writer = RegionFile(named)
    let unknown = chromosomes.enumerated().flatMap { position, chromosome in
      chromosome.unknown.map { Region(chromosome: position, start: $0.start, end: $0.end) }
    }
    for (name, regions) in [
      (CorpusManifest.unknown, unknown), (CorpusManifest.training, parts.training),
      (CorpusManifest.validation, parts.validation), (CorpusManifest.test, parts.test),
    ] { add(name, try writer.write(regions, to: "\(directory)/\(name)")) }

    let vocabulary = Vocabulary(k: recipe.k, isOverlapping: recipe.isOverlapping)
    let vocabularyFile = try HashedFile("\(directory)/\(CorpusManifest.vocabulary)")
    try vocabularyFile.write(vocabulary.vocabularyText.utf8)
    add(CorpusManifest.vocabulary, try vocabularyFile.finish())

    let cellTypes = states.isEmpty ? [StateNames.none] : recipe.cellTypes
    try CorpusManifest(
      k: recipe.k, overlapping: recipe.isOverlapping, binSize: recipe.binSize,
      cellTypes: cellTypes, stateNames: stateNames,
      chromosomes: named.map { .init(name: $0.name, length: $0.length) },
      training: part(parts.training), validation: part(parts.validation), test: part(parts.test),
      files: files
    ).write(to: "\(directory)/\(CorpusManifest.name)")

    return CorpusSummary(
      chromosomes: parts.summaries, skippedSequences: packed.skipped.count,
      skippedBases: packed.skipped.bases,
      cellTypes: zip(recipe.cellTypes, tracks.coverage).map {
        summary(of: $1, named: $0, chromosomes)
      },
      stateNames: stateNames, trainingRegions: parts.training.count,
      validationRegions: parts.validation.count, testRegions: parts.test.count)
  }

  /// Reads the sequences and writes the packed file.
  private func pack(
    to path: String, report: Report
  ) throws -> (
    chromosomes: [PackedSequenceWriter.Chromosome], skipped: (count: Int, bases: Int),
    file: (bytes: Int, sha256: String)
  ) {
    let wanted = Set(recipe.chromosomes)
    var writer = try PackedSequenceWriter(path)
    var seen: [String: String] = [:]
    var skipped = (count: 0, bases: 0)
    var isWanted = false
    var done = 0
    var reported = 0
    for fasta in sequence {
      try FASTA.read(fasta) { name in
        if let first = seen[name] {
          throw GenomeError(
            "'\(name)' is a second sequence of that name, the first is in \(first)", path: fasta)
        }
        seen[name] = fasta
        isWanted = wanted.isEmpty || wanted.contains(name)
        if isWanted { try writer.begin(name) } else { skipped.count += 1 }
      } bases: { codes in
        if isWanted { try writer.append(codes) } else { skipped.bases += codes.count }
        done += codes.count
        if done - reported >= 1 << 20 {
          reported = done
          try report(done, 0)
        }
      }
    }
    for name in recipe.chromosomes where seen[name] == nil {
      throw GenomeError(
        "chromosomes names '\(name)', which is not in the sequence: "
          + ChromosomeNames.hint(for: name, among: seen.keys.sorted()))
    }
    let file = try writer.finish()
    if let empty = writer.chromosomes.first(where: { $0.length == 0 }) {
      throw GenomeError("'\(empty.name)' has no bases", path: seen[empty.name])
    }
    return (writer.chromosomes, skipped, file)
  }

  private func writeStates(
    _ tracks: inout StateTrackBuilder, in directory: String,
    _ chromosomes: [PackedSequenceWriter.Chromosome], report: Report
  ) throws -> (names: [String], files: [(bytes: Int, sha256: String)]) {
    let genome = chromosomes.reduce(0) { $0 + $1.length }
    let total = genome * (states.count + 1)
    try Path.createDirectory("\(directory)/states")
    var paths: [(provisional: String, final: String)] = []
    for (position, state) in states.enumerated() {
      let done = genome * (position + 1)
      try report(done, total)
      let final = "\(directory)/\(CorpusManifest.track(position))"
      paths.append(("\(final).partial", final))
      try tracks.read(state, into: "\(final).partial") { try report(done, total) }
    }
    let result = try tracks.finish(tracks: paths) { try report(total, total) }
    try report(total, total)
    return result
  }

  private func summary(
    of coverage: StateTrackBuilder.Coverage, named name: String,
    _ chromosomes: [PackedSequenceWriter.Chromosome]
  ) -> CorpusSummary.CellType {
    let genome = chromosomes.reduce(0) { $0 + $1.length }
    let without = zip(chromosomes, coverage.bases).filter { $1 == 0 }.map(\.0.name)
    return CorpusSummary.CellType(
      name: name, segments: coverage.segments, segmentsElsewhere: coverage.segmentsElsewhere,
      chromosomesWithout: without,
      bases: [genome - coverage.bases.reduce(0, +)] + coverage.basesByState)
  }

  private func part(_ regions: [Region]) -> CorpusManifest.Part {
    CorpusManifest.Part(
      regions: regions.count, bases: regions.reduce(0) { $0 + $1.length })
  }
}

extension [String] {
  /// The first element that stood before.
  var firstRepeated: String? {
    var seen: Set<String> = []
    return first { !seen.insert($0).inserted }
  }
}
