import Corpus
import Files
import FlowTesting
import Transformer

/// A directory that is removed with its owner, with a corpus of 6,000 bases in it.
///
/// The sequence is of period 7, so that a masked base can be told from its neighbours: there is
/// something to learn. Two cell types; state B in the second quarter of the first.
final class SmallCorpus {
  private let folder: TemporaryDirectory
  var path: String { folder.path }
  var corpus: String { "\(path)/corpus" }

  init(
    k: Int = 3, isOverlapping: Bool = true, validation: [String] = ["chr1:5001-6000"]
  ) throws {
    folder = try TemporaryDirectory()
    let period = Array("ACGTTCA")
    let sequence = String((0..<6000).map { period[$0 % 7] })
    try WholeFile.write(">chr1\n\(sequence)\n", to: "\(path)/a.fa")
    try WholeFile.write(
      "chr1\t0\t2000\tE1\nchr1\t2000\t3000\tE2\nchr1\t3000\t6000\tE1\n", to: "\(path)/one.bed")
    try WholeFile.write("chr1\t0\t6000\tE1\n", to: "\(path)/two.bed")
    var recipe = CorpusRecipe()
    recipe.k = k
    recipe.isOverlapping = isOverlapping
    recipe.cellTypes = ["one", "two"]
    recipe.validation = validation
    recipe.minimumRegion = 64
    let builder = try CorpusBuilder(
      recipe, sequence: ["\(path)/a.fa"], states: ["\(path)/one.bed", "\(path)/two.bed"])
    _ = try builder.build(at: corpus) { _, _ in }
  }

  /// A host for `pretrain/ebert` on this corpus, in a directory of its own.
  func host(_ name: String, _ changes: [String: JSON] = [:]) throws -> OperationHost {
    let directory = "\(path)/\(name)"
    try Path.createDirectory(directory)
    return try OperationHost(
      parameters: SmallCorpus.parameters(changes), inputs: ["corpus": [corpus]],
      directory: directory)
  }

  /// The parameters of a run of seconds, as the manifest would hand them over.
  static func parameters(_ changes: [String: JSON] = [:]) -> JSON {
    let parameters: [String: JSON] = [
      "hidden_size": 16, "layers": 1, "heads": 2, "intermediate_size": 0, "length": 24,
      "batch_size": 4, "micro_batch": 0, "steps": 12, "learning_rate": 0.003, "warmup_steps": 2,
      "weight_decay": 0.01, "beta1": 0.9, "beta2": 0.98, "epsilon": 1e-6, "clip_norm": 1,
      "dropout": 0.1, "initializer_range": 0.02, "mask_rate": 0.15, "mask_token_share": 0.8,
      "random_token_share": 0.1,
      "sampling": "uniform", "mask_rate_end": 0, "mask_rate_change": "step",
      "mask_rate_change_at": 0.8333, "mask_strategy": "span",
      "mask_span": 0, "span_warmup_steps": 0, "use_states": true, "tracks": [],
      "state_rule": "centre", "k": 0, "reverse_complement": 0,
      "state_mask_rate": 0, "state_loss_weight": 1, "validation_every": 4,
      "validation_windows": 6, "validation_cell_types": [],
      "patience": 0, "min_improvement": 0, "spike_factor": 3, "spike_window": 100,
      "device": "cpu", "precision": "float32",
      "checkpoint_every": 3, "seed": 1,
    ]
    return .object(parameters.merging(changes) { _, new in new })
  }
}
