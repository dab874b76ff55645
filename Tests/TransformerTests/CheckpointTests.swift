import Files
import FlowTesting
import Testing
import Tokens

@testable import Transformer

@Suite struct CheckpointTests {
  let directory: TemporaryDirectory
  let configuration: BertConfiguration

  init() throws {
    directory = try TemporaryDirectory()
    configuration = try .small()
  }

  @Test func savedModelGivesTheSameNumbers() throws {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 5)
    model.tokenization = Tokenization(k: 2, isOverlapping: true, stateNames: ["none", "A", "B"])
    let path = "\(directory.path)/model"
    try model.save(to: path, tokenizer: .nucleotides)
    let loaded = try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
    let batch = Batch.random(configuration, count: 2, length: 9)
    #expect(try loaded.predict(batch).logits == model.predict(batch).logits)
    #expect(loaded.configuration == configuration)
    #expect(loaded.tokenization == model.tokenization)
    #expect(try Checkpoint(directory: path).tokens() == Tokenizer.nucleotides.tokens)
  }

  @Test func classifierStartsFromAnEncoderAndComesBackWithItsHead() throws {
    let encoder = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 5)
    try encoder.save(to: "\(directory.path)/encoder", tokenizer: nil)
    let settings = ClassifierSettings(pooling: .max, dropout: 0.2)
    let model = try SequenceClassifier(
      directory: "\(directory.path)/encoder", settings: settings, device: CPU(threads: 1), seed: 6)
    let words = BertConfiguration.wordEmbeddings
    #expect(
      try model.parameters.values(#require(model.parameters[words]))
        == encoder.parameters.values(#require(encoder.parameters[words])))
    try model.save(to: "\(directory.path)/classifier", tokenizer: nil)
    let loaded = try SequenceClassifier(
      directory: "\(directory.path)/classifier", device: CPU(threads: 1))
    #expect(loaded.settings == settings)
    let batch = Batch.random(configuration, count: 2, length: 9)
    let spans = [1..<5, 2..<9]
    #expect(try loaded.predict(batch, spans: spans) == model.predict(batch, spans: spans))
    let error = #expect(throws: ModelError.self) {
      try SequenceClassifier(directory: "\(directory.path)/encoder", device: CPU(threads: 1))
    }
    #expect(error?.description.contains("has no flow_head") ?? false)
  }

  /// Writes the tensors of a new model, changed by `change`, with a fitting config.json.
  private func write(
    change: (inout [String: (shape: [Int], values: [Float])]) -> Void
  ) throws -> String {
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 5)
    var tensors: [String: (shape: [Int], values: [Float])] = [:]
    for tensor in model.parameters.tensors {
      tensors[tensor.name] = (tensor.shape, model.parameters.values(tensor))
    }
    change(&tensors)
    var writer = SafetensorsWriter()
    for (name, tensor) in tensors {
      writer.add(name, shape: tensor.shape, floats: { tensor.values })
    }
    try writer.write(to: "\(directory.path)/model.safetensors")
    try WholeFile.write(
      JSON.object(configuration.json).prettyText, to: "\(directory.path)/config.json")
    return directory.path
  }

  @Test func otherHeadsBuffersAndOldNamesAreUnderstood() throws {
    let path = try write { tensors in
      tensors["cls.predictions.decoder.weight"] = tensors[BertConfiguration.wordEmbeddings]
      tensors["bert.pooler.dense.bias"] = ([1], [0])
      tensors["bert.embeddings.position_ids"] = ([1], [0])
      tensors["bert.embeddings.LayerNorm.gamma"] = ([12], [Float](repeating: 3, count: 12))
      tensors["bert.embeddings.LayerNorm.weight"] = nil
    }
    let model = try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
    let gamma = try #require(model.parameters["bert.embeddings.LayerNorm.weight"])
    #expect(model.parameters.values(gamma) == [Float](repeating: 3, count: 12))
  }

  @Test func missingUnknownAndMisshapenTensorsAreNamed() throws {
    var path = try write { $0["bert.encoder.layer.0.attention.self.key.weight"] = nil }
    var error = #expect(throws: ModelError.self) {
      try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
    }
    #expect(
      error?.description.hasSuffix("lacks 'bert.encoder.layer.0.attention.self.key.weight'")
        ?? false)
    path = try write {
      $0["bert.encoder.layer.1.output.dense.bias"] = ([12], Array(repeating: 0, count: 12))
    }
    error = #expect(throws: ModelError.self) {
      try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
    }
    #expect(error?.description.contains("'bert.encoder.layer.1.output.dense.bias'") ?? false)
    path = try write { $0["cls.predictions.bias"] = ([17], Array(repeating: 0, count: 17)) }
    error = #expect(throws: ModelError.self) {
      try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
    }
    #expect(
      error?.description.contains("'cls.predictions.bias' is [17], the configuration asks for [18]")
        ?? false)
  }

  @Test(arguments: [
    ("hidden_size", JSON.integer(13), "hidden_size 13 is not a multiple of num_attention_heads 2"),
    ("hidden_size", .string("12"), "hidden_size is \"12\", not a whole number"),
    ("num_hidden_layers", .integer(-1), "num_hidden_layers is -1, outside 1 to 1024"),
    ("vocab_size", .integer(1 << 40), "vocab_size is 1099511627776, outside 1 to 16777216"),
    ("layer_norm_eps", .integer(0), "layer_norm_eps is 0.0, outside 0 to 1"),
    ("pad_token_id", .integer(18), "pad_token_id 18 is not in the vocabulary of 18"),
    ("hidden_dropout_prob", .integer(1), "hidden_dropout_prob is 1.0, outside 0 ..< 1"),
  ])
  func configurationsThatDoNotFitAreRefused(name: String, value: JSON, message: String) throws {
    var json = configuration.json
    json[name] = value
    #expect(throws: ModelError(message)) { try BertConfiguration(json: .object(json)) }
  }

  @Test(arguments: [
    ("model_type", "gpt2" as JSON, "only \"bert\" is supported"),
    (
      "hidden_act", "relu" as JSON,
      "only \"gelu\" is supported: the feed-forward layers compute the exact GELU"
    ),
    ("hidden_act", "gelu_new" as JSON, "the exact GELU"),
    (
      "position_embedding_type", "relative_key" as JSON,
      "attention has no terms for relative positions"
    ),
    ("tie_word_embeddings", false as JSON, "the decoder is the table of the word embeddings"),
    ("is_decoder", true as JSON, "attention looks to both sides"),
    ("is_encoder_decoder", true as JSON, "there is an encoder alone"),
    ("add_cross_attention", true as JSON, "there is an encoder alone"),
    ("pruned_heads", ["0": [1]] as JSON, "all layers have num_attention_heads heads"),
    ("auto_map", ["AutoModel": "x.Y"] as JSON, "Python code of its own, which is not run here"),
    ("quantization_config", ["bits": 4] as JSON, "weights are floating-point numbers"),
  ])
  func variationsThatAreNotSupportedAreNamedWithTheReason(
    name: String, value: JSON, reason: String
  ) throws {
    var json = configuration.json
    json[name] = value
    let error = #expect(throws: ModelError.self) { try BertConfiguration(json: .object(json)) }
    #expect(error?.description.hasPrefix("\(name) is \(value.text)") == true)
    #expect(error?.description.contains(reason) == true)
  }

  @Test func configurationNamesWhatIsMissing() throws {
    var json = configuration.json
    json["type_vocab_size"] = nil
    #expect(throws: ModelError("type_vocab_size is missing")) {
      try BertConfiguration(json: .object(json))
    }
  }

  @Test func newWeightsAreNormalAndThePaddingRowIsZero() throws {
    let large = try BertConfiguration(
      hiddenSize: 64, layers: 1, heads: 2, intermediateSize: 20, vocabularySize: 500, states: 3,
      maximumLength: 16)
    let model = MaskedLanguageModel(large, device: CPU(threads: 1), seed: 5)
    let words = model.parameters.values(
      try #require(model.parameters[BertConfiguration.wordEmbeddings]))
    #expect(words[..<64].allSatisfy { $0 == 0 })
    let square = words[64...].reduce(0.0) { $0 + Double($1 * $1) } / Double(words.count - 64)
    #expect(abs(square.squareRoot() - 0.02) < 0.0005)
    let other = MaskedLanguageModel(large, device: CPU(threads: 1), seed: 6)
    #expect(
      other.parameters.values(other.parameters.tensors[0])
        != model.parameters.values(model.parameters.tensors[0]))
  }
}
