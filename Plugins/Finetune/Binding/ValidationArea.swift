import Genome

/// The area under the precision-recall curve on a set of bins, ambiguous ones left out.
enum ValidationArea {
  /// - Precondition: the set holds a bound bin.
  static func compute(
    _ predictor: BindingPredictor, _ bins: BindingBins, _ labels: PeakLabels,
    progress: (Int) throws -> Void
  ) throws -> Double {
    var scored: [ScoredBin] = []
    try predictor.score(bins, labels: labels, skipping: [.ambiguous]) { _, label, score in
      scored.append(ScoredBin(score: score, block: 0, isBound: label == .bound))
    } progress: {
      try progress($0)
    }
    scored.sort { $0.score > $1.score }
    var area = DavisGoadrichArea()
    forEachThreshold(scored) { _, _, newTrue, newFalse, _ in
      area.add(truePositives: newTrue, falsePositives: newFalse)
    }
    return area.area
  }
}
