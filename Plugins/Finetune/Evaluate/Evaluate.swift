import Files
import FlowPlugin

/// `finetune/evaluate`: scores predictions of TF binding against labels, as the ENCODE-DREAM challenge did.
struct Evaluate: Operation {
  struct Parameters: Decodable {
    var labelColumn: String
    var scoreColumn: String
    var chromosomes: [String]
    var bootstrap: Int
    var bootstrapBlock: Int
    var seed: Int
  }

  static let name = "evaluate"
  let parameters: Parameters
  init(_ parameters: Parameters) { self.parameters = parameters }

  func run(_ step: Step) throws {
    let path = try step.input("predictions")
    let table = PredictionTable(
      labelColumn: parameters.labelColumn, scoreColumn: parameters.scoreColumn,
      chromosomes: Set(parameters.chromosomes), blockSize: parameters.bootstrapBlock)
    var bins = try table.read(path) { rows in
      step.progress(Double(rows), of: 0, "rows")
      try step.checkCancellation()
    }
    let evaluation = try Evaluation(
      &bins, bootstrap: Bootstrap(replicates: parameters.bootstrap, seed: parameters.seed),
      blockSize: parameters.bootstrapBlock, path: path
    ) { done in
      step.progress(Double(done), of: Double(parameters.bootstrap), "replicates")
      try step.checkCancellation()
    }
    try WholeFile.write(evaluation.json.prettyText, to: step.output("metrics"))
    step.record("table:metrics", evaluation.table)
    step.record(
      "chart:precision-recall", Curves.precisionRecall(sorted: bins.bins, bound: bins.bound))
    step.record("chart:roc", Curves.receiverOperating(sorted: bins.bins, bound: bins.bound))
  }
}

/// What `evaluate` finds out about a prediction.
struct Evaluation: Sendable {
  /// All rows, ambiguous ones included.
  let rows: Int
  let bound: Int
  let ambiguous: Int
  let metrics: RankingMetrics
  /// The area under the precision-recall curve of each bootstrap replicate.
  let replicates: [Double]
  let bootstrap: Bootstrap
  /// Bases per bootstrap block; nil where rows were drawn one by one.
  let blockSize: Int?

  /// The share of bound bins among the scored ones: the precision, and nearly the auPRC, of guessing.
  var prevalence: Double { Double(bound) / Double(rows - ambiguous) }

  /// Sorts the bins and computes everything.
  ///
  /// - Throws: `StepFailure` (invalid) where a class is empty, since no ranking metric is defined then.
  init(
    _ bins: inout ScoredBins, bootstrap: Bootstrap, blockSize: Int, path: String,
    check: (Int) throws -> Void = { _ in }
  ) throws {
    guard bins.bound > 0, bins.bound < bins.bins.count else {
      throw StepFailure(
        .invalid,
        "\(path): \(bins.bound) bound and \(bins.bins.count - bins.bound) unbound rows; ranking metrics "
          + "need at least one of each (\(bins.ambiguous) ambiguous rows are not scored)")
    }
    bins.sortByScore()
    rows = bins.rows
    bound = bins.bound
    ambiguous = bins.ambiguous
    metrics = RankingMetrics(sorted: bins.bins)
    self.bootstrap = bootstrap
    self.blockSize = bins.blocksAreGenomic ? blockSize : nil
    replicates = try bootstrap.areas(sorted: bins.bins, blocks: bins.blocks, check: check)
  }

  /// The file `metrics.json`.
  var json: JSON {
    var object: [String: JSON] = [
      "n": .integer(rows), "positives": .integer(bound), "ambiguous": .integer(ambiguous),
      "prevalence": .number(prevalence), "auROC": .number(metrics.auROC),
      "auPRC": .number(metrics.auPRC), "F1": .number(metrics.f1),
    ]
    for (rate, recall) in zip(["50", "25", "10", "05"], metrics.recallAtFDR) {
      object["recall_at_\(rate)_fdr"] = .number(recall)
    }
    if !replicates.isEmpty {
      var facts: [String: JSON] = [
        "seed": .integer(bootstrap.seed), "auPRC": .array(replicates.map { .number($0) }),
        "unit": blockSize == nil ? "row" : "block",
      ]
      if let blockSize { facts["block_bases"] = .integer(blockSize) }
      object["bootstrap"] = .object(facts)
      if let interval = interval95(replicates) {
        object["auPRC_interval"] = [.number(interval.lowerBound), .number(interval.upperBound)]
      }
    }
    return .object(object)
  }

  /// The record `table:metrics`.
  var table: JSON {
    var rows: [JSON] = [
      ["scored bins", .integer(self.rows - ambiguous)], ["bound", .integer(bound)],
      ["ambiguous, dropped", .integer(ambiguous)], ["base rate", .number(prevalence)],
      ["auPRC", .number(metrics.auPRC)],
    ]
    if let interval = interval95(replicates) {
      rows.append([
        "auPRC, 95 % interval",
        .string("\(rounded(interval.lowerBound)) to \(rounded(interval.upperBound))"),
      ])
    }
    rows.append(["auROC", .number(metrics.auROC)])
    for (rate, recall) in zip(["50", "25", "10", "5"], metrics.recallAtFDR) {
      rows.append([.string("recall at \(rate) % FDR"), .number(recall)])
    }
    rows.append(["F1 at 0.5", .number(metrics.f1)])
    return [
      "title": "Metrics of the ENCODE-DREAM challenge", "columns": ["metric", "value"],
      "rows": .array(rows),
      "note": "auPRC by Davis and Goadrich; guessing gives about the base rate.",
    ]
  }
}

/// A number with four decimals, for people.
func rounded(_ value: Double) -> String {
  let scaled = Int((abs(value) * 10_000).rounded())
  let digits = String(scaled % 10_000)
  let sign = value < 0 && scaled > 0 ? "-" : ""
  return "\(sign)\(scaled / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
}
