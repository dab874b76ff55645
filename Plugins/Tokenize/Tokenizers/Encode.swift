import DNA
import Files
import FlowPlugin
import Tokens

/// `tokenize/encode`: the tokens of sequences, to look at and to compare.
public struct Encode: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var k: Int
    var overlapping: Bool
    var regions: [String]
    var maxBases: Int
  }

  /// The operation's name in the manifest.
  public static let name = "encode"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`, invalid where the inputs or the parameters do not fit together.
  public func run(_ step: Step) throws {
    let (table, lines) = (try step.output("table"), try step.output("tokens"))
    do {
      let tokenizer =
        try step.optionalInput("tokenizer").map { try Tokenizer(reading: $0) }
        ?? Tokenizer(Vocabulary(k: parameters.k, isOverlapping: parameters.overlapping))
      var writer = try TokenWriter(tokenizer, table: table, lines: lines)
      let stretches = try stretches(step)
      for stretch in stretches {
        try step.checkCancellation()
        try writer.write(stretch)
      }
      try writer.finish()
      try tokenizer.write(to: step.output("exported"))
      step.record("tokenizer", .string(tokenizer.fingerprint))
      let speed = Int(Double(writer.bases) / max(writer.seconds, 1e-6) / 1e6)
      step.log(
        "\(writer.tokens) tokens of \(writer.bases) bases: \(tokenizer.description); encoded at \(speed) million "
          + "bases a second of processor time")
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    }
  }

  /// The bases to encode: each region by itself, in the order in which they were named.
  private func stretches(_ step: Step) throws -> [Stretch] {
    var regions = parameters.regions
    if let path = step.optionalInput("bed") { regions += try Stretch.regions(path) }
    var stretches: [Stretch] = []
    var bases = 0
    let wanted = try RegionStretches(regions)
    try wanted.read(
      step.inputs("sequence"),
      begin: { stretches.append(Stretch(chromosome: $0, start: $1)) },
      bases: { codes in
        bases += codes.count
        guard bases <= parameters.maxBases else {
          throw GenomeError(
            "more than \(parameters.maxBases) bases to encode; name regions, or raise max_bases")
        }
        stretches[stretches.count - 1].codes.append(contentsOf: codes)
      })
    if wanted.regions.isEmpty { return stretches }
    return wanted.regions.compactMap { region in
      stretches.lazy.compactMap { $0.part(region) }.first
    }
  }
}
