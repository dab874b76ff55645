/// The memory that training a masked language model takes, in bytes.
///
/// It is found by taking a model through a step and a validation on a device that only counts
/// (`CPU.dry`): what is forecast and what is allocated are the same code.
public struct MemoryForecast: Equatable, Sendable {
  /// Weights and their gradients.
  public let parameters: Int
  /// AdamW's two moments.
  public let moments: Int
  /// What a step keeps for its backward pass, the head's memory, and the inside of operations.
  public let step: Int
  /// What validation takes beside that.
  public let validation: Int
  /// What comes and goes: the largest tensor on its way into a file.
  public let transient: Int

  /// All of it.
  public var total: Int { parameters + moments + step + validation + transient }

  /// Tokens that are computed at once, at most: beyond, even the lists of their ids are no small thing.
  private static let mostRows = 1 << 27

  /// - Parameters:
  ///   - predictsStates: whether the model has a head for states.
  ///   - windows: sequences that are computed at once.
  ///   - length: tokens in each.
  ///   - scored: tokens among them that are guessed.
  ///   - scoredStates: states among them that are guessed.
  ///   - validationWindows: sequences that are computed at once where losses are measured in between; 0 for
  ///     none.
  /// - Throws: `ModelError` where the sizes do not fit the configuration.
  public init(
    _ configuration: BertConfiguration, predictsStates: Bool = false, windows: Int, length: Int,
    scored: Int, scoredStates: Int = 0, validationWindows: Int, threads: Int,
    precision: CPU.Precision = .float32
  ) throws(ModelError) {
    if windows.multipliedReportingOverflow(by: length).partialValue > MemoryForecast.mostRows {
      throw ModelError(
        "\(windows) windows of \(length) tokens at once are more than \(MemoryForecast.mostRows) tokens; set "
          + "micro_batch")
    }
    let device = CPU.dry(threads: threads, precision: precision)
    let model = MaskedLanguageModel(
      configuration, predictsStates: predictsStates, device: device)
    parameters = device.lent
    let optimizer = AdamW(model.parameters, AdamW.Settings(clipNorm: 1))
    moments = device.lent - parameters
    let batch = Batch(count: windows, length: length)
    func positions(_ count: Int) -> ScoredPositions {
      let rows = Array(0..<Int32(min(count, batch.rows)))
      return ScoredPositions(rows: rows, labels: [Int32](repeating: 0, count: rows.count))
    }
    _ = try model.train(
      batch, scored: positions(scored),
      states: predictsStates ? StateObjective(scored: positions(scoredStates), weight: 1) : nil,
      dropout: Dropout(seed: 0, step: 1))
    optimizer.step(learningRate: 0)
    let trained = device.mostLent
    step = trained - moments - parameters
    if validationWindows > 0 {
      _ = try model.losses(
        Batch(count: validationWindows, length: length),
        scored: ScoredPositions(rows: [0], labels: [0]))
    }
    validation = device.mostLent - trained
    let largest = model.parameters.tensors.reduce(0) { max($0, $1.count) }
    transient = largest * MemoryLayout<Float>.stride
  }
}
