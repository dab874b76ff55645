import Genome
import Glibc
import Transformer

/// Scores bins with a fine-tuned model.
struct BindingPredictor {
  let model: SequenceClassifier
  let reader: WindowReader
  /// Whether a bin's log odds are the mean over both strands.
  let averagesStrands: Bool
  /// Added to the log odds: what turns those of the training mix into those at the natural base rate.
  let priorShift: Double
  let batch: Int

  /// Log odds that a bin is bound, at the natural base rate.
  func logOdds(_ bins: [BindingBins.Bin]) throws -> [Double] {
    let forward = try logits(bins, reversed: false)
    guard averagesStrands else { return forward.map { Double($0) + priorShift } }
    let backward = try logits(bins, reversed: true)
    return zip(forward, backward).map { (Double($0) + Double($1)) / 2 + priorShift }
  }

  private func logits(_ bins: [BindingBins.Bin], reversed: Bool) throws -> [Float] {
    let windows = reader.read(bins, reversed: [Bool](repeating: reversed, count: bins.count))
    return try model.predict(windows.batch, spans: windows.spans)
  }

  /// Scores all bins of a set in their order, a batch at a time.
  ///
  /// - Parameters:
  ///   - labels: bins with a label in `skipping` are not scored.
  ///   - body: called with each bin, its label and its probability of being bound.
  ///   - progress: called after each batch with the number of bins passed; may throw to stop.
  func score(
    _ bins: BindingBins, labels: PeakLabels, skipping: Set<BindingLabel> = [],
    body: (BindingBins.Bin, BindingLabel, Double) throws -> Void,
    progress: (Int) throws -> Void
  ) throws {
    var pending: [BindingBins.Bin] = []
    var pendingLabels: [BindingLabel] = []
    func flush(_ passed: Int) throws {
      if !pending.isEmpty {
        for (index, odds) in try logOdds(pending).enumerated() {
          try body(pending[index], pendingLabels[index], 1 / (1 + exp(-odds)))
        }
      }
      pending.removeAll(keepingCapacity: true)
      pendingLabels.removeAll(keepingCapacity: true)
      try progress(passed)
    }
    for index in 0..<bins.count {
      let bin = bins[index]
      let label = labels.label(bin)
      guard !skipping.contains(label) else { continue }
      pending.append(bin)
      pendingLabels.append(label)
      if pending.count == batch { try flush(index + 1) }
    }
    try flush(bins.count)
  }
}
