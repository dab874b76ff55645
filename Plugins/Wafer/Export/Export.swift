import Corpus
import DNA
import Files
import FlowPlugin

/// `wafer/export`: the directory with which a user of a Cerebras system pretrains on a corpus.
struct Export: Operation {
  struct Parameters: Decodable {
    var layers: Int?
    var hiddenSize: Int?
    var heads: Int?
    var intermediateSize: Int?
    var length: Int
    var sequences: Int
    var validationSequences: Int
    var sequencesPerFile: Int
    var maskRate: Double
    var maskSpan: Int
    var dropout: Double
    var steps: Int
    var warmupSteps: Int
    var batchSize: Int
    var learningRate: Double
    var weightDecay: Double
    var checkpointSteps: Int
    var seed: Int
  }

  static let name = "export"
  let parameters: Parameters
  init(_ parameters: Parameters) { self.parameters = parameters }

  func run(_ step: Step) throws {
    do {
      try export(step)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, "\(error)")
    }
  }

  private func export(_ step: Step) throws {
    let corpus = try Corpus(directory: step.input("corpus"))
    let model = try step.optionalInput("model").map { try ModelConfiguration(directory: $0) }
    let total = Double(parameters.sequences + parameters.validationSequences)
    var done = 0
    try write(corpus, model: model, to: step.output("job")) { written in
      step.progress(Double(done + written), of: total, "sequences")
      if written == parameters.sequences { done = written }
      try step.checkCancellation()
    }
    step.record(
      "table:export",
      [
        "title": "Job for a Cerebras system", "columns": ["what", "value"],
        "rows": [
          ["training sequences", .integer(parameters.sequences)],
          ["validation sequences", .integer(parameters.validationSequences)],
          ["tokens per sequence", .integer(parameters.length)],
          ["chromatin states", .integer(corpus.stateNames.count)],
        ], "note": "Written for Model Zoo 2.10; it was not run on a Cerebras system here.",
      ])
  }

  /// Writes the job directory.
  ///
  /// - Parameter progress: called with the number of sequences of the current part; may throw to stop.
  /// - Throws: `StepFailure` (invalid) where model and corpus do not fit each other, or nothing can be drawn.
  func write(
    _ corpus: Corpus, model: ModelConfiguration?, to directory: String,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    let masking = Masking(
      rate: parameters.maskRate, span: parameters.maskSpan, vocabulary: corpus.vocabulary)
    let network = try network(corpus, model, masking)
    for (name, count, regions, stream) in [
      ("train", parameters.sequences, corpus.training, 0),
      ("validation", parameters.validationSequences, corpus.validation, 1),
    ] where count > 0 {
      if regions.isEmpty {
        throw StepFailure(
          .invalid,
          "the corpus has no \(name) regions; set validation_sequences to 0 or hold some out")
      }
      try SequenceFiles(
        corpus: corpus, length: network.length, masking: masking, seed: parameters.seed,
        stream: stream
      ).write(
        count, from: regions, perFile: parameters.sequencesPerFile, to: "\(directory)/data/\(name)",
        progress: progress)
    }
    try writeTexts(corpus, network, masking, to: directory)
  }

  private func writeTexts(
    _ corpus: Corpus, _ network: NetworkShape, _ masking: Masking, to directory: String
  ) throws {
    try Path.createDirectory("\(directory)/ebert")
    let training = TrainingParameters(
      network: network, meanScored: masking.expected(among: network.length - 2),
      dropout: parameters.dropout, steps: parameters.steps,
      warmupSteps: min(parameters.warmupSteps, parameters.steps), batchSize: parameters.batchSize,
      learningRate: parameters.learningRate, weightDecay: parameters.weightDecay,
      checkpointSteps: parameters.checkpointSteps, seed: parameters.seed,
      validationSequences: parameters.validationSequences)
    for (name, text) in [
      ("ebert/__init__.py", PythonPackage.initialization), ("ebert/model.py", PythonPackage.model),
      ("ebert/data.py", PythonPackage.data), ("run_ebert.py", PythonPackage.run),
      ("README.md", PythonPackage.readme), ("params.yaml", training.yaml),
      ("states.txt", corpus.stateNames.map { $0 + "\n" }.joined()),
    ] { try WholeFile.write(text, to: "\(directory)/\(name)") }
    try corpus.vocabulary.write(to: "\(directory)/vocab.txt")
  }

  /// The network: tokens and states are the corpus's, the rest from the parameters, the model, or BERT-base.
  private func network(
    _ corpus: Corpus, _ model: ModelConfiguration?, _ masking: Masking
  ) throws(StepFailure) -> NetworkShape {
    if let model {
      guard model.vocabulary == corpus.vocabulary.count else {
        throw StepFailure(
          .invalid,
          "the model has \(model.vocabulary) tokens and the corpus \(corpus.vocabulary.count): they were "
            + "made with different k")
      }
      guard model.states == corpus.stateNames.count else {
        throw StepFailure(
          .invalid, "the model has \(model.states) states and the corpus \(corpus.stateNames.count)"
        )
      }
    }
    let length = parameters.length
    guard length >= 3 else {
      throw StepFailure(.invalid, "length is \(length); [CLS], a token and [SEP] make 3")
    }
    let shape = NetworkShape(
      layers: parameters.layers ?? model?.layers ?? 12,
      hidden: parameters.hiddenSize ?? model?.hidden ?? 768,
      heads: parameters.heads ?? model?.heads ?? 12,
      intermediate: parameters.intermediateSize ?? model?.intermediate ?? 3072,
      vocabulary: corpus.vocabulary.count, states: corpus.stateNames.count, length: length,
      masked: masking.capacity(among: length - 2))
    guard shape.masked > 0 else {
      throw StepFailure(
        .invalid, "a sequence of \(length) tokens does not hold a masked span of \(masking.span)")
    }
    guard shape.hidden % shape.heads == 0 else {
      throw StepFailure(
        .invalid, "hidden_size \(shape.hidden) is not a multiple of heads \(shape.heads)")
    }
    return shape
  }
}
