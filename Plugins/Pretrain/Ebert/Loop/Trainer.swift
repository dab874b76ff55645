import Collective
import FlowPlugin
import Transformer

/// The training loop: prepared batches in, steps of the optimizer out.
///
/// Validation, checkpoints, divergence and what is told meanwhile are in its extensions.
struct Trainer {
  let step: Step
  let parameters: EbertParameters
  let model: MaskedLanguageModel
  /// Must compute the gradient's norm: its `clipNorm` is not nil.
  let optimizer: AdamW
  let training: MaskedWindows
  /// The first set is the one by which the best model is chosen.
  let validation: [ValidationSet]
  let state: TrainingState
  let best: BestModel
  /// Those that train together, this process among them.
  let collective: any Collective
  /// Rank 0's: where the state, the best model and the events are kept.
  let scratch: String
  /// The windows of each step that this process computes.
  let windows: Range<Int>

  var course = Course()
  var pace = (sincePoint: Pace(), whole: Pace())
  var events: EventFile?
  /// The losses of the last validation, by set, and after which step that was.
  var evaluated: (step: Int, losses: [ValidationLosses])?
  /// The steps of the newest checkpoints, the newest last, and of the best model each knows.
  var saved: [(step: Int, best: Int?)] = []
  /// Whether it was told that checkpoints take long.
  var isSlowToSave = false
  /// Spent in steps on waiting for the other ranks.
  private var waitedForRanks = Duration.zero

  /// Points of the training curves, at most.
  private static let points = 500

  init(
    step: Step, parameters: EbertParameters, model: MaskedLanguageModel, optimizer: AdamW,
    training: MaskedWindows, validation: [ValidationSet], state: TrainingState, scratch: String,
    collective: any Collective
  ) {
    self.step = step
    self.parameters = parameters
    self.model = model
    self.optimizer = optimizer
    self.training = training
    self.validation = validation
    self.state = state
    self.scratch = scratch
    self.collective = collective
    best = BestModel(directory: "\(scratch)/best")
    windows = collective.share(of: parameters.batchSize)
  }

  /// Trains to the end, from the newest checkpoint where there is one. The model is then the one to write:
  /// the last, or with early stopping the best.
  ///
  /// - Throws: `StepFailure`: cancelled, after a checkpoint; failed, where training has diverged.
  mutating func run() throws {
    try resume()
    try checkRanksAgree()
    do {
      try train()
    } catch let failure as StepFailure where failure.kind == .cancelled {
      try save()
      let resume = saved.last?.step ?? 0
      // Nobody goes before the state is saved: the launcher would end those who are left. And nobody
      // takes leave: a launcher that was itself told to stop no longer answers.
      try collective.barrier()
      throw StepFailure(
        .cancelled,
        "stopped on request after step \(optimizer.steps) of \(parameters.steps); the same step, run "
          + "again, goes on from \(resume == optimizer.steps ? "there" : "step \(resume)")")
    }
    try checkWeights()
    try checkRanksAgree()
    try chooseBest()
    tellPace()
  }

  private mutating func train() throws {
    // A run that was stopped while it validated does so now.
    if optimizer.steps > 0 { try validateIfDue() }
    guard optimizer.steps < parameters.steps, !isOutOfPatience else { return }
    let pipeline = BatchPipeline(steps: optimizer.steps + 1...parameters.steps) {
      [training, windows, size = parameters.microBatch] step in
      let slice = StepSlice(step: step, first: windows.lowerBound, count: windows.count)
      return training.prepare(slice, microBatch: size)
    }
    while !isOutOfPatience {
      let start = ContinuousClock.now
      guard let (prepared, waited) = pipeline.take() else { return }
      try take(prepared)
      let spent = ContinuousClock.now - start
      let tokens = prepared.tokens * collective.count
      pace.sincePoint.add(tokens: tokens, time: spent, waiting: waited)
      pace.whole.add(tokens: tokens, time: spent, waiting: waited)
      tell(prepared.step)
      try validateIfDue()
    }
  }

