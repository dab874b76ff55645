import DNA
import Files
import Genome

extension InputSurvey {
  /// What only all files together tell.
  mutating func conclude(_ names: [String]) {
    let check = AssemblyCheck(sequence, bin: plan.binSize)
    for survey in segmentations {
      var found = survey.findings
      found.append(check.findings(ends: survey.ends, coversChromosomes: true, path: survey.path))
      findings.append(found)
    }
    cellTypes = merged(names)
    var content = Findings()
    for cellType in cellTypes {
      content.append(cellType.content.findings(path: cellType.paths.first ?? ""))
    }
    findings.append(content)
    for range in segmentationsOfTrack { findings.append(model(segmentations[range])) }
    findings.append(coverage())
    for survey in peaks {
      var found = survey.findings
      found.append(check.findings(ends: survey.ends, coversChromosomes: false, path: survey.path))
      findings.append(found)
    }
  }

  /// The cell types, from all the files that speak of each.
  private func merged(_ names: [String]) -> [CellType] {
    names.enumerated().map { position, name in
      var states: [String: SegmentationSurvey.StateContent] = [:]
      var cellType = CellType(name: name, content: ContentCheck(name, [], names: []))
      for survey in segmentations {
        for found in survey.cellTypes where found.position == position {
          cellType.paths.append(survey.path)
          if !cellType.formats.contains(survey.format.rawValue) {
            cellType.formats.append(survey.format.rawValue)
          }
          cellType.segments += found.segments
          cellType.bases += found.bases.reduce(0, +)
          for (number, content) in found.states.enumerated() {
            let state = survey.stateNames[number]
            states[state, default: .init()].bases += content.bases
            states[state, default: .init()].unknown += content.unknown
            states[state, default: .init()].cpg += content.cpg
          }
        }
      }
      let order = states.keys.sorted()
      cellType.content = ContentCheck(
        name, order.map { states[$0] ?? .init() }, names: order)
      return cellType
    }
  }

  /// Whether all segmentations of a track are of one model.
  private func model(_ segmentations: ArraySlice<SegmentationSurvey>) -> Findings {
    var findings = Findings()
    let all = Set(segmentations.flatMap(\.stateNames))
    do throws(GenomeError) {
      _ = try StateNames.ordered(all.sorted())
    } catch {
      let files = segmentations.filter { !$0.stateNames.isEmpty }
      let odd = files.first { $0.stateNames.contains { !Set(files[0].stateNames).contains($0) } }
      findings.add(
        .error, "two-models",
        error.reason
          + (odd.map { "; the first file is \(files[0].path)" + ", another \($0.path)" } ?? ""))
      return findings
    }
    let own = Set(segmentations.flatMap { $0.cellTypes.map(\.position) })
    for (position, cellType) in cellTypes.enumerated()
    where own.contains(position) && !cellType.content.states.isEmpty {
      let missing = all.subtracting(cellType.content.states.map(\.name)).sorted()
      if missing.count * 4 >= all.count {
        findings.add(
          .warning, "states-missing",
          "\(cellType.name) has \(all.count - missing.count) of the \(all.count) states; it has no "
            + missing.prefix(5).joined(separator: ", ")
            + (missing.count > 5 ? " and \(missing.count - 5) more" : "")
            + ". Is it of another model?", path: cellType.paths.first)
      }
    }
    return findings
  }

  /// Cell types without states where others have some, and cell types that are the same.
  private func coverage() -> Findings {
    var findings = Findings()
    let total = sequence.records.reduce(0) { $0 + $1.length - $1.unknown.totalLength }
    for (position, cellType) in cellTypes.enumerated() where cellType.segments > 0 {
      let without = sequence.records.indices.filter { chromosome in
        segmentations.allSatisfy { survey in
          survey.cellTypes.allSatisfy { $0.position != position || $0.bases[chromosome] == 0 }
        }
      }
      if !without.isEmpty {
        let names = without.prefix(5).map { sequence.records[$0].name }.joined(separator: ", ")
        findings.add(
          .warning, "chromosomes-without-states",
          "\(cellType.name) has no states on \(without.count) chromosome(s): \(names)",
          path: cellType.paths.first)
      }
      // A last, partial bin without a state is usual.
      let missing = total - cellType.bases
      if without.isEmpty && missing * 100 > total {
        findings.add(
          .warning, "gaps",
          "\(cellType.name) has no state for \(percent(missing, of: total)) % of the bases; they get "
            + "the state 'none'", path: cellType.paths.first)
      }
      for other in cellTypes[..<position]
      where other.segments == cellType.segments && !cellType.content.states.isEmpty
        && other.content.states.map(\.bases) == cellType.content.states.map(\.bases)
      {
        findings.add(
          .warning, "same-states",
          "\(other.name) and \(cellType.name) have equally many segments and bases in each state; are "
            + "they one segmentation under two names?", path: cellType.paths.first)
      }
    }
    return findings
  }

  /// Files that are given twice.
  func repeated(_ files: Files) -> Findings {
    var findings = Findings()
    var seen: Set<String> = []
    for path in files.sequence + files.states + files.peaks {
      let real = (try? Path.real(path)) ?? path
      if !seen.insert(real).inserted {
        findings.add(.warning, "file-twice", "the file is given twice", path: path)
      }
    }
    return findings
  }
}
