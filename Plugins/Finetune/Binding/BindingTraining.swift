import Files
import FlowPlugin
import Transformer

/// Fine-tuning: steps of AdamW on bound and unbound bins, the best weights by validation kept.
///
/// Everything random is a function of (seed, step), and checkpoints hold all the rest, so a run that is killed
/// and goes on ends with the same bits.
struct BindingTraining {
  let parameters: Binding.Parameters
  let step: Step
  /// Names the inputs and parameters; a checkpoint of another name is not gone on from.
  let identity: String

  /// The outcome.
  struct Outcome {
    /// The model with the weights chosen.
    var model: SequenceClassifier
    /// The step after which those weights stood.
    var bestStep: Int
    /// Area under the precision-recall curve on the validation bins at that step; nil without validation.
    var bestArea: Double?
    /// Steps taken in all; fewer than asked for where training stopped early.
    var steps: Int
  }

  /// What a checkpoint holds beside weights and moments.
  private struct Progress {
    var bestStep = 0
    var bestArea: Double?
    /// Validations since the best one.
    var stale = 0

    var json: JSON {
      [
        "best_step": .integer(bestStep), "best_area": bestArea.map { .number($0) } ?? .null,
        "stale": .integer(stale),
      ]
    }

    init() {}
    init(_ json: JSON) {
      bestStep = json["best_step"]?.integer ?? 0
      bestArea = json["best_area"]?.number
      stale = json["stale"]?.integer ?? 0
    }
  }

  /// - Parameters:
  ///   - directory: the pretrained model.
  ///   - validate: the area under the precision-recall curve of a model on the validation bins; nil where
  ///     there is nothing to validate on: the last weights are then the ones chosen.
  func run(
    directory: String, device: any Device, examples: inout ExampleOrder, reader: WindowReader,
    validate: ((SequenceClassifier) throws -> Double)?
  ) throws -> Outcome {
    let seed = UInt64(bitPattern: Int64(parameters.seed))
    let model = try SequenceClassifier(
      directory: directory,
      settings: ClassifierSettings(pooling: parameters.pooling, dropout: parameters.dropout),
      encoderDropout: parameters.dropout, device: device, seed: seed)
    let optimizer = AdamW(
      model.parameters,
      AdamW.Settings(weightDecay: parameters.weightDecay, clipNorm: parameters.clipNorm))
    let schedule = LinearSchedule(
      peak: parameters.learningRate,
      warmup: Int((parameters.warmup * Double(parameters.steps)).rounded()), steps: parameters.steps
    )
    let state = TrainingState(directory: "\(step.scratch)/training", identity: identity)
    var progress = Progress()
    if let facts = try state.restore(optimizer, passedOver: { step.warn($0) }) {
      progress = Progress(facts)
      step.log("going on after step \(optimizer.steps)")
    }
    var recent = RecentLoss()
    while optimizer.steps < parameters.steps && !isStale(progress) {
      try step.checkCancellation()
      let number = optimizer.steps + 1
      let loss = try train(model, &examples, reader, step: number, seed: seed)
      guard loss.isFinite else {
        throw StepFailure(
          .failed,
          "the loss is not a number at step \(number); lower learning_rate, or check the model's weights"
        )
      }
      optimizer.step(learningRate: schedule.rate(at: number))
      recent.add(loss)
      if number % 10 == 0 { step.metric("loss/train", recent.mean, at: number) }
      step.progress(
        Double(number * parameters.batchSize), of: Double(parameters.steps * parameters.batchSize),
        "examples", note: "loss \(rounded(recent.mean))")
      let isLast = number == parameters.steps
      let isValidated = validate != nil && (number % validationInterval == 0 || isLast)
      if let validate, isValidated {
        let area = try validate(model)
        step.metric("auPRC/validation", area, at: number)
        if area > progress.bestArea ?? -1 {
          progress.stale = 0
          // The last weights need no file.
          if isLast || keep(model, number) {
            progress.bestArea = area
            progress.bestStep = number
          }
        } else {
          progress.stale += 1
        }
      }
      if isValidated || isLast || number % parameters.checkpointEvery == 0 {
        do throws(FileError) {
          if let error = try state.save(optimizer, facts: progress.json) {
            step.warn("\(error); older checkpoints stay in \(state.directory)")
          }
        } catch {
          // The checkpoints before it, and the best weights they name, are untouched.
          step.warn("no checkpoint of step \(number): \(error); training goes on without it")
          continue
        }
        forgetOld(upTo: progress.bestStep)
      }
    }
    var chosen = model
    if progress.bestStep > 0, progress.bestStep != optimizer.steps {
      chosen = try SequenceClassifier(directory: best(progress.bestStep), device: device)
    }
    return Outcome(
      model: chosen, bestStep: validate == nil ? optimizer.steps : progress.bestStep,
      bestArea: progress.bestArea, steps: optimizer.steps)
  }

  private var validationInterval: Int { max(1, parameters.steps / max(1, parameters.validations)) }

  private func isStale(_ progress: Progress) -> Bool {
    parameters.patience > 0 && progress.stale >= parameters.patience
  }

  private func train(
    _ model: SequenceClassifier, _ examples: inout ExampleOrder, _ reader: WindowReader, step: Int,
    seed: UInt64
  ) throws -> Double {
    let rows = examples.examples(step: step, batch: parameters.batchSize)
    let windows = reader.read(rows.map(\.bin), reversed: rows.map(\.isReversed))
    return try model.train(
      windows.batch, spans: windows.spans, labels: rows.map { $0.isBound ? 1 : 0 },
      dropout: parameters.dropout > 0 ? Dropout(seed: seed, step: step) : nil)
  }

  // The best weights lie beside the checkpoints. Two are kept, because two checkpoints are: at most one
  // improvement lies between them, and going on from the older one needs the older best.
  private func best(_ number: Int) -> String { "\(step.scratch)/best-\(number)" }

  /// - Returns: whether they are kept; a disk that is full or fails does not end the training.
  private func keep(_ model: SequenceClassifier, _ number: Int) -> Bool {
    let aside = "\(step.scratch)/best.partial"
    do throws(FileError) {
      try Path.remove(aside)
      try model.save(to: aside, tokenizer: nil)
      try Path.remove(best(number))
      try WholeFile.publish(aside, as: best(number))
      return true
    } catch {
      try? Path.remove(aside)
      step.warn(
        "the weights of step \(number), the best so far, are not kept: \(error); those that were best "
          + "before stay, and training goes on")
      return false
    }
  }

  private func forgetOld(upTo newest: Int) {
    do throws(FileError) {
      let kept = try Path.list(step.scratch).compactMap { name -> Int? in
        name.hasPrefix("best-") ? Int(name.dropFirst(5)) : nil
      }.sorted(by: >)
      for number in kept.filter({ $0 <= newest }).dropFirst(2) { try Path.remove(best(number)) }
    } catch {
      step.warn("\(error); weights that were best once stay in \(step.scratch)")
    }
  }
}

/// The mean of the last 50 losses.
private struct RecentLoss {
  private var values: [Double] = []

  mutating func add(_ value: Double) {
    values.append(value)
    if values.count > 50 { values.removeFirst() }
  }

  var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
}
