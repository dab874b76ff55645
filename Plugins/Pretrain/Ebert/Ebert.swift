import Files
import FlowPlugin
import Genome
import Transformer

/// `pretrain/ebert`: trains a BERT over k-mers and chromatin states to guess masked tokens.
public struct Ebert: Operation {
  public struct Parameters: Decodable {
    var hiddenSize, layers, heads, intermediateSize: Int
    var length, batchSize, steps: Int
    var learningRate: Double
    var warmupSteps: Int
    var weightDecay, beta1, beta2, epsilon, clipNorm, dropout: Double
    var initializerRange: Double
    var maskRate, maskTokenShare, randomTokenShare: Double
    var maskSpan, spanWarmupSteps: Int
    var useStates: Bool
    var validationEvery, validationWindows, checkpointEvery: Int
    var seed: Int
  }

  public static let name = "ebert"

  let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// - Throws: `StepFailure`, invalid where inputs and parameters do not fit together.
  public func run(_ step: Step) throws {
    do {
      try train(step)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    } catch let error as ModelError {
      throw StepFailure(.invalid, error.description)
    }
  }

  private func train(_ step: Step) throws {
    try check()
    let corpus = try Corpus(directory: try step.input("corpus"))
    let model = try makeModel(step, corpus)
    describe(step, model, corpus)
    let optimizer = AdamW(
      model.parameters,
      AdamW.Settings(
        beta1: parameters.beta1, beta2: parameters.beta2, epsilon: parameters.epsilon,
        weightDecay: parameters.weightDecay,
        clipNorm: parameters.clipNorm > 0 ? parameters.clipNorm : nil))
    let state = TrainingState(
      directory: "\(step.scratch)/checkpoints", identity: try identity(step, corpus))
    let trainer = Trainer(
      step: step, parameters: parameters, model: model, optimizer: optimizer,
      training: try windows(corpus, corpus.training, .training, "training"),
      validation: try validation(step, corpus), state: state)
    let course = try trainer.run()
    let vocabulary = try Path.readText("\(corpus.directory)/vocab.txt")
    try model.save(to: try step.output("model"), vocabulary: vocabulary)
    let summary = summary(model, corpus, course)
    try WholeFile.write(summary.prettyText, to: try step.output("summary"))
  }

  /// What the manifest cannot check: parameters that contradict each other.
  private func check() throws(StepFailure) {
    if parameters.maskTokenShare + parameters.randomTokenShare > 1 {
      throw StepFailure(
        .invalid, "mask_token_share and random_token_share together are more than 1")
    }
    if parameters.warmupSteps > parameters.steps {
      throw StepFailure(
        .invalid,
        "warmup_steps (\(parameters.warmupSteps)) is more than steps (\(parameters.steps)): the learning "
          + "rate would never reach its peak")
    }
  }

  private func windows(
    _ corpus: Corpus, _ regions: [Region], _ purpose: MaskedWindows.Purpose, _ name: String
  ) throws(StepFailure) -> MaskedWindows {
    let bases = corpus.bases(forTokens: parameters.length)
    let sampler = WindowSampler(
      regions: regions, cellTypes: corpus.cellTypes.count, bases: bases)
    if sampler.count == 0 {
      throw StepFailure(
        .invalid,
        "no \(name) region of the corpus holds a window of \(parameters.length) tokens (\(bases) bases); "
          + "choose a smaller length or make the corpus from longer regions")
    }
    return MaskedWindows(
      corpus: corpus, sampler: sampler,
      masking: Masking(
        rate: parameters.maskRate, maskShare: parameters.maskTokenShare,
        randomShare: parameters.randomTokenShare, span: parameters.maskSpan,
        vocabulary: corpus.vocabulary),
      spanWarmup: parameters.spanWarmupSteps, length: parameters.length,
      usesStates: parameters.useStates,
      seed: UInt64(bitPattern: Int64(parameters.seed)), purpose: purpose)
  }

  /// nil where validation is switched off or the corpus has no regions for it.
  private func validation(_ step: Step, _ corpus: Corpus) throws(StepFailure) -> MaskedWindows? {
    if parameters.validationEvery == 0 || parameters.validationWindows == 0 { return nil }
    if corpus.validation.isEmpty {
      step.warn("the corpus has no validation regions: the loss on unseen sequence is not measured")
      return nil
    }
    return try windows(corpus, corpus.validation, .validation, "validation")
  }

  /// What must be equal for a checkpoint in the scratch directory to belong to this run.
  private func identity(_ step: Step, _ corpus: Corpus) throws -> String {
    let hash = StreamingHash(.sha256)
    hash.update(step.parameters)
    hash.update(try StreamingHash.of(file: "\(corpus.directory)/manifest.json"))
    if let start = step.optionalInput("model") {
      hash.update(try StreamingHash.of(file: "\(start)/model.safetensors"))
    }
    return hash.finish()
  }
}
