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
    for (number, track) in summary.tracks.enumerated() {
      step.record(number == 0 ? "table:states" : "table:states_\(track.name)", states(track))
    }
    step.record("training_bases", .integer(summary.chromosomes.reduce(0) { $0 + $1.training }))
    step.record("validation_bases", .integer(summary.chromosomes.reduce(0) { $0 + $1.validation }))
    step.record("test_bases", .integer(summary.chromosomes.reduce(0) { $0 + $1.test }))
    step.record("cell_types", .integer(max(1, cellTypes)))
    for warning in warnings { step.warn(warning) }
  }

  /// Those of the track that has most.
  private var cellTypes: Int { summary.tracks.map(\.cellTypes.count).max() ?? 0 }

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
  private func states(_ track: CorpusSummary.Track) -> JSON {
    let names = track.stateNames
    let rows = track.cellTypes.map { cell -> JSON in
      let total = cell.bases.reduce(0, +)
      return .array([.string(cell.name)] + cell.bases.map { .number(percent($0, of: total)) })
    }
    return [
      "title": .string(
        "Bases by chromatin state, %" + (summary.tracks.count > 1 ? ": \(track.name)" : "")),
      "columns": .array([.string("cell type")] + names.map(JSON.string)), "rows": .array(rows),
    ]
  }

  private var warnings: [String] {
    summary.tracks.flatMap(\.cellTypes).flatMap { cell -> [String] in
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
