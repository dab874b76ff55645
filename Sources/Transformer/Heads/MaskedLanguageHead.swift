/// Guesses from hidden states what was masked (Devlin et al. 2019): y = LayerNorm(gelu(Wt x + bt)),
/// logits = table y + b, where `table` is one of the encoder's embedding tables: that of the tokens or
/// that of the states.
///
/// Works at the scored positions only. Logits are made, scored and turned into their gradient
/// `chunk` rows at a time, so that they stay in the cache and memory does not grow with the
/// vocabulary times the batch.
final class MaskedLanguageHead {
  private static let chunk = 512
  private let configuration: BertConfiguration
  private let parameters: Parameters
  private let device: any Device
  private let transform: DensePlace
  private let norm: NormPlace
  private let table, bias: Int
  /// V: how many tokens or states there are to choose from.
  private let choices: Int
  private var memory: Memory?

  /// For `capacity` scored positions.
  private struct Memory {
    let arena: Arena
    let capacity: Int
    let rows, labels: Integers
    /// [capacity,H]: gathered hidden states, Wt x + bt, its gelu, its LayerNorm, gradients.
    let hidden, pre, activated, normalized, gradient: Floats
    let mean, inverse, losses: Floats
    /// [chunk,V].
    let logits: Floats
  }

  /// What is guessed.
  struct Target {
    /// The start of the names of the head's own tensors.
    let name: String
    /// The embedding table whose first rows are the choices.
    let table: String
    let choices: Int

    /// The tokens, by the names of `BertForMaskedLM`.
    static func tokens(_ c: BertConfiguration) -> Target {
      Target(
        name: "cls.predictions", table: BertConfiguration.wordEmbeddings, choices: c.vocabularySize)
    }

    /// The states but the last, which is [MASK].
    static func states(_ c: BertConfiguration) -> Target {
      Target(
        name: "cls.states", table: BertConfiguration.stateEmbeddings, choices: c.states - 1)
    }
  }

  static func add(_ target: Target, _ c: BertConfiguration, to layout: inout ParameterLayout) {
    let name = "\(target.name).transform"
    layout.addDense("\(name).dense", inputs: c.hiddenSize, outputs: c.hiddenSize)
    layout.addNorm(name, c.hiddenSize)
    layout.add("\(target.name).bias", [target.choices], .zeros)
  }

  init(_ target: Target, _ configuration: BertConfiguration, parameters: Parameters) {
    self.configuration = configuration
    self.parameters = parameters
    device = parameters.device
    choices = target.choices
    let name = "\(target.name).transform"
    transform = parameters.dense(
      "\(name).dense", inputs: configuration.hiddenSize, outputs: configuration.hiddenSize)
    norm = parameters.norm(name)
    table = parameters.place(target.table)
    bias = parameters.place("\(target.name).bias")
  }

  /// The sum of the cross entropies at the scored positions of `hidden` [T,H], in nats, over
  /// `total`.
  ///
  /// - Parameters:
  ///   - weight: what the gradient, not the loss, is multiplied by.
  ///   - hiddenGradient: where to add the gradient of `hidden` (zeroed memory); nil for the loss alone.
  ///     Parameters' gradients are added to as well.
  func loss(
    _ hidden: Floats, _ scored: ScoredPositions, total: Int, weight: Double = 1,
    hiddenGradient: Floats?
  ) -> Double {
    losses(hidden, scored, total: total, weight: weight, hiddenGradient: hiddenGradient)
      .reduce(0.0) { $0 + Double($1) } / Double(max(1, total))
  }

