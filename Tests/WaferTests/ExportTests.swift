import CHDF5
import Corpus
import Files
import FlowPlugin
import FlowTesting
import Testing

@testable import Wafer

@Suite("wafer/export", .serialized)
struct ExportTests {
  /// 20 kb of sequence with a run of N, two cell types in 200-bp bins, 4 kb held out.
  private func corpus(in folder: TemporaryDirectory, overlapping: Bool = true) throws -> Corpus {
    var state: UInt64 = 1
    var sequence = ""
    for position in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      sequence += position / 100 == 50 ? "N" : String(Array("ACGT")[Int(state >> 62)])
    }
    try WholeFile.write(">chr1\n\(sequence)\n", to: "\(folder.path)/genome.fa")
    for (name, names) in [("a", ["1_TssA", "2_Tx", "3_Enh"]), ("b", ["3_Enh", "1_TssA", "2_Tx"])] {
      var rows = ""
      for bin in 0..<100 {
        rows += "chr1\t\(bin * 200)\t\(bin * 200 + 200)\t\(names[bin % 3])\n"
      }
      try WholeFile.write(rows, to: "\(folder.path)/\(name).bed")
    }
    var recipe = CorpusRecipe()
    recipe.k = 4
    recipe.isOverlapping = overlapping
    recipe.cellTypes = ["a", "b"]
    recipe.validation = ["chr1:16000-20000"]
    recipe.minimumRegion = 100
    try CorpusBuilder(
      recipe, sequence: ["\(folder.path)/genome.fa"],
      states: ["\(folder.path)/a.bed", "\(folder.path)/b.bed"]
    ).build(at: "\(folder.path)/corpus")
    return try Corpus(directory: "\(folder.path)/corpus")
  }

  private func export(sequences: Int = 20, validation: Int = 5, length: Int = 50) -> Export {
    Export(
      Export.Parameters(
        layers: 2, hiddenSize: 16, heads: 2, intermediateSize: 32, length: length,
        sequences: sequences, validationSequences: validation, sequencesPerFile: 8, maskRate: 0.15,
        maskSpan: 0, dropout: 0.1, steps: 10, warmupSteps: 2, batchSize: 4, learningRate: 1e-3,
        weightDecay: 0.01, checkpointSteps: 5, seed: 7))
  }

  /// A dataset's shape and values.
  private func read(_ path: String, _ name: String) throws -> (shape: [Int], values: [Int32]) {
    let file = H5Fopen(path, flow_h5_read_only(), flow_h5_default())
    try #require(file >= 0)
    defer { H5Fclose(file) }
    let dataset = H5Dopen2(file, name, flow_h5_default())
    try #require(dataset >= 0)
    defer { H5Dclose(dataset) }
    let space = H5Dget_space(dataset)
    defer { H5Sclose(space) }
    var dimensions = [hsize_t](repeating: 0, count: Int(H5Sget_simple_extent_ndims(space)))
    H5Sget_simple_extent_dims(space, &dimensions, nil)
    let shape = dimensions.map { Int($0) }
    var values = [Int32](repeating: -1, count: shape.reduce(1, *))
    try #require(
      H5Dread(
        dataset, flow_h5_native_int32(), flow_h5_all(), flow_h5_all(), flow_h5_default(), &values)
        >= 0)
    return (shape, values)
  }

  @Test("what is read back, with its labels put in place, is a window of the corpus")
  func readsBack() throws {
    let folder = try TemporaryDirectory()
    let corpus = try corpus(in: folder)
    let job = "\(folder.path)/job"
    try export().write(corpus, model: nil, to: job)
    #expect(
      try Path.list("\(job)/data/train") == [
        "00000.h5", "00001.h5", "00002.h5", "data_params.json",
      ])
    var sequences = 0
    for name in ["00000.h5", "00001.h5", "00002.h5"] {
      let data = try read("\(job)/data/train/\(name)", "data")
      let labels = try read("\(job)/data/train/\(name)", "labels")
      let rows = data.shape[0]
      sequences += rows
      #expect(data.shape == [rows, 3, 50])
      #expect(labels.shape == [rows, 3, 8])  // 15 % of 48 tokens are 1.8 spans of 4
      for row in 0..<rows {
        func part(_ table: [Int32], _ width: Int, _ index: Int) -> [Int32] {
          Array(table[(row * 3 + index) * width..<(row * 3 + index + 1) * width])
        }
        var tokens = part(data.values, 50, 0)
        let states = part(data.values, 50, 2)
        #expect(part(data.values, 50, 1) == [Int32](repeating: 1, count: 50))
        let used = Int(part(labels.values, 8, 2).reduce(0, +))
        #expect(used == 4 || used == 8)
        #expect(part(labels.values, 8, 2).prefix(used).allSatisfy { $0 == 1 })
        let positions = part(labels.values, 8, 1).prefix(used)
        #expect(positions == positions.sorted()[...] && Set(positions).count == used)
        for (position, label) in zip(positions, part(labels.values, 8, 0)) {
          tokens[Int(position)] = label
        }
        #expect(isWindow(tokens, states, of: corpus))
      }
    }
    #expect(sequences == 20)
  }

  /// Whether a training region of the corpus holds these tokens with these states in some cell type.
  private func isWindow(_ tokens: [Int32], _ states: [Int32], of corpus: Corpus) -> Bool {
    let bases = corpus.bases(forTokens: tokens.count)
    var found = tokens
    var foundStates = states
    for region in corpus.training {
      for start in region.start...(region.end - bases) {
        for cellType in corpus.cellTypes.indices {
          found.withUnsafeMutableBufferPointer { tokens in
            foundStates.withUnsafeMutableBufferPointer { states in
              corpus.fill(
                chromosome: region.chromosome, start: start, bases: bases, cellType: cellType,
                tokens: tokens, states: states)
            }
          }
          if found == tokens && foundStates == states { return true }
        }
      }
    }
    return false
  }

  @Test("the same seed gives the same bytes")
  func deterministic() throws {
    let folder = try TemporaryDirectory()
    let corpus = try corpus(in: folder)
    for job in ["one", "two"] {
      try export().write(corpus, model: nil, to: "\(folder.path)/\(job)")
    }
    for name in ["data/train/00001.h5", "data/validation/00000.h5", "params.yaml"] {
      let one = try StreamingHash.of(file: "\(folder.path)/one/\(name)")
      #expect(try StreamingHash.of(file: "\(folder.path)/two/\(name)") == one)
    }
  }

  @Test("a corpus whose regions are too short for a window is refused")
  func tooShort() throws {
    let folder = try TemporaryDirectory()
    let corpus = try corpus(in: folder)
    #expect(throws: StepFailure.self) {
      try export(length: 12_000).write(corpus, model: nil, to: "\(folder.path)/job")
    }
  }

  @Test("a model of another vocabulary is refused")
  func otherVocabulary() throws {
    let folder = try TemporaryDirectory()
    let corpus = try corpus(in: folder)
    try WholeFile.write(
      """
      {"num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32,
       "vocab_size": 4101, "type_vocab_size": 4, "max_position_embeddings": 64}
      """, to: "\(folder.path)/config.json")
    let model = try ModelConfiguration(directory: folder.path)
    #expect(throws: StepFailure.self) {
      try export().write(corpus, model: model, to: "\(folder.path)/job")
    }
  }
}

@Suite("parameters as YAML")
struct YAMLTests {
  @Test("strings are quoted, whatever they hold; small numbers have a point")
  func scalars() {
    let text = YAML.text([
      "name": "a: b # \"c\"\n- d", "small": 1e-12, "rate": 0.0004, "steps": 3, "on": true,
      "empty": [], "list": [1, ["deep": [2.5]]],
    ])
    #expect(
      text == """
        "empty": []
        "list":
          - 1
          -
            "deep":
              - 2.5
        "name": "a: b # \\"c\\"\\n- d"
        "on": true
        "rate": 0.0004
        "small": 1.0e-12
        "steps": 3

        """)
  }
}
