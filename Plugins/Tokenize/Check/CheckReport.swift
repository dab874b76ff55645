import Files
import Genome

/// A survey as text for people: problems first, then what the inputs hold.
struct CheckReport {
  private let survey: InputSurvey
  private let forecast: CorpusForecast

  init(_ survey: InputSurvey) {
    self.survey = survey
    forecast = CorpusForecast(survey)
  }

  /// `2 errors, 1 warning`.
  var verdict: String {
    func counted(_ count: Int, _ word: String) -> String {
      "\(grouped(count)) \(word)\(count == 1 ? "" : "s")"
    }
    let (errors, warnings) = (survey.count(.error), survey.count(.warning))
    if errors == 0 && warnings == 0 { return "no problems" }
    return "\(counted(errors, "error")), \(counted(warnings, "warning"))"
  }

  var text: String {
    var text = "\(verdict)\n"
    for severity in [Finding.Severity.error, .warning] {
      for findings in survey.findings {
        for group in findings.groups where group.severity == severity {
          text += "\n"
          for finding in group.shown {
            text += "\(severity.rawValue): \(place(of: finding))\(finding.text)\n"
          }
          let more = group.count - group.shown.count
          if more > 0 { text += "  and \(grouped(more)) more of this kind\n" }
        }
      }
    }
    text += "\n" + sequence
    if !survey.cellTypes.isEmpty { text += "\n" + cellTypes }
    if !survey.peaks.isEmpty { text += "\n" + peaks }
    if survey.filesCompared > 0 {
      text += "\n\(survey.filesCompared) file(s) compared with their MD5 sums\n"
    }
    text += "\n" + size
    return text
  }

  private func place(of finding: Finding) -> String {
    guard let path = finding.path else { return "" }
    return finding.line.map { "\(path):\($0): " } ?? "\(path): "
  }

  private var sequence: String {
    var rows = [["sequence", "records", "bases", "unknown %"]]
    for file in survey.sequence.files {
      rows.append([
        Path.name(file.path), grouped(file.sequences), grouped(file.bases),
        percent(file.unknown, of: file.bases),
      ])
    }
    let assembly = survey.assembly.map { "assembly, told by the lengths: \($0.rawValue)\n" } ?? ""
    return TextTable(rows).text + assembly
  }

  private var cellTypes: String {
    let bases = survey.sequence.records.reduce(0) { $0 + $1.length }
    var rows = [
      [
        "cell type", "format", "segments", "states", "bases %", "CpG in 200 bases: promoter",
        "quiescent",
      ]
    ]
    for cellType in survey.cellTypes {
      let extremes = cellType.content.extremes
      rows.append([
        cellType.name, cellType.formats.joined(separator: ", "), grouped(cellType.segments),
        "\(cellType.content.states.count)", percent(cellType.bases, of: bases),
        extremes.map { "\(tenths($0.promoter.cpg)) (\($0.promoter.name))" } ?? "-",
        extremes.map { "\(tenths($0.quiescent.cpg)) (\($0.quiescent.name))" } ?? "-",
      ])
    }
    let lines = survey.segmentations.reduce(0) { $0 + $1.lines }
    let elsewhere = survey.segmentations.reduce(0) { $0 + $1.segmentsElsewhere }
    return TextTable(rows).text
      + "\(grouped(lines)) lines read, all of them; \(grouped(elsewhere)) segments lie on chromosomes "
      + "that the sequence does not have\n"
  }

  private var peaks: String {
    var rows = [["peaks", "rows", "on the sequence", "on N alone"]]
    for file in survey.peaks {
      rows.append([
        Path.name(file.path), grouped(file.peaks), grouped(file.peaksHere),
        grouped(file.peaksUnknown),
      ])
    }
    return TextTable(rows).text
  }

  private var size: String {
    "the corpus will take \(megabytes(forecast.total)): sequence \(megabytes(forecast.sequence)), "
      + "states \(megabytes(forecast.states))\n"
  }

  private func megabytes(_ bytes: Int) -> String { "\(tenths(Double(bytes) / 1e6)) MB" }
}

/// A number with commas between groups of three digits.
func grouped(_ number: Int) -> String {
  var digits = Array(String(number))
  var place = digits.count - 3
  while place > (number < 0 ? 1 : 0) {
    digits.insert(",", at: place)
    place -= 3
  }
  return String(digits)
}

/// Rows of text under each other in columns; the first column is left-aligned, numbers right-aligned.
struct TextTable {
  private let rows: [[String]]

  /// - Parameter rows: the first is the header; all have as many columns.
  init(_ rows: [[String]]) { self.rows = rows }

  var text: String {
    guard let header = rows.first else { return "" }
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let isNumber = header.indices.map { column in
      rows.dropFirst().allSatisfy { $0[column].first?.isNumber ?? false || $0[column] == "-" }
        && rows.dropFirst().allSatisfy { !$0[column].contains("(") }
    }
    return rows.map { row in
      var line = ""
      for column in row.indices {
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        let isRight = column > 0 && isNumber[column]
        line += (column == 0 ? "" : "  ") + (isRight ? space + row[column] : row[column] + space)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
