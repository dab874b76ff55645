import Collective
import Corpus
import DNA
import Files
import FlowPlugin
import Tokens
import Transformer

/// `pretrain/ebert`: trains a BERT over k-mers and chromatin states to guess masked tokens.
public struct Ebert: Operation {
  public typealias Parameters = EbertParameters

  public static let name = "ebert"

  let parameters: EbertParameters

  public init(_ parameters: EbertParameters) { self.parameters = parameters }

  /// - Throws: `StepFailure`, invalid where inputs and parameters do not fit together.
  public func run(_ step: Step) throws {
    do {
      try train(step)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    } catch let error as ModelError {
      throw StepFailure(.invalid, error.description)
    } catch let error as CollectiveError {
      throw StepFailure(.failed, error.description)
    }
  }

  private func train(_ step: Step) throws {
    try parameters.check()
    let collective = try join(step)
    let corpus = try parameters.windows.open(
      step.input("corpus"), tokenizer: step.optionalInput("tokenizer"))
    // Two seconds for a human genome and 127 cell types: a flipped bit is found now or never.
    try corpus.verify()
    let cellTypes = try CellTypeSplit(corpus, heldOut: parameters.validationCellTypes)
    let training = try windows(corpus, corpus.training, cellTypes.training, .training, "training")
    let validation = try validation(step, corpus, cellTypes)
    let configuration = try configuration(step, corpus)
    let memory = try forecastMemory(
      step, configuration, training, validates: !validation.isEmpty,
      share: collective.share(of: parameters.batchSize).count)
    let model = try makeModel(step, corpus, configuration)
    describe(step, model, corpus)
    describe(step, collective)
    let optimizer = AdamW(
      model.parameters,
      AdamW.Settings(
        beta1: parameters.beta1, beta2: parameters.beta2, epsilon: parameters.epsilon,
        weightDecay: parameters.weightDecay,
        // Without a bound the norm is still asked for: it tells whether the gradient is finite.
        clipNorm: parameters.clipNorm > 0 ? parameters.clipNorm : .infinity))
    let identity = try identity(step, corpus)
    // Ranks must agree on the other parameters as well: who stops, and when, is decided by each.
    let scratch = try agreedScratch(step, "\(identity) \(step.parameters)", collective)
    let state = TrainingState(directory: "\(scratch)/checkpoints", identity: identity)
    var trainer = Trainer(
      step: step, parameters: parameters, model: model, optimizer: optimizer, training: training,
      validation: validation, state: state, scratch: scratch, collective: collective)
    try trainer.run()
    let losses = try trainer.finalLosses()
    guard collective.rank == 0 else { return try collective.leave() }
    let card = EbertCard(
      corpus: corpus, parameters: parameters, course: trainer.course, written: trainer.written)
    try model.save(
      to: try step.output("model"), tokenizer: corpus.tokenizer,
      card: try card.card(step))
    let judged = ValidationReport(
      sets: validation, losses: losses, corpus: corpus)
    judged.record(step)
    let summary = summary(trainer, corpus, judged)
    try WholeFile.write(summary.prettyText, to: try step.output("summary"))
    try EventFile.write(trainer.course, to: try step.output("events"))
    tellPeak(step, corpus, memory)
    try collective.leave()
  }

  /// Says how much memory was taken, beside what was forecast.
  private func tellPeak(_ step: Step, _ corpus: Corpus, _ forecast: MemoryCheck) {
    guard let peak = SystemMemory.own("VmHWM") else { return }
    let own = peak - SystemMemory.mapped(under: corpus.directory)
    step.record("memory_peak", .integer(own))
    step.log(
      "memory: at most \(MemoryCheck.text(bytes: own)), \(MemoryCheck.text(bytes: forecast.total)) forecast"
    )
  }

  /// summary.json: no times, so that equal runs give equal bytes.
  private func summary(_ trainer: Trainer, _ corpus: Corpus, _ judged: ValidationReport) -> JSON {
    let course = trainer.course
    let taken = trainer.optimizer.steps
    var summary: [String: JSON] = [
      "parameters": .integer(trainer.model.parameters.count), "steps": .integer(taken),
      "tokens": .integer(taken * parameters.batchSize * parameters.length),
      "use_states": .boolean(parameters.useStates),
      "tokens_are": .string(corpus.tokenizer.description),
      "cell_types": .array(corpus.cellTypes.map(JSON.string)),
      "validation_cell_types": .array(parameters.validationCellTypes.map(JSON.string)),
      "loss_unit": "nats per masked token", "loss": course.json,
      "written_step": .integer(trainer.written),
      "stopped_early": .boolean(trainer.isOutOfPatience), "validation": judged.json,
    ]
    if let kmers = corpus.tokenizer.kmers {
      summary["k"] = .integer(kmers.k)
      summary["overlapping"] = .boolean(kmers.isOverlapping)
    }
    if let loss = course[.training].last { summary["final_training_loss"] = .number(loss.value) }
    if let loss = judged.losses.first, let set = judged.sets.first, set.kind == .regions {
      summary["final_validation_loss"] = .number(loss.all.mean)
    }
    return .object(summary)
  }
}
