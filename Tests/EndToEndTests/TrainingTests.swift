import Files
import FlowTesting
import Glibc
import Testing

/// From FASTA and states to a pretrained model by the built command and its real plugins.
@Suite struct TrainingTests {
  private static let workflow = """
    flow: 1
    name: training
    inputs: {sequence: genome.fa, states: states.bed}
    steps:
      corpus:
        use: tokenize/corpus
        inputs: {sequence: $inputs.sequence, states: $inputs.states}
        with: {k: 3, cell_types: [made-up], validation: ["one:18001-20000"], min_region: 100}
      pretrain:
        use: pretrain/ebert
        inputs: {corpus: $steps.corpus.corpus}
        with:
          {layers: 2, hidden_size: 24, heads: 2, length: 40, batch_size: 8, steps: 120, warmup_steps: 10,
           validation_every: 40, validation_windows: 8, checkpoint_every: 5, dropout: 0.1}
    outputs: {model: $steps.pretrain.model}
    """

  /// A directory with the workflow and a sequence that repeats enough to be learned from.
  private func workplace() throws -> TemporaryDirectory {
    let work = try TemporaryDirectory()
    var state: UInt64 = 7
    var bases = ""
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bases.append(["A", "C", "G", "T"][Int(state >> 62)])
    }
    try work.write("genome.fa", ">one\n\(bases)\n")
    try work.write(
      "states.bed",
      (0..<100).map { "one\t\($0 * 200)\t\($0 * 200 + 200)\tE\($0 % 3 + 1)\n" }.joined())
    try work.write("workflow.yaml", Self.workflow)
    return work
  }

  @Test func aTrainingThatIsKilledEndsWithTheSameBits() throws {
    let undisturbed = try workplace()
    let result = try Built.flow(["run", "workflow.yaml"], in: undisturbed.path)
    #expect(result.status == 0, "\(result.errors)")
    let model = "results/training/model/model.safetensors"
    let expected = try StreamingHash.of(file: undisturbed.at(model))

    let disturbed = try workplace()
    for attempt in 1...3 {
      let running = try Built.start(["run", "workflow.yaml"], in: disturbed.path)
      // Later each time, so that it is killed in the corpus, before and after the first checkpoints.
      for _ in 0..<200 where !running.errorsSoFar.contains("pretrain  started") { usleep(20_000) }
      usleep(UInt32(attempt) * 150_000)
      running.kill(SIGKILL)
      _ = try running.wait()
    }
    let final = try Built.flow(["run", "workflow.yaml"], in: disturbed.path)
    #expect(final.status == 0, "\(final.errors)")
    #expect(try StreamingHash.of(file: disturbed.at(model)) == expected)
  }

  @Test func theModelIsInHuggingFacesLayout() throws {
    let work = try workplace()
    #expect(try Built.flow(["run", "workflow.yaml"], in: work.path).status == 0)
    let names = try Path.list(work.at("results/training/model"))
    #expect(Set(names).isSuperset(of: ["config.json", "model.safetensors", "vocab.txt"]))
    let config = try JSON(parsing: work.read("results/training/model/config.json"))
    #expect(config["architectures"] == ["BertForMaskedLM"])
    #expect(config["vocab_size"] == .integer(5 + 64))
    #expect(config["type_vocab_size"] == 4, "three states and none")
  }
}
