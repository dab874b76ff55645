import Corpus
import CounterRandom
import Files
import FlowPlugin
import Genome

/// Masked sequences of a corpus as HDF5 files, in the layout that Model Zoo's `MLMHDF5Dataset` reads by sample:
/// `data` int32 [N, 3, S] with tokens, attention mask and states; `labels` int32 [N, 3, P] with the tokens
/// that stood at the scored positions, the positions, and their weights: 1, and 0 for places not used, since
/// the number of spans varies by one.
struct SequenceFiles {
  let corpus: Corpus
  /// Tokens of a sequence, S.
  let length: Int
  let masking: Masking
  let seed: Int
  /// 0 for training, 1 for validation: each draws its own sequences.
  let stream: Int

  /// Places for scored positions in a sequence, P.
  private var scored: Int { masking.capacity(among: length - 2) }

  /// Writes `count` sequences to `directory` in files of `perFile`, and `data_params.json`.
  ///
  /// - Parameters:
  ///   - regions: where windows are drawn from.
  ///   - progress: called with the number of sequences written; may throw to stop.
  /// - Throws: `StepFailure` where no region holds a window, or a file cannot be written.
  func write(
    _ count: Int, from regions: [Region], perFile: Int, to directory: String,
    progress: (Int) throws -> Void
  ) throws {
    let bases = corpus.bases(forTokens: length)
    let sampler = WindowSampler(
      regions: regions, cellTypes: corpus.cellTypes.count, bases: bases)
    guard sampler.count > 0 else {
      throw StepFailure(
        .invalid,
        "no region of the corpus holds a window of \(bases) bases (\(length) tokens); lower length")
    }
    try Path.createDirectory(directory)
    var written = 0
    while written < count {
      let rows = min(perFile, count - written)
      var data: [Int32] = []
      var labels: [Int32] = []
      data.reserveCapacity(rows * 3 * length)
      labels.reserveCapacity(rows * 3 * scored)
      for row in 0..<rows {
        let sequence = sequence(written + row, sampler, bases: bases)
        data += sequence.tokens
        data += repeatElement(1, count: length)
        data += sequence.states
        let unused = repeatElement(Int32(0), count: scored - sequence.positions.count)
        labels += sequence.labels + unused
        labels += sequence.positions + unused
        labels += sequence.positions.map { _ in 1 } + unused
        if row & 0xFF == 0 { try progress(written + row) }
      }
      let digits = String(written / perFile)
      let name = String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".h5"
      let file = try HDF5Writer("\(directory)/\(name)")
      try file.write(data, shape: [rows, 3, length], name: "data")
      try file.write(labels, shape: [rows, 3, scored], name: "labels")
      try file.finish()
      written += rows
    }
    try progress(written)
    let facts: JSON = [
      "dataset": [
        "training_objective": "mlm", "mlm_with_gather": true, "num_sequences": .integer(count),
      ],
      "processing": [
        "max_seq_length": .integer(length), "masked_per_sequence": .integer(scored),
        "mask_span": .integer(masking.span), "seed": .integer(seed),
        "vocab_size": .integer(corpus.vocabulary.count),
        "states": .array(corpus.stateNames.map { .string($0) }),
      ],
    ]
    try WholeFile.write(facts.prettyText, to: "\(directory)/data_params.json")
  }

  private struct Sequence {
    var tokens: [Int32]
    var states: [Int32]
    var positions: [Int32]
    var labels: [Int32]
  }

  /// Sequence number `index`, a function of (seed, stream, index) and the corpus alone.
  private func sequence(_ index: Int, _ sampler: WindowSampler, bases: Int) -> Sequence {
    var random = RandomSequence(
      UInt64(bitPattern: Int64(seed)), UInt64(bitPattern: Int64(stream)),
      UInt64(bitPattern: Int64(index)))
    let window = sampler.draw(&random)
    var tokens = [Int32](repeating: 0, count: length)
    var states = tokens
    tokens.withUnsafeMutableBufferPointer { tokens in
      states.withUnsafeMutableBufferPointer { states in
        corpus.fill(
          chromosome: window.chromosome, start: window.start, bases: bases,
          cellType: window.cellType, tokens: tokens, states: states)
      }
    }
    let hidden = tokens.withUnsafeMutableBufferPointer { masking.apply(to: $0, random: &random) }
    return Sequence(
      tokens: tokens, states: states, positions: hidden.positions, labels: hidden.labels)
  }
}
