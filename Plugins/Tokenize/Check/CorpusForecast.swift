import Files
import Genome

/// How large a corpus of these inputs will be on disk.
struct CorpusForecast {
  /// Two bits a base.
  let sequence: Int
  /// One byte a bin and cell type.
  let states: Int

  /// In bytes, regions, vocabulary and manifest not counted: some hundred kilobytes.
  var total: Int { sequence + states }

  init(_ survey: InputSurvey) {
    sequence = survey.sequence.records.reduce(8) { $0 + ($1.length + 3) / 4 }
    let bins = survey.sequence.records.reduce(0) {
      $0 + ($1.length + survey.plan.binSize - 1) / survey.plan.binSize
    }
    states = bins * survey.cellTypes.count
  }
}
