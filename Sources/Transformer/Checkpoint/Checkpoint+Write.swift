import Files

extension MaskedLanguageModel {
  /// Writes the model as a directory in Hugging Face's layout, which must not be there yet.
  ///
  /// - Parameter vocabulary: the text of vocab.txt; nil to write no tokenizer files.
  public func save(to directory: String, vocabulary: String?) throws(FileError) {
    try write(
      parameters, configuration, tokenization,
      members: ["architectures": ["BertForMaskedLM"]], vocabulary: vocabulary, to: directory)
  }
}

extension SequenceClassifier {
  /// Writes the model, head included, as a directory in Hugging Face's layout, which must not be
  /// there yet.
  ///
  /// - Parameter vocabulary: the text of vocab.txt; nil to write no tokenizer files.
  public func save(to directory: String, vocabulary: String?) throws(FileError) {
    try write(
      parameters, configuration, tokenization,
      members: ["architectures": ["BertModel"], "flow_head": settings.json],
      vocabulary: vocabulary, to: directory)
  }
}

private func write(
  _ parameters: Parameters, _ configuration: BertConfiguration, _ tokenization: Tokenization?,
  members: [String: JSON], vocabulary: String?, to directory: String
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
  try writer.write(to: "\(directory)/model.safetensors")
  if parameters.tensors.contains(where: { $0.name.hasPrefix(Checkpoint.stateHeadPrefix) }) {
    try stateHead.write(to: "\(directory)/\(Checkpoint.stateHeadFile)")
  }
  guard let vocabulary else { return }
  try WholeFile.write(vocabulary, to: "\(directory)/vocab.txt")
  let special: [String: JSON] = [
    "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
    "mask_token": "[MASK]",
  ]
  let tokenizer: [String: JSON] = [
    "tokenizer_class": "BertTokenizer", "do_lower_case": false, "do_basic_tokenize": true,
    "model_max_length": .integer(configuration.maximumLength),
  ]
  try WholeFile.write(
    JSON.object(special).prettyText, to: "\(directory)/special_tokens_map.json")
  try WholeFile.write(
    JSON.object(special.merging(tokenizer) { _, new in new }).prettyText,
    to: "\(directory)/tokenizer_config.json")
}
