import Corpus
import Files
import FlowPlugin
import Genome
import Tokens
import Transformer

/// The inputs of `binding`, opened and checked against each other.
struct BindingTask {
  let corpus: Corpus
  /// The directory of the pretrained model.
  let model: String
  let layout: WindowLayout
  let reader: WindowReader
  let labels: PeakLabels
  let training: BindingBins
  let validation: BindingBins
  let test: BindingBins
  /// Whether there is a bound bin to validate on.
  let hasValidation: Bool
  let hasRelaxed: Bool

  init(_ parameters: Binding.Parameters, _ step: Step) throws {
    model = try step.input("model")
    let checkpoint = try Checkpoint(directory: model)
    corpus = try BindingTask.corpus(step.input("corpus"), of: checkpoint)
    layout = try WindowLayout(
      bin: parameters.bin, context: parameters.context, pool: parameters.pool,
      vocabulary: corpus.vocabulary)
    try BindingTask.check(checkpoint, corpus, layout)
    try checkpoint.checkTokens(against: Tokenizer(corpus.vocabulary))
    reader = WindowReader(
      corpus, layout: layout,
      cellType: try BindingTask.cellType(parameters.cellType, corpus),
      usesStates: parameters.useStates)

    let relaxed = try step.optionalInput("relaxed").map { try NarrowPeak.read($0) }
    hasRelaxed = relaxed != nil
    if relaxed == nil {
      step.log("no relaxed peaks were given: no bin is ambiguous, weak peaks count as unbound")
    }
    labels = PeakLabels(
      corpus, conservative: try NarrowPeak.read(step.input("conservative")), relaxed: relaxed)
    if labels.peaksElsewhere > 0 {
      step.warn(
        "\(labels.peaksElsewhere) of \(labels.conservativePeaks) conservative peaks lie on chromosomes "
          + "that the corpus does not have")
    }

    let excluded = try BindingTask.excluded(step.optionalInput("blacklist"), corpus)
    training = BindingBins(
      corpus.training, stride: parameters.stride, layout: layout, excluded: excluded)
    validation = BindingBins(
      corpus.validation, stride: parameters.testStride, layout: layout, excluded: excluded)
    test = BindingBins(
      corpus.test, stride: parameters.testStride, layout: layout, excluded: excluded)
    guard test.count > 0 else {
      throw StepFailure(
        .invalid,
        "\(corpus.directory): no bin lies in its test regions; hold out a test region when it is made"
      )
    }
    let (labels, validation) = (labels, validation)
    hasValidation = (0..<validation.count).contains { labels.label(validation[$0]) == .bound }
    if !hasValidation {
      step.warn("no bound bin lies in the corpus's validation regions: the last weights are kept")
    }
  }

  /// A hash of what decides the weights: parameters, and the bytes of model, corpus and peaks.
  func identity(_ step: Step) throws -> String {
    var parts = [step.parameters, try Checkpoint(directory: model).identity()]
    var files = ["\(corpus.directory)/manifest.json"]
    for name in ["conservative", "relaxed", "blacklist"] { files += step.inputs(name) }
    for file in files { parts.append(try StreamingHash.of(file: file)) }
    return StreamingHash.sha256(of: parts.joined(separator: "\n"))
  }

  /// The corpus as the model was trained on it: with its tracks and its k-mers.
  private static func corpus(_ directory: String, of checkpoint: Checkpoint) throws -> Corpus {
    var kmers: Vocabulary?
    if case .kmers(let k, let isOverlapping) = checkpoint.tokenization?.tokens,
      Vocabulary.allowedK.contains(k)
    {
      kmers = Vocabulary(k: k, isOverlapping: isOverlapping)
    }
    let corpus = try Corpus(
      directory: directory, stateNames: checkpoint.tokenization?.stateNames, kmers: kmers)
    try corpus.verify()
    return corpus
  }

  private static func check(
    _ checkpoint: Checkpoint, _ corpus: Corpus, _ layout: WindowLayout
  ) throws(StepFailure) {
    let (configuration, model) = (checkpoint.configuration, checkpoint.directory)
    if case .bytePairs = checkpoint.tokenization?.tokens {
      throw StepFailure(
        .invalid,
        "\(model) reads byte pairs; finetune/binding scores bins by the k-mers in them: pretrain without the input "
          + "tokenizer, or with one of k-mers")
    }
    guard configuration.vocabularySize == corpus.vocabulary.count else {
      throw StepFailure(
        .invalid,
        "\(model) has \(configuration.vocabularySize) tokens and the corpus \(corpus.vocabulary.count): "
          + "they were made with different k")
    }
    // A model that was pretrained with masked states has one more row than states: [MASK].
    let states = checkpoint.tokenization?.stateNames.count ?? configuration.states
    guard states == corpus.stateNames.count else {
      throw StepFailure(
        .invalid,
        "\(model) has \(states) states and the corpus \(corpus.stateNames.count): they were "
          + "made with different segmentations")
    }
    guard layout.length <= configuration.maximumLength else {
      throw StepFailure(
        .invalid,
        "a context of \(layout.context) bases makes \(layout.length) tokens; \(model) takes at most "
          + "\(configuration.maximumLength). Lower context, or pretrain with a greater length")
    }
  }

  private static func cellType(_ name: String?, _ corpus: Corpus) throws(StepFailure) -> Int {
    let known = corpus.cellTypes.prefix(20).joined(separator: ", ")
    guard let name else {
      guard corpus.cellTypes.count == 1 else {
        throw StepFailure(.invalid, "cell_type is not given; the corpus has \(known)")
      }
      return 0
    }
    guard let place = corpus.cellTypes.firstIndex(of: name) else {
      throw StepFailure(.invalid, "the corpus has no cell type '\(name)'; it has \(known)")
    }
    return place
  }

  /// By chromosome: the merged intervals of a BED file.
  private static func excluded(_ path: String?, _ corpus: Corpus) throws -> [[Interval]] {
    var excluded = [[Interval]](repeating: [], count: corpus.chromosomes.count)
    guard let path else { return excluded }
    try BED.read(path) { row in
      if let chromosome = corpus.chromosome(named: row.chromosome) {
        excluded[chromosome].append(row.interval)
      }
    }
    return excluded.map { $0.merged() }
  }
}
