import Files
import Genome

extension InputSurvey {
  /// The survey for programs: `errors`, `warnings`, `findings`, and what the inputs hold.
  var json: JSON {
    let forecast = CorpusForecast(self)
    let kinds = findings.flatMap(\.groups)
    return [
      "errors": .integer(count(.error)), "warnings": .integer(count(.warning)),
      "findings": .array(kinds.map(json)),
      "assembly": assembly.map { .string($0.name) } ?? .null,
      "sequence": .array(
        sequence.records.map {
          [
            "name": .string($0.name), "length": .integer($0.length),
            "unknown": .integer($0.unknown.totalLength), "file": .string($0.path),
          ]
        }),
      "cell_types": .array(cellTypes.map(json)),
      "peaks": .array(
        peaks.map {
          [
            "file": .string($0.path), "rows": .integer($0.peaks),
            "on_sequence": .integer($0.peaksHere), "on_unknown": .integer($0.peaksUnknown),
          ]
        }),
      "lines_read": .integer(segmentations.reduce(0) { $0 + $1.lines }),
      "corpus_bytes": [
        "sequence": .integer(forecast.sequence), "states": .integer(forecast.states),
      ],
    ]
  }

  private func json(_ group: Findings.Group) -> JSON {
    [
      "severity": .string(group.severity.rawValue), "topic": .string(group.topic),
      "count": .integer(group.count),
      "shown": .array(
        group.shown.map { finding in
          [
            "file": finding.path.map(JSON.string) ?? .null,
            "line": finding.line.map(JSON.integer) ?? .null, "text": .string(finding.text),
          ]
        }),
    ]
  }

  private func json(_ cellType: CellType) -> JSON {
    [
      "name": .string(cellType.name), "files": .array(cellType.paths.map(JSON.string)),
      "formats": .array(cellType.formats.map(JSON.string)),
      "segments": .integer(cellType.segments), "bases": .integer(cellType.bases),
      "states": .array(
        cellType.content.states.map {
          [
            "name": .string($0.name), "bases": .integer($0.bases), "known": .integer($0.known),
            "cpg_in_200": .number(($0.cpg * 1000).rounded() / 1000),
          ]
        }),
    ]
  }
}
