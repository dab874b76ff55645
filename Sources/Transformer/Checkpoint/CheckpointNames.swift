/// How the tensors of a checkpoint are named: as ours, or as other versions and models of Hugging Face's
/// library name them.
///
/// Known are LayerNorm's weight and bias as `gamma` and `beta` (checkpoints converted from TensorFlow), the
/// encoder without `bert.` before its names (saved by `BertModel`), and the decoder's own bias.
struct CheckpointNames {
  private let names: Set<String>
  /// Saved by `BertModel`.
  let isEncoderAlone: Bool

  static let decoder = "cls.predictions.decoder.weight"
  static let decoderBias = "cls.predictions.decoder.bias"
  static let bias = "cls.predictions.bias"

  /// What other models keep beside the encoder.
  private static let otherParts = [
    "cls.", "head.", "classifier.", "qa_outputs.", "bert.pooler.", "bert.embeddings.position_ids",
    "pooler.", "embeddings.position_ids",
  ]

  init(_ names: Set<String>) {
    self.names = names
    isEncoderAlone =
      !names.contains { $0.hasPrefix("bert.") } && names.contains { $0.hasPrefix("embeddings.") }
  }

  /// The checkpoint's name of a tensor; nil where it lacks it.
  func stored(_ name: String) -> String? {
    var candidates = [name]
    if name.hasSuffix("LayerNorm.weight") { candidates.append(name.dropLast(6) + "gamma") }
    if name.hasSuffix("LayerNorm.bias") { candidates.append(name.dropLast(4) + "beta") }
    if name == CheckpointNames.bias { candidates.append(CheckpointNames.decoderBias) }
    if isEncoderAlone, name.hasPrefix("bert.") {
      candidates = candidates.map { String($0.dropFirst("bert.".count)) }
    }
    return candidates.first { names.contains($0) }
  }

  /// Those that belong neither to the parts that were read nor to other heads, in order.
  func unknown(besides used: Set<String>) -> [String] {
    names.subtracting(used)
      .filter { name in !CheckpointNames.otherParts.contains { name.hasPrefix($0) } }.sorted()
  }
}
