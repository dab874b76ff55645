/// A part of the network that gets its own rectangle of cores.
struct PipelineStage: Equatable, Sendable {
  /// How finely the network is cut. Finer stages balance better and hold more samples in flight, which
  /// costs memory: every sample's activations wait between a stage's forward and its backward pass.
  enum Grain: String, Decodable, Sendable {
    /// One stage per layer.
    case layer
    /// Five per layer: QKV, attention, projection, the two feed-forward matrices.
    case `operator`
  }

  var name: String
  /// Operations per training sample, forward and backward.
  var operations: Int
  var weights: Int
  /// Numbers kept per sample for the backward pass.
  var activations: Int

  /// The stages of a network in the order in which a sample passes them.
  static func stages(of network: NetworkShape, grain: Grain) -> [PipelineStage] {
    let h = network.hidden
    let s = network.length
    let f = network.intermediate
    let scores = 2 * network.heads * s * s
    var stages = [
      PipelineStage(
        name: "embeddings", operations: 0,
        weights: (network.vocabulary + network.length + network.states) * h, activations: s * h)
    ]
    for layer in 0..<network.layers {
      let parts = [
        PipelineStage(
          name: "\(layer) QKV", operations: 18 * h * h * s, weights: 3 * h * h,
          activations: 3 * s * h),
        PipelineStage(
          name: "\(layer) attention", operations: 12 * s * s * h, weights: 0,
          activations: scores + s * h),
        PipelineStage(
          name: "\(layer) projection", operations: 6 * h * h * s, weights: h * h,
          activations: 2 * s * h),
        PipelineStage(
          name: "\(layer) feed-forward 1", operations: 6 * h * f * s, weights: h * f,
          activations: 2 * s * f),
        PipelineStage(
          name: "\(layer) feed-forward 2", operations: 6 * h * f * s, weights: h * f,
          activations: 2 * s * h),
      ]
      switch grain {
      case .operator: stages += parts
      case .layer:
        stages.append(
          PipelineStage(
            name: "layer \(layer)", operations: parts.reduce(0) { $0 + $1.operations },
            weights: parts.reduce(0) { $0 + $1.weights },
            activations: parts.reduce(0) { $0 + $1.activations }))
      }
    }
    let head = h * h + h * network.vocabulary
    stages.append(
      PipelineStage(
        name: "language head", operations: 6 * network.masked * head, weights: head,
        activations: network.masked * network.vocabulary))
    return stages
  }

  /// Bytes the stage needs: 16 per weight (half-precision weight and gradient; master weight and two moments
  /// in single precision) and two per activation of every sample in flight.
  ///
  /// - Parameter samplesInFlight: samples between this stage's forward pass and its backward pass.
  func memory(samplesInFlight: Int) -> Int { 16 * weights + 2 * activations * samplesInFlight }
}
