import Files
import FoundationEssentials

/// A model on disk in Hugging Face's layout: `config.json`, the weights in safetensors files, the
/// tokenizer's files and a model card.
///
/// `transformers.BertForMaskedLM.from_pretrained(directory)` loads what is written here, and
/// checkpoints of BertForMaskedLM load here.
public struct Checkpoint {
  public let directory: String
  public let configuration: BertConfiguration
  /// The settings of the head, where the model was fine-tuned.
  public let classifier: ClassifierSettings?
  /// How its input was made, where the checkpoint tells.
  public let tokenization: Tokenization?
  private let weights: CheckpointWeights
  /// The tensors of the head for states, kept in a file of their own, since `BertForMaskedLM` does not
  /// know them; nil where the model has none.
  private let stateHead: SafetensorsReader?
  /// Whether the model has a head for states.
  var predictsStates: Bool { stateHead != nil }
  /// The id that stands for a masked state; nil where the model does not guess states.
  public var maskState: Int32? { predictsStates ? Int32(configuration.states - 1) : nil }
  static let stateHeadFile = "state_head.safetensors"
  /// How the names of its tensors begin.
  static let stateHeadPrefix = "cls.states."

  /// Opens a checkpoint and checks all but its numbers.
  ///
  /// - Throws: `FileError` or `ModelError`, naming the file.
  public init(directory: String) throws {
    self.directory = directory
    let path = "\(directory)/config.json"
    let json = try JSON.read(path, limit: 1 << 20)
    do {
      configuration = try BertConfiguration(json: json)
      tokenization = try json["flow_tokens"].map { try Tokenization(json: $0) }
      classifier = try json["flow_head"].map { try ClassifierSettings(json: $0) }
    } catch let error as ModelError {
      throw ModelError("\(path): \(error)")
    }
    weights = try CheckpointWeights(directory: directory)
    // Before anything is allocated by what config.json says.
    var layout = ParameterLayout()
    configuration.addEncoder(to: &layout)
    if layout.count > weights.count {
      throw ModelError(
        "\(path) describes an encoder of \(layout.count) parameters, but \(weights.path) holds "
          + "\(weights.count)")
    }
    let states = "\(directory)/\(Checkpoint.stateHeadFile)"
    stateHead = Path.exists(states) ? try SafetensorsReader(states) : nil
    if stateHead != nil, configuration.states < 2 {
      throw ModelError("\(states) predicts states, but \(path) has a type_vocab_size of 1")
    }
  }

  /// Reads all tensors into `parameters`.
  ///
  /// Tensors of other heads and buffers are passed over; `CheckpointNames` tells which names are
  /// understood.
  /// - Parameter fresh: prefixes of names that keep their new values where the file lacks them.
  /// - Throws: `ModelError` naming tensors that are missing, of another shape, or not known, or a decoder
  ///   that is not the embedding.
  func load(into parameters: Parameters, fresh: [String]) throws(ModelError) {
    let names = CheckpointNames(weights.names)
    var used: Set<String> = []
    var missing: [String] = []
    for tensor in parameters.tensors {
      if let stateHead, tensor.name.hasPrefix(Checkpoint.stateHeadPrefix) {
        try load(tensor, of: stateHead, into: parameters)
        continue
      }
      guard let name = names.stored(tensor.name) else {
        if !fresh.contains(where: { tensor.name.hasPrefix($0) }) { missing.append(tensor.name) }
        continue
      }
      used.insert(name)
      guard let shape = weights.shape(name), shape == tensor.shape else {
        throw ModelError(
          "\(weights.path): tensor '\(name)' is \(weights.shape(name) ?? []), the configuration asks for "
            + "\(tensor.shape)")
      }
      let values = try weights.floats(name)
      values.withUnsafeBufferPointer { parameters.set(tensor, to: $0) }
    }
    if !missing.isEmpty {
      let isHeadAlone = missing.allSatisfy { $0.hasPrefix("cls.") }
      throw ModelError(
        "\(weights.path) lacks \(list(missing))"
          + (isHeadAlone
            ? "; it holds an encoder without the masked-language head, which can be fine-tuned only"
            : ""))
    }
    let unknown = names.unknown(besides: used)
    if !unknown.isEmpty {
      throw ModelError(
        "\(weights.path) has tensors that this model does not know: \(list(unknown))")
    }
    if parameters[CheckpointNames.bias] != nil {
      try check(CheckpointNames.decoder, equals: BertConfiguration.wordEmbeddings, names)
      try check(CheckpointNames.decoderBias, equals: CheckpointNames.bias, names)
    }
  }

  private func load(
    _ tensor: ParameterTensor, of file: SafetensorsReader, into parameters: Parameters
  ) throws(ModelError) {
    guard let stored = file.tensors[tensor.name], stored.shape == tensor.shape else {
      throw ModelError("\(file.path) has no tensor '\(tensor.name)' of shape \(tensor.shape)")
    }
    let values = try file.floats(tensor.name)
    values.withUnsafeBufferPointer { parameters.set(tensor, to: $0) }
  }

  /// Checks that the copy of a tied tensor, which some checkpoints carry, is one.
  private func check(
    _ copy: String, equals name: String, _ names: CheckpointNames
  ) throws(ModelError) {
    guard weights.names.contains(copy), let original = names.stored(name), original != copy else {
      return
    }
    if try weights.floats(copy) != weights.floats(original) {
      throw ModelError(
        "\(weights.path): '\(copy)' differs from '\(original)': the decoder is not tied to the embeddings, "
          + "and such a model is not supported")
    }
  }

  /// A hash of the configuration and of the bytes of all weights: equal for copies of one model.
  ///
  /// - Throws: `FileError` where a file cannot be read.
  public func identity() throws(FileError) -> String {
    var files = ["\(directory)/config.json"] + weights.files.map(\.path)
    if let stateHead { files.append(stateHead.path) }
    var hashes: [String] = []
    for file in files { hashes.append(try StreamingHash.of(file: file)) }
    return StreamingHash.sha256(of: hashes.joined(separator: "\n"))
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
  }
}

extension ClassifierSettings {
  init(json: JSON) throws(ModelError) {
    guard let name = json["pooling"]?.string, let pooling = Pooling(rawValue: name) else {
      throw ModelError("flow_head has no known pooling: \(json["pooling"]?.text ?? "none")")
    }
    guard let dropout = json["dropout"]?.number, dropout >= 0, dropout < 1 else {
      throw ModelError("flow_head has no dropout in 0 ..< 1")
    }
    self.init(pooling: pooling, dropout: dropout)
  }

  var json: JSON { ["pooling": .string(pooling.rawValue), "dropout": .number(dropout)] }
}
