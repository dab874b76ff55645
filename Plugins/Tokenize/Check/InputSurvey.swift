import DNA
import Dispatch
import Files
import Genome
import Synchronization

/// Everything that is known about the inputs of a corpus before it is made.
struct InputSurvey {
  /// What is to be made of the inputs: the parameters of `tokenize/corpus`.
  struct Plan: Sendable {
    var cellTypes: [String] = []
    /// By segmentation; empty where all are of one model.
    var tracks: [String] = []
    var binSize = 200
    var validation: [String] = []
    var test: [String] = []
    var chromosomes: [String] = []
    var aliases = ChromosomeAliases.Policy.refuse
  }

  /// The files.
  struct Files: Sendable {
    var sequence: [String] = []
    var states: [String] = []
    var peaks: [String] = []
    var checksums: [String] = []
    var labels: String?
    var aliases: String?
  }

  /// The segmentations of one model.
  struct Track: Sendable {
    /// Empty where all are of one.
    let name: String
    let segmentations: SegmentationSet
  }

  /// A cell type of a track, from all the files that speak of it.
  struct CellType: Sendable {
    /// With the track's, where there are several.
    let name: String
    var paths: [String] = []
    var formats: [String] = []
    var segments = 0
    var bases = 0
    var content: ContentCheck
  }

  let plan: Plan
  let sequence: SequenceSurvey
  let assembly: Assembly?
  private(set) var segmentations: [SegmentationSurvey] = []
  /// By track: its part of `segmentations`.
  private(set) var segmentationsOfTrack: [Range<Int>] = []
  var cellTypes: [CellType] = []
  private(set) var peaks: [PeakSurvey] = []
  private(set) var filesCompared = 0
  /// In the order in which people want them: sequence, states, peaks, then what is about several files.
  var findings: [Findings] = []

  /// How many findings of a severity there are.
  func count(_ severity: Finding.Severity) -> Int {
    findings.reduce(0) { $0 + $1.count(severity) }
  }

  /// Reads all inputs.
  ///
  /// - Parameters:
  ///   - threads: how many files are read at once; the survey is the same for any number.
  ///   - check: called now and then, from any thread; may throw to stop the work.
  ///   - progress: called from any thread with the files read and the files in all.
  init(
    _ files: Files, _ plan: Plan, threads: Int, check: @Sendable () throws -> Void,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws {
    self.plan = plan
    let total = files.sequence.count + files.states.count + files.peaks.count
    progress(0, total)
    sequence = try SequenceSurvey(
      files.sequence, wanted: plan.chromosomes, bin: plan.binSize, check: check)
    assembly = Assembly(of: sequence.chromosomes)
    findings = sequence.files.map(\.findings)
    progress(files.sequence.count, total)

    var general = Findings()
    let aliases: ChromosomeAliases
    do {
      aliases = try ChromosomeAliases(sequence.chromosomes, plan.aliases, table: files.aliases)
    } catch {
      try general.take(error, "aliases")
      aliases = try ChromosomeAliases(sequence.chromosomes, plan.aliases)
    }
    let tracks = try open(files, &general)
    var sources: [(source: SegmentationSet.Source, firstCellType: Int)] = []
    var names: [String] = []
    for track in tracks {
      let first = sources.count
      sources += track.segmentations.sources.map { ($0, names.count) }
      segmentationsOfTrack.append(first..<sources.count)
      names += track.segmentations.cellTypes.map { tracks.count > 1 ? "\($0) (\(track.name))" : $0 }
    }
    let given = sources
    let done = Atomic(files.sequence.count)
    let sequence = sequence
    let bin = plan.binSize
    segmentations = try concurrently(given.count, threads: threads) { index in
      var survey = SegmentationSurvey(
        given[index].source, firstCellType: given[index].firstCellType, on: sequence, bin: bin)
      try survey.read(aliases, check: check)
      progress(done.add(1, ordering: .relaxed).newValue, total)
      return survey
    }
    peaks = try concurrently(files.peaks.count, threads: threads) { index in
      var survey = PeakSurvey(files.peaks[index])
      try survey.read(on: sequence, aliases, check: check)
      progress(done.add(1, ordering: .relaxed).newValue, total)
      return survey
    }
    conclude(names)
    general.append(HeldOutCheck(plan, on: sequence).findings)
    general.append(repeated(files))
    let sums = try Checksums(
      lists: files.checksums, files: files.sequence + files.states + files.peaks, check: check)
    filesCompared = sums.compared
    findings += [general, sums.findings]
  }

  /// Looks at the beginning of each segmentation, track by track; those that are none are left out.
  private func open(_ files: Files, _ general: inout Findings) throws -> [Track] {
    if files.states.isEmpty && plan.cellTypes.isEmpty { return [] }
    var options = Segmentation.Options()
    options.binSize = plan.binSize
    do {
      options.labels = try files.labels.map { try StateLabels(reading: $0) }
    } catch {
      try general.take(error, "labels")
    }
    var tracks = plan.tracks
    if !tracks.isEmpty, tracks.count != files.states.count {
      general.add(
        .error, "cell-types",
        "\(tracks.count) name(s) in tracks for \(files.states.count) segmentation(s) in states; name each "
          + "segmentation's track, in the same order, or none at all")
      tracks = []
    }
    if tracks.isEmpty { tracks = files.states.map { _ in "" } }
    let isNamed = plan.cellTypes.count == files.states.count
    // Names that are too many or too few are the only track's to tell.
    var names = tracks.isEmpty ? [""] : [String]()
    for name in tracks where !names.contains(name) { names.append(name) }
    return try names.compactMap { name in
      let members = tracks.indices.filter { tracks[$0] == name }
      let set = try open(
        members.map { files.states[$0] },
        isNamed ? members.map { plan.cellTypes[$0] } : plan.cellTypes, options, &general)
      return set.map { Track(name: name, segmentations: $0) }
    }
  }

  /// - Parameter cellTypes: by path, or of another number, which is an error.
  private func open(
    _ files: [String], _ cellTypes: [String], _ options: Segmentation.Options,
    _ general: inout Findings
  ) throws -> SegmentationSet? {
    let isNamed = cellTypes.count == files.count
    var paths: [String] = []
    var names: [String] = []
    for (index, path) in files.enumerated() {
      do {
        _ = try Segmentation(path, options)
        paths.append(path)
        if isNamed { names.append(cellTypes[index]) }
      } catch {
        try general.take(error, "segmentation")
      }
    }
    do {
      return try SegmentationSet(paths, cellTypes: isNamed ? names : cellTypes, options)
    } catch {
      try general.take(error, "cell-types")
      // Their contents can be checked all the same.
      return try? SegmentationSet(
        paths, cellTypes: paths.indices.map { "segmentation \($0 + 1)" }, options)
    }
  }
}

/// Calls `body` for 0 ..< `count`, on several threads at once; the results are in order.
///
/// - Throws: what the first call in order threw that threw.
func concurrently<Result: Sendable>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Result
) throws -> [Result] {
  let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(max(threads, 1), count)) { _ in
    while case let index = next.add(1, ordering: .relaxed).oldValue, index < count {
      let result = Swift.Result { try body(index) }
      results.withLock { $0[index] = result }
    }
  }
  return try results.withLock { try $0.compactMap { try $0?.get() } }
}
