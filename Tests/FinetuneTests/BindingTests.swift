import CFlowPlugin
import Files
import FlowTesting
import Testing
import Tokens
import Transformer

@testable import Finetune

@Suite("finetune/binding", .serialized)
struct BindingTests {
  private func step(_ genome: SmallGenome, in folder: String, _ parameters: [String: JSON]) throws
    -> OperationHost
  {
    try OperationHost(
      parameters: .object(parameters),
      inputs: [
        "model": [genome.model], "corpus": [genome.corpus.directory],
        "conservative": [genome.peaks],
      ], directory: folder)
  }

  /// auPRC and base rate of the predictions a step wrote.
  private func evaluate(_ step: OperationHost) throws -> Evaluation {
    let path = "\(step.directory)/predictions"
    var bins = try PredictionTable().read(path)
    return try Evaluation(
      &bins, bootstrap: Bootstrap(replicates: 0, seed: 1), blockSize: 1000, path: path)
  }

  @Test("finds binding that follows the state, and does not without the states")
  func learns() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    func run(useStates: Bool) throws -> Evaluation {
      let parameters = SmallGenome.parameters([
        "use_states": .boolean(useStates), "steps": 120, "batch_size": 32,
      ])
      let step = try step(genome, in: "\(folder.path)/\(useStates)", parameters)
      try step.run("binding", of: Finetune.entry)
      return try evaluate(step)
    }
    let with = try run(useStates: true)
    let without = try run(useStates: false)
    #expect(with.metrics.auPRC > 0.95)
    #expect(without.metrics.auPRC < 3 * without.prevalence)
    #expect(with.rows == without.rows)
  }

  @Test("refuses a model of byte pairs by what it is")
  func bytePairs() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let pairs = try BytePairModel(
      tokens: SpecialTokens.names + ["A", "T", "C", "G", "AC"],
      merges: [.init(left: 5, right: 7, result: 9)], specials: .standard)
    let configuration = try BertConfiguration(
      hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 16, vocabularySize: 10,
      states: genome.corpus.stateNames.count, maximumLength: 64)
    let model = MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 3)
    model.tokenization = Tokenization(Tokenizer(pairs), stateNames: genome.corpus.stateNames)
    try model.save(to: "\(folder.path)/pairs", tokenizer: nil)
    let step = try step(genome, in: "\(folder.path)/step", SmallGenome.parameters())
    step.inputs["model"] = ["\(folder.path)/pairs"]
    let failure = try #require(step.failure("binding", of: Finetune.entry))
    #expect(failure.status == .invalid && failure.description.contains("reads byte pairs"))
  }

  @Test("scores every test bin once, in order, with its label")
  func predictions() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let parameters = SmallGenome.parameters(["strands": "average"])
    let step = try step(genome, in: "\(folder.path)/step", parameters)
    try step.run("binding", of: Finetune.entry)
    let lines = try LineReader("\(step.directory)/predictions")
    #expect(try lines.nextText() == "chrom\tstart\tstop\tlabel\tscore")
    var starts: [Int] = []
    while let line = try lines.nextText() {
      let fields = line.split(separator: "\t")
      let start = try #require(Int(fields[1]))
      starts.append(start)
      #expect(fields[0] == "chr1")
      #expect(Int(fields[2]) == start + 50)
      let score = try #require(Double(fields[4]))
      #expect(score > 0 && score < 1)
    }
    // Context 60 around bins of 50: the first bin whose window lies in 60000 ..< 80000 starts at 60050.
    #expect(starts == Array(stride(from: 60_050, to: 79_950, by: 50)))
    #expect(step.records["binding"]?["test_bins"]?["ambiguous"]?.integer == 0)
  }

  @Test("a run that is stopped and goes on ends with the same bytes as one that is not")
  func resumes() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let parameters = SmallGenome.parameters()
    let whole = try step(genome, in: "\(folder.path)/whole", parameters)
    try whole.run("binding", of: Finetune.entry)
    let broken = try step(genome, in: "\(folder.path)/broken", parameters)
    // One report is of labelling; then one a step.
    for stop in [9, 8, 4] {
      broken.stopsAfter = stop
      #expect(broken.failure("binding", of: Finetune.entry)?.status == .cancelled)
    }
    #expect(!Path.exists("\(broken.directory)/model"))
    broken.stopsAfter = .max
    try broken.run("binding", of: Finetune.entry)
    #expect(broken.log.contains { $0.hasPrefix("going on after step") })
    #expect(broken.warnings.isEmpty)
    for name in ["model/model.safetensors", "predictions", "summary"] {
      #expect(
        try StreamingHash.of(file: "\(broken.directory)/\(name)")
          == StreamingHash.of(file: "\(whole.directory)/\(name)"), "\(name)")
    }
  }

  @Test("takes a model that was pretrained with masked states")
  func masksStates() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let names = genome.corpus.stateNames
    let configuration = try BertConfiguration(
      hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 16, vocabularySize: 5 + 64,
      states: names.count + 1, maximumLength: 64)
    let model = MaskedLanguageModel(
      configuration, predictsStates: true, device: CPU(threads: 1), seed: 3)
    model.tokenization = Tokenization(k: 3, isOverlapping: true, stateNames: names)
    try model.save(to: "\(folder.path)/with-head", tokenizer: nil)
    let step = try step(genome, in: "\(folder.path)/step", SmallGenome.parameters(["steps": 2]))
    step.inputs["model"] = ["\(folder.path)/with-head"]
    try step.run("binding", of: Finetune.entry)
    #expect(Path.exists("\(step.directory)/model/model.safetensors"))
  }

  @Test("keeps the weights that were best on the validation regions")
  func keepsBest() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    // A learning rate that ruins what was learned: the areas go up and down.
    let parameters = SmallGenome.parameters(["learning_rate": 0.3, "validations": 8])
    let step = try step(genome, in: "\(folder.path)/step", parameters)
    try step.run("binding", of: Finetune.entry)
    let areas = try #require(step.metrics["auPRC/validation"]).map { $0.value }
    #expect(areas.count == 8)
    let best = try #require(areas.max())
    #expect(step.records["binding"]?["validation_auPRC"]?.number == best)
    #expect(
      step.records["binding"]?["best_step"]?.integer == 3 * (1 + (areas.firstIndex(of: best) ?? 0)))
  }

  @Test(
    "a disk that is full costs checkpoints and the best weights, not the training",
    .enabled(if: SmallDisk.canBeMade, "needs the right to mount a small disk"))
  func fullDisk() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let step = try step(genome, in: "\(folder.path)/step", SmallGenome.parameters())
    let disk = try SmallDisk(step.output("scratch"), kibibytes: 16)
    defer { disk.unmount() }
    try disk.fill(leaving: 0)
    try step.run("binding", of: Finetune.entry)
    #expect(step.warnings.contains { $0.contains("the best so far, are not kept: cannot") })
    #expect(step.warnings.contains { $0.contains("no checkpoint of step 24") })
    #expect(step.records["binding"]?["best_step"] == 24, "the last, which needs no file")
    #expect(Path.exists("\(step.directory)/model/model.safetensors"))
  }

  @Test("stops early when validation no longer gets better")
  func stopsEarly() throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let parameters = SmallGenome.parameters([
      "learning_rate": 0, "validations": 12, "patience": 2,
    ])
    let step = try step(genome, in: "\(folder.path)/step", parameters)
    try step.run("binding", of: Finetune.entry)
    // With a learning rate of 0 the first validation stays the best; two more, and it ends.
    #expect(step.metrics["auPRC/validation"]?.count == 3)
    #expect(step.records["binding"]?["steps"]?.integer == 6)
  }

  @Test(
    "says what is wrong with the parameters",
    arguments: [
      (["cell_type": "liver"] as [String: JSON], "'liver'"),
      (["context": 40], "must hold the bin"),
      (["context": 200], "at most 64"),
    ])
  func wrongParameters(changes: [String: JSON], reason: String) throws {
    let folder = try TemporaryDirectory()
    let genome = try SmallGenome(in: folder.path)
    let parameters = SmallGenome.parameters(changes)
    let step = try step(genome, in: "\(folder.path)/step", parameters)
    let failure = try #require(step.failure("binding", of: Finetune.entry))
    #expect(failure.status == .invalid)
    #expect(failure.description.contains(reason), "\(failure)")
  }
}
