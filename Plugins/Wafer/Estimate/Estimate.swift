import Files
import FlowPlugin

/// `wafer/estimate`: what a training step would cost on a wafer-scale system. Arithmetic only: nothing is
/// compiled, placed by the vendor's software, or run.
struct Estimate: Operation {
  struct Parameters: Decodable {
    var layers: Int?
    var hiddenSize: Int?
    var heads: Int?
    var intermediateSize: Int?
    var vocabSize: Int?
    var states: Int?
    var length: Int?
    var batchSize: Int
    var maskedPerSequence: Int?
    var system: String
    var mode: ExecutionMode
    var stages: PipelineStage.Grain
  }

  static let name = "estimate"
  let parameters: Parameters
  init(_ parameters: Parameters) { self.parameters = parameters }

  func run(_ step: Step) throws {
    guard let system = WaferSystem.all.first(where: { $0.name == parameters.system }) else {
      let known = WaferSystem.all.map(\.name).joined(separator: ", ")
      throw StepFailure(
        .invalid, "the system '\(parameters.system)' is unknown; known are \(known)")
    }
    let model = try step.optionalInput("model").map { try ModelConfiguration(directory: $0) }
    let network = try parameters.network(model)
    let estimate = WaferEstimate(
      network, batch: parameters.batchSize, system: system, mode: parameters.mode,
      grain: parameters.stages)
    for line in estimate.caveats { step.warn(line) }
    try WholeFile.write(estimate.json.prettyText, to: step.output("estimate"))
    let title =
      estimate.placement == nil
      ? "Estimate: the pipeline does not fit on \(system.name)"
      : "Estimate: pipeline of \(estimate.placement?.tiles.count ?? 0) stages on \(system.name)"
    try WholeFile.write(
      PlacementDrawing.svg(estimate.placement, system: system, title: title),
      to: step.output("placement"))
    step.record("table:estimate", estimate.table)
  }
}

/// How the wafer runs a network.
enum ExecutionMode: String, Decodable, Sendable {
  /// Every layer has its own cores and samples flow through.
  case pipeline
  /// One layer at a time on the whole wafer, weights streamed in.
  case weightStreaming = "weight-streaming"
  /// `pipeline` on cs-1, else `weight-streaming`, which is all that Model Zoo 2 runs.
  case auto
}

extension Estimate.Parameters {
  /// The network of the parameters; what they leave open comes from the model, or else is BERT-base with
  /// 6-mer tokens and 25 states.
  func network(_ model: ModelConfiguration?) throws(StepFailure) -> NetworkShape {
    let length = length ?? model?.longest ?? 512
    let shape = NetworkShape(
      layers: layers ?? model?.layers ?? 12, hidden: hiddenSize ?? model?.hidden ?? 768,
      heads: heads ?? model?.heads ?? 12,
      intermediate: intermediateSize ?? model?.intermediate ?? 3072,
      vocabulary: vocabSize ?? model?.vocabulary ?? 4101, states: states ?? model?.states ?? 26,
      length: length,
      masked: maskedPerSequence ?? max(1, Int((0.15 * Double(length)).rounded())))
    guard shape.masked <= shape.length else {
      throw StepFailure(
        .invalid,
        "masked_per_sequence is \(shape.masked), more than the \(shape.length) tokens of a sequence"
      )
    }
    guard shape.hidden % shape.heads == 0 else {
      throw StepFailure(
        .invalid, "hidden_size \(shape.hidden) is not a multiple of heads \(shape.heads)")
    }
    return shape
  }
}
