import Genome

/// One labelled bin of a prediction: what the metrics need of a row, 16 bytes.
struct ScoredBin: Equatable, Sendable {
  /// Higher means more likely bound; finite.
  var score: Double
  /// The block of neighbouring bins that the bootstrap draws together.
  var block: Int32
  /// Whether the bin is bound (label B); ambiguous bins are never held.
  var isBound: Bool
}

/// The scored bins of a prediction, ambiguous ones dropped but counted.
struct ScoredBins: Sendable {
  /// Bound and unbound bins, in the file's order until `sortByScore()`.
  var bins: [ScoredBin] = []
  /// Bins with label B.
  var bound = 0
  /// Bins with label A: counted, not scored.
  var ambiguous = 0
  /// Blocks for the bootstrap: genomic where the file has coordinates, else one per row.
  var blocks = 0
  /// Whether `blocks` are stretches of the genome.
  var blocksAreGenomic = false

  /// All rows read, ambiguous ones included.
  var rows: Int { bins.count + ambiguous }

  mutating func append(score: Double, label: BindingLabel, block: Int32) {
    switch label {
    case .ambiguous: ambiguous += 1
    case .bound:
      bound += 1
      bins.append(ScoredBin(score: score, block: block, isBound: true))
    case .unbound: bins.append(ScoredBin(score: score, block: block, isBound: false))
    }
  }

  /// Highest score first. The order within ties does not matter: metrics read whole groups of equal scores.
  mutating func sortByScore() { bins.sort { $0.score > $1.score } }
}

extension BindingLabel {
  /// Reads `B`, `U`, `A` or `1`, `0`, `-1`, the letters and numbers of the challenge:
  /// https://github.com/kundajelab/tf_binding_challenge
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    switch (text.count, text.first, text.last) {
    case (1, UInt8(ascii: "B"), _), (1, UInt8(ascii: "1"), _): self = .bound
    case (1, UInt8(ascii: "U"), _), (1, UInt8(ascii: "0"), _): self = .unbound
    case (1, UInt8(ascii: "A"), _), (2, UInt8(ascii: "-"), UInt8(ascii: "1")): self = .ambiguous
    default: return nil
    }
  }

  /// `B`, `U` or `A`.
  var letter: String {
    switch self {
    case .bound: "B"
    case .unbound: "U"
    case .ambiguous: "A"
    }
  }
}
