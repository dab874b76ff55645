import Files
import Tokens

extension MaskedLanguageModel {
  /// Writes the model as a directory in Hugging Face's layout, which must not be there yet.
  ///
  /// - Parameters:
  ///   - tokenizer: what the model's tokens are; nil to write no tokenizer files.
  ///   - card: what `README.md` tells; nil to write none.
  public func save(
    to directory: String, tokenizer: Tokenizer?, card: ModelCard? = nil
  ) throws(FileError) {
    try write(
      parameters, configuration, tokenization,
      members: ["architectures": ["BertForMaskedLM"]], tokenizer: tokenizer, to: directory)
    try card?.write(to: directory, .maskedLanguage, configuration, tokenization, parameters)
  }
}

extension SequenceClassifier {
  /// Writes the model, head included, as a directory in Hugging Face's layout, which must not be
  /// there yet.
  ///
  /// - Parameters:
  ///   - tokenizer: what the model's tokens are; nil to write no tokenizer files.
  ///   - card: what `README.md` tells; nil to write none.
  public func save(
    to directory: String, tokenizer: Tokenizer?, card: ModelCard? = nil
  ) throws(FileError) {
    try write(
      parameters, configuration, tokenization,
      members: ["architectures": ["BertModel"], "flow_head": settings.json],
      tokenizer: tokenizer, to: directory)
    try card?.write(to: directory, .classifier(settings), configuration, tokenization, parameters)
  }
}

private func write(
  _ parameters: Parameters, _ configuration: BertConfiguration, _ tokenization: Tokenization?,
  members: [String: JSON], tokenizer: Tokenizer?, to directory: String
) throws(FileError) {
  try Path.createDirectory(directory)
  var config = configuration.json.merging(members) { _, new in new }
  if let tokenization { config["flow_tokens"] = tokenization.json }
  try WholeFile.write(JSON.object(config).prettyText, to: "\(directory)/config.json")
  var writer = SafetensorsWriter()
  var stateHead = SafetensorsWriter()
  for tensor in parameters.tensors {
    if tensor.name.hasPrefix(Checkpoint.stateHeadPrefix) {
      stateHead.add(tensor.name, shape: tensor.shape) { parameters.values(tensor) }
    } else {
      writer.add(tensor.name, shape: tensor.shape) { parameters.values(tensor) }
    }
  }
  try writer.write(to: "\(directory)/\(CheckpointWeights.name)")
  if parameters.tensors.contains(where: { $0.name.hasPrefix(Checkpoint.stateHeadPrefix) }) {
    try stateHead.write(to: "\(directory)/\(Checkpoint.stateHeadFile)")
  }
  guard let tokenizer else { return }
  try TokenizerFiles(tokenizer: tokenizer, maximumLength: configuration.maximumLength)
    .write(to: directory)
}
