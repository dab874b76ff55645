import DNA
import Files
import FlowPlugin
import Genome
import Glibc
import Tokens
import Transformer

/// `finetune/binding`: fine-tunes a pretrained model to tell bins that a factor binds from those it does not,
/// and scores every bin of the test regions.
struct Binding: Operation {
  struct Parameters: Decodable {
    var cellType: String?
    var bin: Int
    var stride: Int
    var testStride: Int
    var context: Int
    var useStates: Bool
    var pooling: Pooling
    var pool: WindowLayout.Pool
    var strands: Strands
    var negativesPerPositive: Int
    var device: ComputeDevice
    var steps: Int
    var batchSize: Int
    var learningRate: Double
    var warmup: Double
    var weightDecay: Double
    var clipNorm: Double
    var dropout: Double
    var validations: Int
    var patience: Int
    var checkpointEvery: Int
    var seed: Int
  }

  /// What is done with the other strand.
  enum Strands: String, Decodable, Sendable {
    /// Nothing.
    case forward
    /// Training reads either, by chance.
    case augment
    /// And a bin's score is the mean over both.
    case average
  }

  static let name = "binding"
  let parameters: Parameters
  init(_ parameters: Parameters) { self.parameters = parameters }

  func run(_ step: Step) throws {
    do {
      try finetune(step)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, "\(error)")
    } catch let error as ModelError {
      throw StepFailure(.invalid, "\(error)")
    }
  }

  private func finetune(_ step: Step) throws {
    let task = try BindingTask(parameters, step)
    let device = try parameters.device.open(threads: step.threads)
    var examples = try ExampleOrder(
      task.training, labels: task.labels, negativesPerPositive: parameters.negativesPerPositive,
      readsBothStrands: parameters.strands != .forward,
      seed: UInt64(bitPattern: Int64(parameters.seed))
    ) { done in
      step.progress(Double(done), of: Double(task.training.count), "bins", note: "labelling")
      try step.checkCancellation()
    }
    guard !examples.bound.isEmpty, examples.unboundCount > 0 else {
      throw StepFailure(
        .invalid,
        "of \(task.training.count) training bins \(examples.bound.count) are bound and "
          + "\(examples.unboundCount) unbound; training needs both. Do the peaks lie on the corpus's "
          + "chromosomes (\(task.labels.peaksElsewhere) of \(task.labels.conservativePeaks) do not)?"
      )
    }
    step.log(
      "training bins: \(examples.bound.count) bound, \(examples.unboundCount) unbound, "
        + "\(examples.ambiguousCount) ambiguous; \(task.layout.length) tokens a window")

    let priorShift = priorShift(examples)
    func predictor(_ model: SequenceClassifier) -> BindingPredictor {
      BindingPredictor(
        model: model, reader: task.reader, averagesStrands: parameters.strands == .average,
        priorShift: priorShift, batch: 256)
    }
    let training = BindingTraining(
      parameters: parameters, step: step, identity: try task.identity(step))
    let outcome = try training.run(
      directory: task.model, device: device, examples: &examples, reader: task.reader,
      validate: task.hasValidation
        ? { model in
          try ValidationArea.compute(predictor(model), task.validation, task.labels) { _ in
            try step.checkCancellation()
          }
        } : nil)
    let card = BindingCard(
      task: task, parameters: parameters, outcome: outcome, priorShift: priorShift)
    try outcome.model.save(
      to: step.output("model"), tokenizer: Tokenizer(task.corpus.vocabulary),
      card: card.card(step))
    let counts = try writePredictions(predictor(outcome.model), task, step)
    try summarize(step, task, examples, outcome, counts, priorShift)
  }

  /// Training sees one bound bin to `negativesPerPositive` unbound ones; a model's log odds are those of that
  /// mix. Unbound bins are drawn uniformly, so the difference of the mixes' log odds turns them into log odds
  /// at the base rate of the training regions.
  private func priorShift(_ examples: ExampleOrder) -> Double {
    let natural = log(Double(examples.bound.count) / Double(examples.unboundCount))
    return natural + log(Double(parameters.negativesPerPositive))
  }

  private func writePredictions(
    _ predictor: BindingPredictor, _ task: BindingTask, _ step: Step
  ) throws -> [BindingLabel: Int] {
    var counts: [BindingLabel: Int] = [:]
    let file = try GzipWriter(step.output("predictions"))
    try file.write("chrom\tstart\tstop\tlabel\tscore\n")
    let names = task.corpus.chromosomes.map(\.name)
    try predictor.score(task.test, labels: task.labels) { bin, label, score in
      counts[label, default: 0] += 1
      let place = "\(names[bin.chromosome])\t\(bin.interval.start)\t\(bin.interval.end)"
      try file.write("\(place)\t\(label.letter)\t\(score)\n")
    } progress: { done in
      step.progress(Double(done), of: Double(task.test.count), "bins", note: "predicting")
      try step.checkCancellation()
    }
    try file.finish()
    return counts
  }

  private func summarize(
    _ step: Step, _ task: BindingTask, _ examples: ExampleOrder, _ outcome: BindingTraining.Outcome,
    _ counts: [BindingLabel: Int], _ priorShift: Double
  ) throws {
    let facts: JSON = [
      "cell_type": .string(task.corpus.cellTypes[task.reader.cellType]),
      "use_states": .boolean(parameters.useStates),
      "tokens_per_window": .integer(task.layout.length),
      "training_bins": [
        "bound": .integer(examples.bound.count), "unbound": .integer(examples.unboundCount),
        "ambiguous": .integer(examples.ambiguousCount),
      ],
      "test_bins": [
        "bound": .integer(counts[.bound] ?? 0), "unbound": .integer(counts[.unbound] ?? 0),
        "ambiguous": .integer(counts[.ambiguous] ?? 0),
      ],
      "relaxed_peaks": .boolean(task.hasRelaxed),
      "peaks_elsewhere": .integer(task.labels.peaksElsewhere),
      "steps": .integer(outcome.steps), "best_step": .integer(outcome.bestStep),
      "validation_auPRC": outcome.bestArea.map { .number($0) } ?? .null,
      "log_odds_shift": .number(priorShift),
      "score":
        "probability of label B at the base rate of the training regions: the model's log odds plus log_odds_shift",
    ]
    try WholeFile.write(facts.prettyText, to: step.output("summary"))
    step.record("binding", facts)
  }
}
