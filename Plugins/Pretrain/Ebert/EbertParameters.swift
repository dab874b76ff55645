import Corpus
import FlowPlugin
import Transformer

/// What `Registry/pretrain.yaml` declares for `pretrain/ebert`; the help for each is there.
public struct EbertParameters: Decodable {
  var hiddenSize, layers, heads, intermediateSize: Int
  var length, batchSize, microBatch, steps: Int
  var learningRate: Double
  var warmupSteps: Int
  var weightDecay, beta1, beta2, epsilon, clipNorm, dropout: Double
  var initializerRange: Double
  var sampling: WindowParameters.Sampling
  var maskRate, maskRateEnd, maskRateChangeAt: Double
  var maskRateChange: MaskRate.Change
  var maskTokenShare, randomTokenShare: Double
  var maskStrategy: WindowParameters.MaskStrategy
  var maskSpan, spanWarmupSteps: Int
  var useStates: Bool
  var tracks: [String]
  var stateRule: String
  var k: Int
  var reverseComplement: Double
  var stateMaskRate, stateLossWeight: Double
  var validationEvery, validationWindows: Int
  var validationCellTypes: [String]
  var patience: Int
  var minImprovement: Double
  var spikeFactor: Double
  var spikeWindow: Int
  var checkpointEvery: Int
  var device: ComputeDevice
  var precision: ComputeDevice.Precision
  var seed: Int

  /// Whether a step is computed in several parts.
  var isSplit: Bool { microBatch > 0 && microBatch < batchSize }
  /// Windows that are computed at once, at most.
  var windowsAtOnce: Int { isSplit ? microBatch : batchSize }

  /// What its windows depend on.
  var windows: WindowParameters {
    WindowParameters(
      length: length, batchSize: batchSize, sampling: sampling,
      maskRate: MaskRate(
        start: maskRate, end: maskRateEnd, change: maskRateChange, after: maskRateChangeAt,
        of: steps),
      maskTokenShare: maskTokenShare, randomTokenShare: randomTokenShare,
      maskStrategy: maskStrategy, maskSpan: maskSpan, spanWarmupSteps: spanWarmupSteps,
      useStates: useStates, stateMaskRate: stateMaskRate, tracks: tracks,
      stateRule: StateRule(rawValue: stateRule) ?? .centre, k: k,
      reverseComplement: reverseComplement, seed: seed)
  }

  /// Finds what the manifest cannot: parameters that contradict each other.
  func check() throws(StepFailure) {
    try windows.check()
    if warmupSteps > steps {
      throw StepFailure(
        .invalid,
        "warmup_steps (\(warmupSteps)) is more than steps (\(steps)): the learning rate would never reach "
          + "its peak")
    }
    if device == .cpu, precision == .bfloat16, !CPU.hasBFloat16 {
      throw StepFailure(
        .invalid,
        "precision is bfloat16, but this processor has no instructions for it (AVX512_BF16); choose float32"
      )
    }
    if device == .cpu, precision == .tf32 {
      throw StepFailure(
        .invalid, "precision is tf32, which only GPUs have; choose float32, or device: cuda")
    }
    if patience > 0, validationEvery == 0 || validationWindows == 0 {
      throw StepFailure(
        .invalid,
        "patience (\(patience)) counts validations, but validation is off; set validation_every and "
          + "validation_windows")
    }
  }
}
