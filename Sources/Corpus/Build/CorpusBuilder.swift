import DNA
import Files
import Genome
import Tokens

/// Makes a corpus from FASTA and segmentations.
///
/// Streams: in memory are one line of sequence, the runs of unknown bases, and for each thread one cell type's
/// states (one byte a bin: 15 MB for a human genome). Equal inputs and recipes give equal bytes, whatever the
/// number of threads. The manifest is written last, and the one of an earlier corpus in the same place is
/// removed first: a directory whose making was cut off has none, and is made anew by making it again.
public struct CorpusBuilder {
  /// Called now and then with bases done and bases in all (0 while unknown); may throw to stop the work.
  public typealias Report = (_ done: Int, _ total: Int) throws -> Void

  private let recipe: CorpusRecipe
  private let sequence: [String]
  private let states: [String]
  private let plan: TrackPlan

  /// - Parameters:
  ///   - sequence: FASTA (plain, gzip, bgzip) or 2bit, as `SequenceFile` reads them.
  ///   - states: segmentations, as `Segmentation` reads them; `recipe.cellTypes` names them in their order.
  /// - Throws: `GenomeError` where the recipe contradicts itself, or a file is no segmentation; `FileError`
  ///   where a segmentation cannot be read.
  public init(
    _ recipe: CorpusRecipe, sequence: [String], states: [String]
  ) throws {
    guard Vocabulary.allowedK.contains(recipe.k) else {
      throw GenomeError("k is \(recipe.k); it must be from 1 to 8")
    }
    guard recipe.minimumRegion >= recipe.k else {
      throw GenomeError(
        "min_region is \(recipe.minimumRegion); it must be at least k, which is \(recipe.k)")
    }
    plan = try TrackPlan(recipe, states)
    _ = try CroissantMetadata.parse(recipe.croissant)
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
    for name in [CorpusManifest.name, CorpusManifest.croissant]
    where Path.exists("\(directory)/\(name)") { try Path.remove("\(directory)/\(name)") }
    var files: [CorpusManifest.File] = []
    func add(_ path: String, _ entry: (bytes: Int, sha256: String)) {
      files.append(.init(path: path, bytes: entry.bytes, sha256: entry.sha256))
    }

    let packed = try pack(to: "\(directory)/\(CorpusManifest.sequence)", report: report)
    add(CorpusManifest.sequence, packed.file)
    let chromosomes = packed.chromosomes
    let heldOut = try HeldOut(recipe, on: chromosomes)
    let named = chromosomes.map { Chromosome(name: $0.name, length: $0.length) }
    let tracks = try writeTracks(in: directory, named, report: report)
    files += tracks.flatMap(\.files)

    let parts = RegionSets(
      chromosomes, heldOut, tracks.flatMap(\.coverage), minimum: recipe.minimumRegion)
    guard !parts.training.isEmpty else {
      throw GenomeError(
        "nothing is left to train on: no stretch of at least \(recipe.minimumRegion) known bases lies "
          + "outside the held-out regions; lower min_region or hold out less")
    }
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

    let manifest = CorpusManifest(
      tokens: .init(k: recipe.k, overlapping: recipe.isOverlapping),
      tracks: zip(plan.tracks, tracks).map {
        .init(name: $0.name, binSize: $0.binSize, cellTypes: $0.cellTypes, stateNames: $1.names)
      },
      chromosomes: named.map { .init(name: $0.name, length: $0.length) },
      training: part(parts.training), validation: part(parts.validation), test: part(parts.test),
      files: files)
    let path = "\(directory)/\(CorpusManifest.name)"
    try manifest.write(to: path)
    let own = CorpusManifest.File(
      path: CorpusManifest.name, bytes: try Path.size(path),
      sha256: try StreamingHash.of(file: path))
    try WholeFile.write(
      CroissantMetadata(manifest, own: own, facts: recipe.croissant).json.prettyText,
      to: "\(directory)/\(CorpusManifest.croissant)")

    return CorpusSummary(
      chromosomes: parts.summaries, skippedSequences: packed.skipped.count,
      skippedBases: packed.skipped.bases,
      tracks: zip(plan.tracks, tracks).map { track, written in
        CorpusSummary.Track(
          name: track.name, binSize: track.binSize, stateNames: written.names,
          cellTypes: zip(track.cellTypes, written.coverage).map {
            summary(of: $1, named: $0, named)
          })
      },
      trainingRegions: parts.training.count, validationRegions: parts.validation.count,
      testRegions: parts.test.count)
  }

  private func writeTracks(
    in directory: String, _ chromosomes: [Chromosome], report: Report
  ) throws -> [TrackWriter.Written] {
    let aliases = try ChromosomeAliases(
      chromosomes, recipe.aliases, table: recipe.chromosomeAliases)
    let genome = chromosomes.reduce(0) { $0 + $1.length }
    // Each cell type counts as a genome.
    let total = genome * (1 + plan.tracks.reduce(0) { $0 + $1.cellTypes.count })
    var before = genome
    return try plan.tracks.map { track in
      let writer = TrackWriter(
        track: track, chromosomes: chromosomes, aliases: aliases, directory: directory,
        threads: recipe.threads)
      let bases = genome * track.cellTypes.count
      defer { before += bases }
      return try writer.write { try report(before + Int($0 * Double(bases)), total) }
    }
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
      try SequenceFile.open(fasta).read { name in
        if let first = seen[name] {
          throw GenomeError(
            "'\(name)' is a second sequence of that name, the first is in \(first)", path: fasta)
        }
        if let fault = BED.fault(ofName: name) { throw GenomeError(fault, path: fasta) }
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
    guard !writer.chromosomes.isEmpty else {
      throw GenomeError("no sequence in it", path: sequence.first)
    }
    if let empty = writer.chromosomes.first(where: { $0.length == 0 }) {
      throw GenomeError("'\(empty.name)' has no bases", path: seen[empty.name])
    }
    return (writer.chromosomes, skipped, file)
  }

  private func summary(
    of coverage: BinnedSegmentation.Coverage, named name: String, _ chromosomes: [Chromosome]
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