  /// One step of the optimizer.
  private mutating func take(_ prepared: PreparedStep) throws {
    let number = prepared.step
    let rate = schedule.rate(at: number)
    let loss = try accumulate(prepared)
    if let tokens = loss.tokens,
      let divergence = Divergence(
        loss: tokens, after: course.recent, factor: parameters.spikeFactor,
        window: parameters.spikeWindow)
    {
      throw try failure(divergence, prepared, tokens, rate)
    }
    // The loss of this step shows that the step before left sound weights; only such are kept.
    if isDue(optimizer.steps, parameters.checkpointEvery) { try save() }
    let norm = optimizer.step(learningRate: rate) ?? 0
    guard norm.isFinite else { throw try failure(.gradient, prepared, loss.tokens ?? 0, rate) }
    course.add(
      loss: loss.tokens, stateLoss: loss.states, norm: norm,
      keeping: max(1, parameters.spikeWindow))
    if number % max(1, parameters.steps / Trainer.points) == 0 || number == parameters.steps {
      course.endPoint(at: number, learningRate: rate)
    }
  }

  private var schedule: LinearSchedule {
    LinearSchedule(
      peak: parameters.learningRate, warmup: parameters.warmupSteps, steps: parameters.steps)
  }

  /// Adds up the gradients of a step's micro-batches, on all ranks.
  ///
  /// - Returns: the mean losses over all masked tokens and all masked states of the step; nil where it has
  ///   none of them, as small batches may with few, large units of masking.
  /// - Throws: `StepFailure`, cancelled; weights and moments are then still those of the step before.
  private mutating func accumulate(
    _ prepared: PreparedStep
  ) throws -> (tokens: Double?, states: Double?) {
    let (loss, waited) = try abandoningWhenCancelled { try addGradients(prepared) }
    waitedForRanks += waited
    return loss
  }

  private func addGradients(
    _ prepared: PreparedStep
  ) throws -> (loss: (tokens: Double?, states: Double?), waited: Duration) {
    let seed = UInt64(bitPattern: Int64(parameters.seed))
    let total = try sumOverRanks(prepared.scored)
    let totalStates = try training.stateMasking.map { _ in try sumOverRanks(prepared.scoredStates) }
    let sum = BucketedSum(model.parameters.gradientMemory, over: collective)
    var tokens = 0.0
    var states = 0.0
    for (number, part) in prepared.parts.enumerated() {
      try checkCancellation()
      let dropout = Dropout(seed: seed, step: prepared.step, firstExample: part.slice.first)
      let objective = totalStates.map {
        StateObjective(scored: part.scoredStates, total: $0, weight: parameters.stateLossWeight)
      }
      // Only the last part completes gradients, and each range once.
      let isLast = number == prepared.parts.count - 1
      let loss = try model.train(
        part.batch, scored: part.scored, total: total, states: objective, dropout: dropout,
        completed: { if isLast { sum.completed($0) } })
      tokens += loss.tokens
      states += loss.states
    }
    let start = ContinuousClock.now
    try sum.finish()
    // A part that was abandoned has left no gradients worth the name.
    try checkCancellation()
    let hasStates = (totalStates ?? 0) > 0
    let loss = (
      total > 0 ? try sumOverRanks(tokens) : nil, hasStates ? try sumOverRanks(states) : nil
    )
    return (loss, ContinuousClock.now - start)
  }

  /// How fast the ranks were together.
  private func tellPace() {
    guard collective.count > 1, pace.whole.time > .zero else { return }
    let share = waitedForRanks / pace.whole.time
    step.log(
      "\(collective.count) ranks: \(Int(pace.whole.tokensPerSecond)) tokens/s together, "
        + "\(Rounded.percent(share)) of the time spent waiting for each other's gradients")
    step.record("rank_wait", .number(share))
  }

  func isDue(_ number: Int, _ every: Int) -> Bool {
    every > 0 && number > 0 && number % every == 0
  }

  /// Runs what ends with `checkCancellation`; once a stop is asked for, the device skips what is left of it.
  ///
  /// So a stop need not wait for a micro-batch, which may take longer than the 30 seconds that the host waits.
  func abandoningWhenCancelled<Result>(_ body: () throws -> Result) rethrows -> Result {
    let device = model.parameters.device as? CPU
    device?.isAbandoned = { [step] in step.isCancelled }
    defer { device?.isAbandoned = { false } }
    return try body()
  }
}
