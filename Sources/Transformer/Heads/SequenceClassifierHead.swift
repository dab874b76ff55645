import Glibc

/// The settings of a sequence classifier's head, kept as `flow_head` in `config.json`.
public struct ClassifierSettings: Equatable, Sendable {
  public var pooling: Pooling
  /// Probability of dropping an element between the two dense layers.
  public var dropout: Double

  public init(pooling: Pooling = .meanMax, dropout: Double = 0.1) {
    self.pooling = pooling
    self.dropout = dropout
  }
}

/// One number per sequence: z = w gelu(W pool(x) + b) + c, with dropout before w.
///
/// `pool` is taken over a span of tokens of each sequence, so that the score of a bin rests on the
/// bin's own tokens, which have seen the rest through attention. Loss: binary cross entropy of
/// sigmoid(z), weighted.
final class SequenceClassifierHead {
  private let configuration: BertConfiguration
  private let settings: ClassifierSettings
  private let parameters: Parameters
  private let device: any Device
  private let dense, output: DensePlace
  private var memory: Memory?

  /// For `capacity` examples; P = pooled width.
  private struct Memory {
    let arena: Arena
    let capacity: Int
    let argmax: Integers
    /// [capacity,P] and its gradient.
    let pooled, pooledGradient: Floats
    /// [capacity,H]: before and after GELU, and the gradient.
    let pre, activated, gradient: Floats
    /// [capacity].
    let logits: Floats
  }

  static func add(
    _ c: BertConfiguration, _ settings: ClassifierSettings, to layout: inout ParameterLayout
  ) {
    layout.addDense(
      "head.dense", inputs: settings.pooling.width(hidden: c.hiddenSize), outputs: c.hiddenSize)
    layout.addDense("head.output", inputs: c.hiddenSize, outputs: 1)
  }

  init(_ configuration: BertConfiguration, _ settings: ClassifierSettings, parameters: Parameters) {
    self.configuration = configuration
    self.settings = settings
    self.parameters = parameters
    device = parameters.device
    dense = parameters.dense(
      "head.dense", inputs: settings.pooling.width(hidden: configuration.hiddenSize),
      outputs: configuration.hiddenSize)
    output = parameters.dense("head.output", inputs: configuration.hiddenSize, outputs: 1)
  }

  /// The logits z of a batch's examples.
  ///
  /// - Parameters:
  ///   - hidden: [T,H], T = spans.count * length.
  ///   - spans: the tokens to pool, within each sequence.
  func logits(_ hidden: Floats, spans: [Range<Int>], length: Int, dropout: Dropout?) -> [Float] {
    let count = spans.count
    let m = reserve(count)
    let width = configuration.hiddenSize
    device.pool(
      m.pooled, argmax: m.argmax, hidden, spans: rows(spans, length), pooling: settings.pooling)
    device.denseGELU(
      m.activated, pre: Matrix(m.pre, rows: count, columns: width),
      Matrix(m.pooled, rows: count, columns: dense.inputs), weight: parameters.weight(dense),
      bias: parameters.weights + dense.bias)
    device.dropout(m.activated, site(dropout), count: count * width)
    let logits = Matrix(m.logits, rows: count, columns: 1)
    device.dense(
      logits, Matrix(m.activated, rows: count, columns: width), weight: parameters.weight(output),
      bias: parameters.weights + output.bias)
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { device.download(m.logits, into: $0) }
    return values
  }

  /// After `logits` with the same arguments: adds the gradients of the parameters and of `hidden`.
  ///
  /// - Parameter logitGradient: the gradient of the loss by each example's logit.
  func backward(
    _ logitGradient: [Float], spans: [Range<Int>], length: Int, dropout: Dropout?,
    hiddenGradient: Floats
  ) {
    let count = spans.count
    let m = reserve(count)
    let width = configuration.hiddenSize
    logitGradient.withUnsafeBufferPointer { device.upload($0, to: m.logits) }
    let dLogits = Matrix(m.logits, rows: count, columns: 1)
    let activated = Matrix(m.activated, rows: count, columns: width)
    let gradient = Matrix(m.gradient, rows: count, columns: width)
    parameters.addGradient(output, dLogits, input: activated)
    device.denseBackward(gradient, dLogits, weight: parameters.weight(output), adding: false)
    device.dropout(m.gradient, site(dropout), count: count * width)
    device.backwardGELU(m.gradient, m.pre, count: count * width)
    parameters.addGradient(
      dense, gradient, input: Matrix(m.pooled, rows: count, columns: dense.inputs))
    device.denseBackward(
      Matrix(m.pooledGradient, rows: count, columns: dense.inputs), gradient,
      weight: parameters.weight(dense), adding: false)
    device.poolBackward(
      hiddenGradient, m.pooledGradient, argmax: m.argmax, spans: rows(spans, length),
      pooling: settings.pooling)
  }

  /// Spans within sequences as rows of the batch; [CLS] alone for that pooling.
  private func rows(_ spans: [Range<Int>], _ length: Int) -> Spans {
    let isFirst = settings.pooling == .cls
    return Spans(
      starts: spans.enumerated().map { $0 * length + (isFirst ? 0 : $1.lowerBound) },
      counts: spans.map { isFirst ? 1 : $0.count }, hidden: configuration.hiddenSize)
  }

  /// A site of its own, after those of the encoder's layers.
  private func site(_ dropout: Dropout?) -> DropoutSite {
    dropout?.site(
      3 * configuration.layers + 4, probability: settings.dropout,
      perExample: configuration.hiddenSize)
      ?? .none
  }

  private func reserve(_ count: Int) -> Memory {
    if let memory, memory.capacity >= count { return memory }
    memory = nil
    let arena = Arena(device)
    let width = configuration.hiddenSize
    let new = Memory(
      arena: arena, capacity: count, argmax: arena.integers(count * width),
      pooled: arena.floats(count * dense.inputs),
      pooledGradient: arena.floats(count * dense.inputs),
      pre: arena.floats(count * width), activated: arena.floats(count * width),
      gradient: arena.floats(count * width), logits: arena.floats(count))
    memory = new
    return new
  }
}

/// Weighted binary cross entropy: sum of w (softplus(z) - y z) / sum of w, in nats.
struct BinaryCrossEntropy {
  let loss: Double
  /// By each logit.
  let gradient: [Float]

  init(logits: [Float], labels: [Float], weights: [Float]?) {
    let total = weights.map { $0.reduce(0.0) { $0 + Double($1) } } ?? Double(logits.count)
    var loss = 0.0
    var gradient = [Float](repeating: 0, count: logits.count)
    for place in logits.indices where total > 0 {
      let z = Double(logits[place])
      let y = Double(labels[place])
      let share = Double(weights?[place] ?? 1) / total
      // softplus(z) = max(z, 0) + log(1 + exp(-|z|)) does not overflow.
      loss += share * (max(z, 0) + log1p(exp(-abs(z))) - y * z)
      gradient[place] = Float(share * (1 / (1 + exp(-z)) - y))
    }
    self.loss = loss
    self.gradient = gradient
  }
}