  /// The cross entropy, in nats, at each scored position of `hidden` [T,H]; parameters as for `loss`.
  func losses(
    _ hidden: Floats, _ scored: ScoredPositions, total: Int, weight: Double = 1,
    hiddenGradient: Floats?
  ) -> [Float] {
    let count = scored.rows.count
    guard count > 0 else { return [] }
    let m = transform(hidden, rows: scored.rows)
    scored.labels.withUnsafeBufferPointer { device.upload($0, to: m.labels) }
    let width = configuration.hiddenSize
    let scale = hiddenGradient == nil ? 0 : Float(weight / Double(total))
    let table = Matrix(parameters.weights + self.table, rows: choices, columns: width)
    let tableGradient = Matrix(parameters.gradients + self.table, rows: choices, columns: width)
    for first in stride(from: 0, to: count, by: MaskedLanguageHead.chunk) {
      let rows = min(MaskedLanguageHead.chunk, count - first)
      let y = Matrix(m.normalized + first * width, rows: rows, columns: width)
      let logits = Matrix(m.logits, rows: rows, columns: choices)
      device.dense(logits, y, weight: table, bias: parameters.weights + bias)
      device.crossEntropy(
        m.losses + first, m.logits, labels: m.labels + first, gradientScale: scale, rows: rows,
        vocabulary: choices)
      guard scale != 0 else { continue }
      device.denseGradient(weight: tableGradient, bias: parameters.gradients + bias, logits, y)
      let d = Matrix(m.gradient + first * width, rows: rows, columns: width)
      device.denseBackward(d, logits, weight: table, adding: false)
    }
    if scale != 0, let hiddenGradient { backward(m, count: count, into: hiddenGradient) }
    var losses = [Float](repeating: 0, count: count)
    losses.withUnsafeMutableBufferPointer { device.download(m.losses, into: $0) }
    return losses
  }

  /// All logits [rows,V] of `hidden`, row-major.
  func logits(_ hidden: Floats, rows count: Int) -> [Float] {
    let width = configuration.hiddenSize
    let table = Matrix(parameters.weights + self.table, rows: choices, columns: width)
    let m = transform(hidden, rows: (0..<count).map(Int32.init))
    return [Float](unsafeUninitializedCapacity: count * choices) { buffer, initialized in
      for first in stride(from: 0, to: count, by: MaskedLanguageHead.chunk) {
        let rows = min(MaskedLanguageHead.chunk, count - first)
        let logits = Matrix(m.logits, rows: rows, columns: choices)
        device.dense(
          logits, Matrix(m.normalized + first * width, rows: rows, columns: width), weight: table,
          bias: parameters.weights + bias)
        let range = first * choices..<(first + rows) * choices
        device.download(m.logits, into: UnsafeMutableBufferPointer(rebasing: buffer[range]))
      }
      initialized = count * choices
    }
  }

  /// y = LayerNorm(gelu(Wt x + bt)) at the given rows.
  private func transform(_ hidden: Floats, rows: [Int32]) -> Memory {
    let count = rows.count
    let m = reserve(count)
    let width = configuration.hiddenSize
    rows.withUnsafeBufferPointer { device.upload($0, to: m.rows) }
    device.gather(m.hidden, hidden, rows: m.rows, count: count, hidden: width)
    device.denseGELU(
      m.activated, pre: Matrix(m.pre, rows: count, columns: width),
      Matrix(m.hidden, rows: count, columns: width), weight: parameters.weight(transform),
      bias: parameters.weights + transform.bias)
    device.normalize(m.normalized, m.activated, norm: norm(m), rows: count, hidden: width)
    return m
  }

  private func backward(_ m: Memory, count: Int, into hiddenGradient: Floats) {
    let width = configuration.hiddenSize
    device.normalizeBackward(
      m.gradient, m.activated, norm: norm(m), gradient: parameters.gradient(norm), rows: count,
      hidden: width)
    device.backwardGELU(m.gradient, m.pre, count: count * width)
    let d = Matrix(m.gradient, rows: count, columns: width)
    let x = Matrix(m.hidden, rows: count, columns: width)
    parameters.addGradient(transform, d, input: x)
    device.denseBackward(x, d, weight: parameters.weight(transform), adding: false)
    device.scatterAdd(hiddenGradient, m.hidden, rows: m.rows, count: count, hidden: width)
  }

  private func norm(_ m: Memory) -> Normalization {
    parameters.normalization(
      norm, mean: m.mean, inverse: m.inverse, epsilon: configuration.layerNormEpsilon)
  }

  private func reserve(_ count: Int) -> Memory {
    if let memory, memory.capacity >= count { return memory }
    memory = nil
    let arena = Arena(device)
    // A little room, since the number of masked positions differs from batch to batch.
    let capacity = count + count / 4
    func rows() -> Floats { arena.floats(capacity * configuration.hiddenSize) }
    let new = Memory(
      arena: arena, capacity: capacity, rows: arena.integers(capacity),
      labels: arena.integers(capacity), hidden: rows(), pre: rows(), activated: rows(),
      normalized: rows(), gradient: rows(), mean: arena.floats(capacity),
      inverse: arena.floats(capacity), losses: arena.floats(capacity),
      logits: arena.floats(
        min(capacity, MaskedLanguageHead.chunk) * choices))
    memory = new
    return new
  }
}
