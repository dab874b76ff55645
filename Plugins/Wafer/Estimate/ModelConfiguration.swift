import Files
import FlowPlugin

/// What the plugin reads of a Hugging Face `config.json`.
struct ModelConfiguration: Equatable, Sendable {
  var layers: Int
  var hidden: Int
  var heads: Int
  var intermediate: Int
  var vocabulary: Int
  var states: Int
  var longest: Int

  /// - Parameter directory: a model directory with a `config.json`.
  /// - Throws: `StepFailure` (invalid) where a member is missing or out of range, `FileError` where the file
  ///   cannot be read.
  init(directory: String) throws {
    let path = "\(directory)/config.json"
    let json = try JSON.read(path, limit: 1 << 20)
    func member(_ name: String) throws(StepFailure) -> Int {
      guard let value = json[name]?.integer, (1...1_000_000).contains(value) else {
        throw StepFailure(
          .invalid,
          "\(path): '\(name)' must be an integer from 1 to 1,000,000, as in a BERT's config.json")
      }
      return value
    }
    layers = try member("num_hidden_layers")
    hidden = try member("hidden_size")
    heads = try member("num_attention_heads")
    intermediate = try member("intermediate_size")
    vocabulary = try member("vocab_size")
    states = try member("type_vocab_size")
    longest = try member("max_position_embeddings")
  }
}
