import Files
import FlowPlugin

/// `finetune/compare`: puts several evaluations side by side.
struct Compare: Operation {
  struct Parameters: Decodable {
    var names: [String]
    var title: String
  }

  static let name = "compare"
  let parameters: Parameters
  init(_ parameters: Parameters) { self.parameters = parameters }

  func run(_ step: Step) throws {
    let paths = step.inputs("metrics")
    guard parameters.names.count == paths.count else {
      throw StepFailure(
        .invalid,
        "\(parameters.names.count) names for \(paths.count) metrics files; give one name for each, in order"
      )
    }
    let rows = try zip(parameters.names, paths).map { try ComparisonRow(name: $0, path: $1) }
    try WholeFile.write(Comparison.tsv(rows), to: step.output("comparison"))
    step.record("table:comparison", Comparison.table(rows, title: parameters.title))
  }
}

/// One evaluation, as `evaluate` wrote it.
struct ComparisonRow: Equatable, Sendable {
  var name: String
  var bins: Int
  var positives: Int
  var prevalence: Double
  var auPRC: Double
  var interval: ClosedRange<Double>?
  var auROC: Double
  var recallAt10, recallAt50: Double
  /// The bootstrap's areas, and what must be equal for two rows to have the same draws.
  var replicates: [Double]
  var draws: JSON

  /// - Throws: `StepFailure` (invalid) where the file is not one that `evaluate` wrote.
  init(name: String, path: String) throws {
    let json = try JSON.read(path)
    func number(_ key: String) throws(StepFailure) -> Double {
      guard let value = json[key]?.number else {
        throw StepFailure(
          .invalid,
          "\(path): it has no number '\(key)'; is it the metrics.json of finetune/evaluate?")
      }
      return value
    }
    self.name = name
    positives = Int(try number("positives"))
    bins = Int(try number("n")) - Int(try number("ambiguous"))
    prevalence = try number("prevalence")
    auPRC = try number("auPRC")
    auROC = try number("auROC")
    recallAt10 = try number("recall_at_10_fdr")
    recallAt50 = try number("recall_at_50_fdr")
    if let ends = json["auPRC_interval"]?.array?.compactMap(\.number), ends.count == 2,
      ends[0] <= ends[1]
    {
      interval = ends[0]...ends[1]
    }
    var facts = json["bootstrap"]?.object ?? [:]
    replicates = facts.removeValue(forKey: "auPRC")?.array?.map { $0.number ?? .nan } ?? []
    draws = .object(facts)
  }

  /// How much larger this row's area is than another's: the 95 % interval of the difference, taken replicate by
  /// replicate; nil where the two were not drawn alike.
  func gain(over other: ComparisonRow) -> ClosedRange<Double>? {
    guard draws == other.draws, bins == other.bins, positives == other.positives,
      replicates.count == other.replicates.count
    else { return nil }
    return interval95(zip(replicates, other.replicates).map { $0 - $1 })
  }
}

/// Evaluations as a table; the first row is what the others are compared with.
enum Comparison {
  /// The file `comparison.tsv`, all digits.
  static func tsv(_ rows: [ComparisonRow]) -> String {
    var text =
      "name\tbins\tpositives\tbase_rate\tauPRC\tauPRC_low\tauPRC_high\tauROC\trecall_at_10_fdr\t"
      + "recall_at_50_fdr\tauPRC_gain\tauPRC_gain_low\tauPRC_gain_high\n"
    for row in rows {
      let gain = rows.first.flatMap { row == $0 ? nil : row.gain(over: $0) }
      let difference = rows.first.flatMap { row == $0 ? nil : row.auPRC - $0.auPRC }
      let fields: [String] = [
        plain(row.name), "\(row.bins)", "\(row.positives)", "\(row.prevalence)", "\(row.auPRC)",
        optional(row.interval?.lowerBound), optional(row.interval?.upperBound), "\(row.auROC)",
        "\(row.recallAt10)", "\(row.recallAt50)", optional(difference), optional(gain?.lowerBound),
        optional(gain?.upperBound),
      ]
      text += fields.joined(separator: "\t") + "\n"
    }
    return text
  }

  /// The record `table:comparison`.
  static func table(_ rows: [ComparisonRow], title: String) -> JSON {
    let cells: [JSON] = rows.map { row in
      [
        .string(row.name), .integer(row.bins), .integer(row.positives),
        .string(rounded(row.prevalence)), .string(rounded(row.auPRC)),
        .string(row.interval.map(range) ?? ""),
        .string(rows.first.flatMap { row == $0 ? nil : row.gain(over: $0) }.map(range) ?? ""),
        .string(rounded(row.auROC)), .string(rounded(row.recallAt10)),
        .string(rounded(row.recallAt50)),
      ]
    }
    return [
      "title": .string(title),
      "columns": [
        "prediction", "bins", "bound", "base rate", "auPRC", "95 % interval", "gain over the first",
        "auROC", "recall at 10 % FDR", "recall at 50 % FDR",
      ],
      "rows": .array(cells), "show": true,
      "note": .string(
        "auPRC by Davis and Goadrich; guessing gives about the base rate. Intervals by bootstrap over "
          + "stretches of the genome; the gain's is of paired draws."),
    ]
  }

  private static func range(_ range: ClosedRange<Double>) -> String {
    "\(rounded(range.lowerBound)) to \(rounded(range.upperBound))"
  }

  private static func optional(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  /// A name without what would break a table.
  private static func plain(_ name: String) -> String {
    String(name.map { $0 == "\t" || $0.isNewline ? " " : $0 })
  }
}
