import FlowPlugin
import Transformer

/// `pretrain/infer`: a model's logits and hidden states for given batches.
public struct Infer: Operation {
  public struct Parameters: Decodable {
    var device: ComputeDevice
  }

  public static let name = "infer"

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// - Throws: `StepFailure`, invalid where model and batch do not fit together.
  public func run(_ step: Step) throws {
    do {
      try infer(step)
    } catch let error as ModelError {
      throw StepFailure(.invalid, error.description)
    }
  }

  private func infer(_ step: Step) throws {
    let model = try MaskedLanguageModel(
      directory: try step.input("model"), device: try parameters.device.open(threads: step.threads))
    let (batch, _) = try Batch.read(try step.input("batch"))
    var logits: [Float] = []
    var hidden: [Float] = []
    // A few sequences at a time, since logits are as wide as the vocabulary.
    let atOnce = 8
    for first in stride(from: 0, to: batch.count, by: atOnce) {
      try step.checkCancellation()
      let part = batch.part(first, min(atOnce, batch.count - first))
      let result = try model.predict(part)
      logits += result.logits
      hidden += result.hidden
      step.progress(Double(first + part.count), of: Double(batch.count), "sequences")
    }
    let sizes = model.configuration
    var writer = SafetensorsWriter()
    writer.add(
      "logits", shape: [batch.count, batch.length, sizes.vocabularySize], floats: { logits })
    writer.add("hidden", shape: [batch.count, batch.length, sizes.hiddenSize], floats: { hidden })
    try writer.write(to: try step.output("predictions"))
  }
}

extension Batch {
  /// Sequences `first` ..< `first + count`.
  fileprivate func part(_ first: Int, _ count: Int) -> Batch {
    let range = first * length..<(first + count) * length
    return Batch(
      count: count, length: length, tokens: Array(tokens[range]), states: Array(states[range]),
      mask: mask.map { Array($0[range]) })
  }
}
