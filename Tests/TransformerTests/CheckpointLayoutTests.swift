import Files
import FlowTesting
import Testing

@testable import Transformer

/// Directories as other programs write them. scripts/check-huggingface.py compares logits with theirs.
@Suite struct CheckpointLayoutTests {
  let directory: TemporaryDirectory
  let model: MaskedLanguageModel
  var path: String { directory.path }
  private var tensors: [ParameterTensor] { model.parameters.tensors }

  init() throws {
    directory = try TemporaryDirectory()
    model = MaskedLanguageModel(try .small(), device: CPU(threads: 1), seed: 5)
    try WholeFile.write(
      JSON.object(model.configuration.json).prettyText, to: "\(directory.path)/config.json")
  }

  /// Writes some of the model's tensors, renamed, and some others.
  private func write(
    _ file: String = "model.safetensors", _ chosen: [ParameterTensor]? = nil,
    rename: (String) -> String? = { $0 }, others: [String: [Float]] = [:]
  ) throws {
    var writer = SafetensorsWriter()
    for tensor in chosen ?? tensors {
      guard let name = rename(tensor.name) else { continue }
      writer.add(name, shape: tensor.shape) { model.parameters.values(tensor) }
    }
    for (name, values) in others { writer.add(name, shape: [values.count], floats: { values }) }
    try writer.write(to: "\(path)/\(file)")
  }

  private func writeIndex(_ place: (Int, ParameterTensor) -> JSON) throws {
    let map = Dictionary(
      uniqueKeysWithValues: tensors.enumerated().map { ($1.name, place($0, $1)) })
    try WholeFile.write(
      JSON.object(["metadata": ["total_size": 1], "weight_map": .object(map)]).text,
      to: "\(path)/model.safetensors.index.json")
  }

  private func load() throws -> MaskedLanguageModel {
    try MaskedLanguageModel(directory: path, device: CPU(threads: 1))
  }

  private func expectSameWeights(_ other: Parameters) {
    for tensor in tensors {
      guard let same = other[tensor.name] else { continue }
      #expect(other.values(same) == model.parameters.values(tensor), "\(tensor.name)")
    }
  }

  private func reason(_ body: () throws -> Void) -> String {
    #expect(throws: ModelError.self) { try body() }?.description ?? ""
  }

  @Test func shardsAreReadAsOneModel() throws {
    let half = tensors.count / 2
    try write("a.safetensors", Array(tensors[..<half]))
    try write("b.safetensors", Array(tensors[half...]))
    try writeIndex { place, _ in place < half ? "a.safetensors" : "b.safetensors" }
    expectSameWeights(try load().parameters)
    let identity = try Checkpoint(directory: path).identity()
    #expect(try Checkpoint(directory: path).identity() == identity)
    try write(
      "b.safetensors", Array(tensors[half...]), others: ["cls.seq_relationship.bias": [1, 2]])
    #expect(
      reason { _ = try load() }.contains(
        "has a tensor 'cls.seq_relationship.bias' that model.safetensors.index.json does not place there"
      ))
  }

  @Test(arguments: [
    "../a.safetensors", "/etc/a.safetensors", "x/../../a.safetensors", "a.bin", ".safetensors",
    "..\\a.safetensors", "a\0.safetensors", "", ".",
    String(repeating: "a", count: 300) + ".safetensors",
  ])
  func shardsCannotLieElsewhere(name: String) throws {
    try write("a.safetensors")
    try writeIndex { place, _ in place == 0 ? .string(name) : "a.safetensors" }
    #expect(reason { _ = try load() }.contains("only names of .safetensors files beside the index"))
  }

  @Test func anIndexMustTellTheTruth() throws {
    try write("a.safetensors", Array(tensors.dropLast()))
    try writeIndex { _, _ in "a.safetensors" }
    #expect(reason { _ = try load() }.contains("is not in the file that it names"))
    try writeIndex { place, _ in place == 0 ? .integer(3) : "a.safetensors" }
    #expect(reason { _ = try load() }.contains("is said to be in 3"))
    try WholeFile.write("{}", to: "\(path)/model.safetensors.index.json")
    #expect(reason { _ = try load() }.contains("has no 'weight_map'"))
  }

  @Test func anEncoderSavedAloneCanBeFineTunedOnly() throws {
    try write(
      rename: { $0.hasPrefix("bert.") ? String($0.dropFirst(5)) : nil },
      others: ["pooler.dense.bias": [0], "embeddings.position_ids": [0]])
    let classifier = try SequenceClassifier(
      directory: path, settings: ClassifierSettings(), device: CPU(threads: 1), seed: 1)
    expectSameWeights(classifier.parameters)
    #expect(reason { _ = try load() }.contains("an encoder without the masked-language head"))
  }

  @Test func aDecoderOfItsOwnIsRefused() throws {
    let words = try #require(model.parameters[BertConfiguration.wordEmbeddings])
    let copy = model.parameters.values(words)
    try write(others: ["cls.predictions.decoder.weight": copy])
    expectSameWeights(try load().parameters)
    try write(others: ["cls.predictions.decoder.weight": copy.map { $0 + 1 }])
    #expect(reason { _ = try load() }.contains("'cls.predictions.decoder.weight' differs from"))
    // The bias may have the decoder's name alone.
    try write(rename: { $0 == "cls.predictions.bias" ? "cls.predictions.decoder.bias" : $0 })
    expectSameWeights(try load().parameters)
  }

  @Test func picklesAreNeverReadAndTheMessageSaysWhatToDo() throws {
    try WholeFile.write("\u{80}", to: "\(path)/pytorch_model.bin")
    let message = reason { _ = try load() }
    #expect(message.contains("pytorch_model.bin, a Python pickle, which can run any code"))
    #expect(
      message.contains("torch.load(\"pytorch_model.bin\", map_location=\"cpu\", weights_only=True)")
    )
    // Beside weights that can be read a pickle does no harm.
    try write()
    expectSameWeights(try load().parameters)
  }

  @Test func pickledShardsAreRefusedToo() throws {
    try WholeFile.write("{}", to: "\(path)/pytorch_model.bin.index.json")
    #expect(reason { _ = try load() }.contains("save_pretrained(sys.argv[2])"))
  }

  @Test func missingWeightsAreAnErrorOfTheFile() {
    let error = #expect(throws: FileError.self) { try load() }
    #expect(error?.description.contains("model.safetensors") == true)
  }

  /// The members of DNABERT's config.json that BERT's does not have
  /// (https://huggingface.co/zhihan1996/DNA_bert_6/blob/main/config.json).
  @Test func membersOfDNABERTAreUnderstood() throws {
    let members: [String: JSON] = [
      "_num_labels": 2, "bos_token_id": 0, "do_sample": false, "eos_token_ids": 0,
      "finetuning_task": .null, "num_rnn_layer": 1, "output_past": true, "pruned_heads": [:],
      "rnn": "lstm", "rnn_dropout": 0.0, "rnn_hidden": 768, "split": 10, "torchscript": false,
      "use_bfloat16": false,
    ]
    let json = model.configuration.json.merging(members) { _, new in new }
    #expect(try BertConfiguration(json: .object(json)) == model.configuration)
  }
}
