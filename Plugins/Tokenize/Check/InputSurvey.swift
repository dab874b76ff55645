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

  /// A cell type, from all the files that speak of it.
  struct CellType: Sendable {
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
    let set = try open(files, &general)
    let sources = set?.sources ?? []
    let done = Atomic(files.sequence.count)
    let sequence = sequence
    let bin = plan.binSize
    segmentations = try concurrently(sources.count, threads: threads) { index in
      var survey = SegmentationSurvey(sources[index], on: sequence, bin: bin)
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
    conclude(set?.cellTypes ?? [])
    general.append(HeldOutCheck(plan, on: sequence).findings)
    general.append(repeated(files))
    let sums = try Checksums(
      lists: files.checksums, files: files.sequence + files.states + files.peaks, check: check)
    filesCompared = sums.compared
    findings += [general, sums.findings]
  }

  /// Looks at the beginning of each segmentation; those that are none are left out.
  private mutating func open(
    _ files: Files, _ general: inout Findings
  ) throws -> SegmentationSet? {
    if files.states.isEmpty && plan.cellTypes.isEmpty { return nil }
    var options = Segmentation.Options()
    options.binSize = plan.binSize
    do {
      options.labels = try files.labels.map { try StateLabels(reading: $0) }
    } catch {
      try general.take(error, "labels")
    }
    let isNamed = plan.cellTypes.count == files.states.count
    var paths: [String] = []
    var names: [String] = []
    for (index, path) in files.states.enumerated() {
      do {
        _ = try Segmentation(path, options)
        paths.append(path)
        if isNamed { names.append(plan.cellTypes[index]) }
      } catch {
        try general.take(error, "segmentation")
      }
    }
    do {
      return try SegmentationSet(
        paths, cellTypes: isNamed ? names : plan.cellTypes, options)
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
