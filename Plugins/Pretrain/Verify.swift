import Files
import FlowPlugin
import Transformer

/// `pretrain/verify`: compares this installation with numbers that another implementation computed.
public struct Verify: Operation {
  public struct Parameters: Decodable {
    var tolerance: Double
    var device: ComputeDevice
  }

  public static let name = "verify"

  private let parameters: Parameters

  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// - Throws: `StepFailure`: invalid where the reference is not whole, failed where a tensor deviates.
  public func run(_ step: Step) throws {
    let deviations: [ReferenceCase.Deviation]
    do {
      let device = try parameters.device.open(threads: step.threads)
      let compute = device.description
      step.log("computed on \(compute.device) (\(compute.core)) with \(compute.library)")
      deviations = try ReferenceCase(directory: try step.input("golden")).compare(on: device)
    } catch let error as ModelError {
      throw StepFailure(.invalid, error.description)
    }
    let counted = deviations.filter(\.counts)
    guard let worst = counted.max(by: { $0.error < $1.error }) else {
      throw StepFailure(.invalid, "the reference holds nothing to compare")
    }
    let report: JSON = [
      "tolerance": .number(parameters.tolerance), "worst": .string(worst.name),
      "worst_error": number(worst.error), "passed": .boolean(worst.error <= parameters.tolerance),
      "error": "largest difference over the largest magnitude in the reference, per tensor",
      "errors": errors(counted),
      "not_counted": [
        "reason": """
        The gradient of a key bias is 0 in exact arithmetic, and is 0 here. The reference holds rounding noise, \
        which AdamW scales up in the weights.
        """,
        "errors": errors(deviations.filter { !$0.counts }),
      ],
    ]
    try WholeFile.write(report.prettyText, to: try step.output("report"))
    step.log("worst of \(counted.count) tensors: \(worst.name), relative error \(worst.error)")
    record(step, counted, worst)
    if !(worst.error <= parameters.tolerance) {
      throw StepFailure(
        .failed,
        "\(worst.name) deviates by \(worst.error) of its largest magnitude; at most "
          + "\(parameters.tolerance) is allowed")
    }
  }

  private func errors(_ deviations: [ReferenceCase.Deviation]) -> JSON {
    .object(Dictionary(deviations.map { ($0.name, number($0.error)) }) { _, last in last })
  }

  /// JSON has no infinity.
  private func number(_ error: Double) -> JSON {
    error.isFinite ? .number(error) : "not finite, or of another size"
  }

  /// The worst tensor of each kind.
  private func record(
    _ step: Step, _ counted: [ReferenceCase.Deviation], _ worst: ReferenceCase.Deviation
  ) {
    let kinds = [
      ("logits", "logits"), ("hidden states", "hidden"), ("losses", "loss."),
      ("gradients", "grad."), ("weights after training", "after."),
    ]
    let rows = kinds.compactMap { title, prefix -> JSON? in
      let some = counted.filter { $0.name.hasPrefix(prefix) }
      guard let worst = some.max(by: { $0.error < $1.error }) else { return nil }
      return [.string(title), .integer(some.count), number(worst.error), .string(worst.name)]
    }
    step.record(
      "table:verification",
      [
        "title": "Deviation from the reference",
        "columns": ["what", "tensors", "largest relative error", "in"],
        "rows": .array(rows), "show": true,
      ])
  }
}
