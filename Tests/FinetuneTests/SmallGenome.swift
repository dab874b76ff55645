import Corpus
import CounterRandom
import Files
import Transformer

@testable import Finetune

/// A made-up chromosome of 80 kb for tests: random bases, two states in stretches, a factor that binds exactly
/// where the state is `2_Enh`. The last 20 kb are the test region, the 10 kb before validate.
struct SmallGenome {
  let corpus: Corpus
  let model: String
  let peaks: String

  init(in folder: String) throws {
    var random = RandomSequence(11)
    var sequence = ""
    for position in 0..<80_000 {
      if position % 100 == 0 && position > 0 { sequence += "\n" }
      sequence += ["A", "C", "G", "T"][random.below(4)]
    }
    try WholeFile.write(">chr1\n\(sequence)\n>chr2\nACGT\n", to: "\(folder)/genome.fa")
    var states = ""
    var peaks = ""
    var start = 0
    while start < 80_000 {
      let isEnhancer = random.below(8) == 0
      states += "chr1\t\(start)\t\(start + 200)\t\(isEnhancer ? "2_Enh" : "1_Quies")\n"
      if isEnhancer { peaks += "chr1\t\(start)\t\(start + 200)\t.\t0\t.\t1\t-1\t2\t100\n" }
      start += 200
    }
    try WholeFile.write(states, to: "\(folder)/states.bed")
    try WholeFile.write(peaks, to: "\(folder)/peaks.narrowPeak")
    self.peaks = "\(folder)/peaks.narrowPeak"
    var recipe = CorpusRecipe()
    recipe.k = 3
    recipe.cellTypes = ["cell"]
    recipe.validation = ["chr1:50001-60000"]
    recipe.test = ["chr1:60001-80000"]
    recipe.minimumRegion = 400
    try CorpusBuilder(
      recipe, sequence: ["\(folder)/genome.fa"], states: ["\(folder)/states.bed"]
    ).build(at: "\(folder)/corpus")
    corpus = try Corpus(directory: "\(folder)/corpus")
    model = "\(folder)/pretrained"
    let configuration = try BertConfiguration(
      hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 16, vocabularySize: 5 + 64,
      states: corpus.stateNames.count, maximumLength: 64)
    try MaskedLanguageModel(configuration, device: CPU(threads: 1), seed: 3)
      .save(to: model, tokenizer: nil)
  }

  /// Parameters of a short run, with some replaced.
  static func parameters(_ changes: [String: JSON] = [:]) -> [String: JSON] {
    let preset: [String: JSON] = [
      "bin": 50, "stride": 50, "test_stride": 50, "context": 60, "use_states": true,
      "pooling": "mean", "pool": "bin", "strands": "augment", "negatives_per_positive": 2,
      "device": "cpu",
      "steps": 24, "batch_size": 16, "learning_rate": 0.01, "warmup": 0.1, "weight_decay": 0.01,
      "clip_norm": 1.0, "dropout": 0.1, "validations": 3, "patience": 0, "checkpoint_every": 5,
      "seed": 1,
    ]
    return preset.merging(changes) { _, new in new }
  }
}
