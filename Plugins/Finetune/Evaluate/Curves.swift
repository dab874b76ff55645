import Files

/// Curves for people: few points, evenly spread along the x axis.
enum Curves {
  /// The precision-recall chart: at most `points` + 1 points, and a line at the base rate, which is the
  /// precision of guessing.
  static func precisionRecall(sorted bins: [ScoredBin], bound: Int, points: Int = 200) -> JSON {
    var series: [JSON] = []
    var next = 0
    forEachThreshold(bins) { truePositives, falsePositives, newTrue, _, _ in
      guard newTrue > 0, truePositives * points >= next * bound else { return }
      series.append([
        .number(Double(truePositives) / Double(bound)),
        .number(Double(truePositives) / Double(truePositives + falsePositives)),
      ])
      next = truePositives * points / bound + 1
    }
    return [
      "title": "Precision and recall", "x": "recall", "y": "precision",
      "series": [["name": "prediction", "points": .array(series)]],
      "lines": [
        ["name": "base rate", "y": .number(Double(bound) / Double(bins.count))]
      ],
    ]
  }

  /// The ROC chart: at most about `points` points and the corners.
  static func receiverOperating(sorted bins: [ScoredBin], bound: Int, points: Int = 200) -> JSON {
    let unbound = bins.count - bound
    var series: [JSON] = [[0, 0]]
    var next = 1
    forEachThreshold(bins) { truePositives, falsePositives, _, _, _ in
      guard falsePositives * points >= next * unbound else { return }
      series.append([
        .number(Double(falsePositives) / Double(unbound)),
        .number(Double(truePositives) / Double(bound)),
      ])
      next = falsePositives * points / unbound + 1
    }
    return [
      "title": "ROC", "x": "false positive rate", "y": "recall",
      "series": [["name": "prediction", "points": .array(series)]],
    ]
  }
}
