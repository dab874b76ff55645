/// The metrics by which the ENCODE-DREAM in vivo TF binding challenge scored, as its `score.py` computes them:
/// https://github.com/kundajelab/tf_binding_challenge/blob/master/score.py
///
/// All fractions lie in 0...1.
struct RankingMetrics: Equatable, Sendable {
  /// Area under the ROC curve; ties count half (scikit-learn's `roc_auc_score`).
  var auROC = 0.0
  /// Area under the precision-recall curve, interpolated as by Davis and Goadrich.
  var auPRC = 0.0
  /// The highest recall at which the false discovery rate is at most 50, 25, 10, 5 %; 0 where none is.
  var recallAtFDR: [Double] = []
  /// F1 of the rounded scores: a score above 0.5 says bound (numpy rounds 0.5 to 0).
  var f1 = 0.0

  /// The rates of `recallAtFDR`.
  static let falseDiscoveryRates = [0.5, 0.25, 0.1, 0.05]

  /// - Parameter bins: sorted by score, highest first; at least one bound and one unbound bin.
  init(sorted bins: [ScoredBin]) {
    let bound = bins.reduce(0) { $0 + ($1.isBound ? 1 : 0) }
    let unbound = bins.count - bound
    var area = DavisGoadrichArea()
    var concordant = 0.0
    var best = [Double](repeating: 0, count: Self.falseDiscoveryRates.count)
    var calledBound = (true: 0, false: 0)
    forEachThreshold(bins) { truePositives, falsePositives, newTrue, newFalse, score in
      area.add(truePositives: newTrue, falsePositives: newFalse)
      concordant += Double(newTrue) * (Double(unbound - falsePositives) + Double(newFalse) / 2)
      if score > 0.5 { calledBound = (truePositives, falsePositives) }
      let precision = Double(truePositives) / Double(truePositives + falsePositives)
      for (index, rate) in Self.falseDiscoveryRates.enumerated() where 1 - precision <= rate {
        best[index] = Double(truePositives) / Double(bound)
      }
    }
    auROC = concordant / (Double(bound) * Double(unbound))
    auPRC = area.area
    recallAtFDR = best
    let called = calledBound.true + calledBound.false
    f1 = Double(2 * calledBound.true) / Double(called + bound)
  }
}

/// Calls `body` once per distinct score, highest first, with the counts at that threshold (all scores at
/// least as high) and what the score itself adds to them.
func forEachThreshold(
  _ bins: [ScoredBin],
  _ body: (
    _ truePositives: Int, _ falsePositives: Int, _ newTrue: Int, _ newFalse: Int, _ score: Double
  ) -> Void
) {
  bins.withUnsafeBufferPointer { bins in
    var truePositives = 0
    var falsePositives = 0
    var index = 0
    while index < bins.count {
      let score = bins[index].score
      var newTrue = 0
      var newFalse = 0
      while index < bins.count && bins[index].score == score {
        if bins[index].isBound { newTrue += 1 } else { newFalse += 1 }
        index += 1
      }
      truePositives += newTrue
      falsePositives += newFalse
      body(truePositives, falsePositives, newTrue, newFalse, score)
    }
  }
}

/// The area under a precision-recall curve by the interpolation of Davis and Goadrich
/// (https://doi.org/10.1145/1143844.1143874), as `auc.davis.goadrich` of the R package PRROC gives it.
///
/// Between two thresholds that add t true and f false positives, each true positive in between brings
/// f / t false ones; precision is joined by straight lines at whole true positives. From the origin to the
/// first threshold with a true positive, precision is constant where nothing scores above it.
struct DavisGoadrichArea: Sendable {
  private var truePositives = 0
  private var falsePositives = 0
  private var sum = 0.0

  /// One threshold: what it adds to the counts.
  mutating func add(truePositives newTrue: Int, falsePositives newFalse: Int) {
    if newTrue > 0 {
      let perTrue = Double(newFalse) / Double(newTrue)
      let skewed = Double(falsePositives)
      // At no true positive the precision is 0 / false positives, or the limit 1 / (1 + f / t) at none of both.
      var before =
        truePositives + falsePositives == 0
        ? 1 / (1 + perTrue) : Double(truePositives) / Double(truePositives + falsePositives)
      for step in 1...newTrue {
        let hits = Double(truePositives + step)
        let precision = hits / (hits + skewed + perTrue * Double(step))
        sum += (before + precision) / 2
        before = precision
      }
      truePositives += newTrue
    }
    falsePositives += newFalse
  }

  /// The area so far over the true positives so far: the area under the whole curve once every threshold
  /// is added; 0 without a true positive.
  var area: Double { truePositives == 0 ? 0 : sum / Double(truePositives) }
}
