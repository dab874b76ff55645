import Corpus
import Files
import FlowPlugin
import Genome

/// A corpus' summary as facts, tables and warnings of the step.
struct SummaryRecord {
  private let summary: CorpusSummary

  init(_ summary: CorpusSummary) { self.summary = summary }

  func record(_ step: Step) {
    step.record("table:corpus", bases)
    if !summary.cellTypes.isEmpty { step.record("table:states", states) }
    step.record("training_bases", .integer(summary.chromosomes.reduce(0) { $0 + $1.training }))
    step.record("validation_bases", .integer(summary.chromosomes.reduce(0) { $0 + $1.validation }))
    step.record("test_bases", .integer(summary.chromosomes.reduce(0) { $0 + $1.test }))
    step.record("cell_types", .integer(max(1, summary.cellTypes.count)))
    for warning in warnings { step.warn(warning) }
  }

  /// Where each base of the sequence went.
  private var bases: JSON {
    let sets: [(String, KeyPath<CorpusSummary.Chromosome, Int>)] = [
      ("training", \.training), ("validation", \.validation), ("test", \.test),
      ("unknown (N)", \.unknown), ("in short stretches", \.short),
      ("without states", \.withoutStates), ("all", \.length),
    ]
    let total = summary.chromosomes.reduce(0) { $0 + $1.length }
    let rows = sets.map { name, count -> JSON in
      let bases = summary.chromosomes.reduce(0) { $0 + $1[keyPath: count] }
      return [.string(name), .integer(bases), .number(percent(bases, of: total))]
    }
    return [
      "title": "Bases of the corpus", "columns": ["part", "bases", "%"], "rows": .array(rows),
      "note": .string(
        "\(summary.trainingRegions) training, \(summary.validationRegions) validation and "
          + "\(summary.testRegions) test regions; \(summary.skippedSequences) sequence(s) of the input not "
          + "used"),
    ]
  }

  /// By cell type, the share of bases in each state.
  private var states: JSON {
    let names = summary.stateNames
    let rows = summary.cellTypes.map { cell -> JSON in
      let total = cell.bases.reduce(0, +)
      return .array([.string(cell.name)] + cell.bases.map { .number(percent($0, of: total)) })
    }
    return [
      "title": "Bases by chromatin state, %",
      "columns": .array([.string("cell type")] + names.map(JSON.string)), "rows": .array(rows),
    ]
  }

  private var warnings: [String] {
    summary.cellTypes.flatMap { cell -> [String] in
      var warnings: [String] = []
      if !cell.chromosomesWithout.isEmpty {
        let names = cell.chromosomesWithout.prefix(5).joined(separator: ", ")
        warnings.append(
          "\(cell.name) has no states on \(cell.chromosomesWithout.count) chromosome(s): \(names)")
      }
      if cell.segmentsElsewhere > 0 {
        warnings.append(
          "\(cell.name): \(cell.segmentsElsewhere) segments lie on chromosomes that the corpus does not "
            + "hold and were left out")
      }
      return warnings
    }
  }

  /// Per cent with two digits.
  private func percent(_ part: Int, of whole: Int) -> Double {
    whole == 0 ? 0 : (Double(part) / Double(whole) * 10_000).rounded() / 100
  }
}
