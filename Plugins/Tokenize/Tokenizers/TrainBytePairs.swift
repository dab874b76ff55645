import DNA
import Files
import FlowPlugin
import Tokens

/// `tokenize/train-bpe`: a byte-pair tokenizer from a sample of a genome.
public struct TrainBytePairs: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var vocabularySize: Int
    var minFrequency: Int
    var maxTokenLength: Int?
    var chunk: Int
    var sampleBases: Int
    var regions: [String]
    var seed: Int
  }

  /// The operation's name in the manifest.
  public static let name = "train-bpe"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`, invalid where the inputs or the parameters do not fit together.
  public func run(_ step: Step) throws {
    let path = try step.output("tokenizer")
    do {
      let trainer = try trainer(step)
      let model = try trainer.train(threads: step.threads) { tokens in
        try step.checkCancellation()
        step.progress(Double(tokens), of: Double(parameters.vocabularySize), "tokens")
      }
      if model.tokens.count < parameters.vocabularySize {
        step.warn(
          "\(model.tokens.count) tokens of \(parameters.vocabularySize): no other pair of neighbours stands in "
            + "the sample \(max(1, parameters.minFrequency)) times")
      }
      let tokenizer = Tokenizer(model)
      try tokenizer.write(to: path)
      record(step, tokenizer, model, bases: trainer.bases)
    } catch let error as GenomeError {
      throw StepFailure(.invalid, error.description)
    }
  }

  /// A trainer with the sample.
  private func trainer(_ step: Step) throws -> BytePairTrainer {
    var trainer = try BytePairTrainer(
      vocabularySize: parameters.vocabularySize, minimumFrequency: parameters.minFrequency,
      longestToken: parameters.maxTokenLength ?? .max)
    var sample = ChunkSample(
      size: parameters.chunk, bases: parameters.sampleBases,
      seed: UInt64(bitPattern: Int64(parameters.seed)))
    var told = 0
    try RegionStretches(parameters.regions).read(
      step.inputs("sequence"), begin: { _, _ in sample.endStretch() },
      bases: { codes in
        sample.append(codes)
        guard sample.bases - told >= 1 << 20 else { return }
        told = sample.bases
        try step.checkCancellation()
        step.progress(Double(told), of: 0, "bases read")
      })
    let (offered, known) = (sample.offered, sample.bases)
    for chunk in sample.finish() { try chunk.withUnsafeBufferPointer { try trainer.append($0) } }
    step.log(
      "training on \(trainer.bases) of \(known) known bases, in chunks of up to \(parameters.chunk) (\(offered) "
        + "to choose from)")
    return trainer
  }

  private func record(
    _ step: Step, _ tokenizer: Tokenizer, _ model: BytePairModel, bases: Int
  ) {
    let lengths = model.tokens[SpecialTokens.names.count...].map(\.utf8.count)
    step.record("tokens", .integer(model.tokens.count))
    step.record("sample_bases", .integer(bases))
    step.record("longest_token", .integer(model.longestToken))
    step.record("tokenizer", .string(tokenizer.fingerprint))
    let rows = Set(lengths).sorted().map { length -> JSON in
      let first = model.tokens[SpecialTokens.names.count...].first { $0.utf8.count == length }
      return [
        .integer(length), .integer(lengths.count { $0 == length }), .string(first ?? ""),
      ]
    }
    step.record(
      "table:tokens",
      [
        "title": "Tokens by length", "columns": ["bases", "tokens", "first"], "rows": .array(rows),
      ])
  }
}
