import Glibc

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101),
/// computed as torch.optim.AdamW does: bias correction, epsilon outside the square root, decay by
/// learning rate times `weightDecay`. Biases and LayerNorm are not decayed.
public final class AdamW {
  public struct Settings: Equatable, Sendable {
    public var beta1, beta2: Double
    public var epsilon: Double
    public var weightDecay: Double
    /// The largest norm of the whole gradient; a longer one is shortened to it. nil: no bound,
    /// and the norm is not computed.
    public var clipNorm: Double?

    public init(
      beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
      weightDecay: Double = 0.01, clipNorm: Double? = nil
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
      self.clipNorm = clipNorm
    }
  }

  public let settings: Settings
  /// Steps taken.
  public internal(set) var steps = 0
  let parameters: Parameters
  let first, second: Floats
  private let arena: Arena

  public init(_ parameters: Parameters, _ settings: Settings = Settings()) {
    self.parameters = parameters
    self.settings = settings
    arena = Arena(parameters.device)
    first = arena.floats(parameters.count)
    second = arena.floats(parameters.count)
  }

  /// All that a training state holds, in the memory of the device: weights, first and second moments.
  public var memory: [UnsafeMutableBufferPointer<Float>] {
    [parameters.weights, first, second].map {
      UnsafeMutableBufferPointer(start: $0, count: parameters.count)
    }
  }

  /// Goes on after step `steps`, from what has been put into `memory`; gradients begin at 0.
  public func resume(after steps: Int) {
    parameters.zeroGradients()
    self.steps = steps
  }

  /// Moves the weights against their gradients, and leaves the gradients 0.
  ///
  /// Where the norm is asked for and is not a finite number, nothing is moved and no step counted: the
  /// weights and moments stay those of the step before.
  ///
  /// - Returns: the norm of the whole gradient before clipping; nil where `clipNorm` is nil.
  @discardableResult
  public func step(learningRate: Double) -> Double? {
    let device = parameters.device
    var norm: Double?
    var scale = 1.0
    if let bound = settings.clipNorm {
      let length = device.sumOfSquares(parameters.gradients, count: parameters.count).squareRoot()
      norm = length
      guard length.isFinite else {
        parameters.zeroGradients()
        return norm
      }
      // torch.nn.utils.clip_grad_norm_ has the same 1e-6.
      if length > bound { scale = bound / (length + 1e-6) }
    }
    steps += 1
    let step = Double(steps)
    var factors = AdamWFactors(
      beta1: Float(settings.beta1), rest1: Float(1 - settings.beta1), beta2: Float(settings.beta2),
      rest2: Float(1 - settings.beta2), keep: Float(1 - learningRate * settings.weightDecay),
      step: Float(learningRate / (1 - pow(settings.beta1, step))),
      root: Float(1 / (1 - pow(settings.beta2, step)).squareRoot()),
      epsilon: Float(settings.epsilon), gradientScale: Float(scale))
    let decayed = parameters.decayedCount
    apply(factors, from: 0, count: decayed)
    factors.keep = 1
    apply(factors, from: decayed, count: parameters.count - decayed)
    return norm
  }

  private func apply(_ factors: AdamWFactors, from start: Int, count: Int) {
    parameters.device.adamW(
      parameters.weights + start, first: first + start, second: second + start,
      gradients: parameters.gradients + start, factors: factors, count: count)
  }
}

/// Linear warm-up from 0 to `peak` over `warmup` steps, then linear decay to 0 at `steps` (as in
/// BERT).
public struct LinearSchedule: Equatable, Sendable {
  public var peak: Double
  public var warmup, steps: Int

  public init(peak: Double, warmup: Int, steps: Int) {
    self.peak = peak
    self.warmup = warmup
    self.steps = steps
  }

  /// The learning rate of step `step`, counted from 1.
  public func rate(at step: Int) -> Double {
    if step <= warmup { return peak * Double(step) / Double(max(1, warmup)) }
    return peak * Double(max(0, steps - step + 1)) / Double(max(1, steps - warmup + 1))
  }
}
