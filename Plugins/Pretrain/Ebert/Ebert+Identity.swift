import Corpus
import Files
import FlowPlugin
import Transformer

extension Ebert {
  /// Parameters that only say when a run stops for a spike, when it is kept, and in what parts a step is
  /// computed: a checkpoint can be gone on from with others.
  private static let free = ["spike_factor", "spike_window", "checkpoint_every", "micro_batch"]

  /// What must be equal for a checkpoint in the scratch directory to belong to this run: the inputs, and
  /// the parameters on which a step's weights, their validation or the choice of the best depend.
  func identity(_ step: Step, _ corpus: Corpus) throws -> String {
    var fixed = try JSON(parsing: step.parameters).object ?? [:]
    for name in Ebert.free { fixed[name] = nil }
    let hash = StreamingHash(.sha256)
    hash.update(JSON.object(fixed).text)
    hash.update(try StreamingHash.of(file: "\(corpus.directory)/manifest.json"))
    if step.optionalInput("tokenizer") != nil { hash.update(corpus.tokenizer.fingerprint) }
    if let start = step.optionalInput("model") {
      hash.update(try Checkpoint(directory: start).identity())
    }
    return hash.finish()
  }
}
