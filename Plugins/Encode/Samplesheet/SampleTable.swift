import FlowPlugin

/// Sequencing runs as samples with replicates and controls, as nf-core's pipelines count them.
///
/// Replicates of a sample are numbered from 1 without gaps; several runs of a replicate are technical replicates. All
/// runs of a sample are of one kind, single-end or paired-end, so that an experiment with both is two samples.
/// https://nf-co.re/chipseq/2.1.0/docs/usage/, bin/check_samplesheet.py of the pipeline.
struct SampleTable {
  struct Row: Equatable {
    var run: SequencingRun
    var sample: String
    var replicate: Int
    /// Empty for a control.
    var antibody = ""
    var control: Control?
  }

  struct Control: Hashable {
    var sample: String
    var replicate: Int
  }

  private(set) var rows: [Row] = []
  /// Runs whose controls the lock does not have: dataset and controls.
  private(set) var uncontrolled: [String: [String]] = [:]

  /// - Parameter hasLabels: whether a sample's name tells its target and biosample beside its accession.
  init(_ runs: [SequencingRun], hasLabels: Bool) {
    let kinds = Dictionary(runs.map { ($0.dataset, Set([$0.isPaired])) }) { $0.union($1) }
    var replicates: [String: [Int]] = [:]
    let samples = runs.map { run in
      let name = Self.name(run, hasLabels, isMixed: (kinds[run.dataset]?.count ?? 1) > 1)
      replicates[name, default: []].append(run.biologicalReplicate)
      return name
    }
    let numbers = replicates.mapValues { Set($0).sorted() }
    rows = zip(runs, samples).map { run, sample in
      let place = numbers[sample]?.firstIndex(of: run.biologicalReplicate) ?? 0
      return Row(run: run, sample: sample, replicate: place + 1)
    }
    addControls(runs)
  }

  private mutating func addControls(_ runs: [SequencingRun]) {
    var rowOfFile: [String: Int] = [:]
    var rowsOfDataset: [String: [Int]] = [:]
    for (index, row) in rows.enumerated() {
      for file in [row.run.first, row.run.second].compactMap(\.self) {
        rowOfFile[file.accession] = index
      }
      rowsOfDataset[row.run.dataset, default: []].append(index)
    }
    // One control for all runs of a replicate: their reads are merged, and then compared with it.
    let replicates = Dictionary(grouping: rows.indices) {
      Control(sample: rows[$0].sample, replicate: rows[$0].replicate)
    }
    for indices in replicates.values {
      let files = indices.map { rows[$0].run.first }
      let controls = Set(files.flatMap { $0.list(.controls) }).sorted()
      let named = files.flatMap { $0.list(.controlledBy) }
      guard !controls.isEmpty || !named.isEmpty else { continue }
      // The file that the submitter named; else the control experiment, its same replicate if there is one.
      let others = controls.flatMap { rowsOfDataset[$0] ?? [] }
      let alike = others.first { rows[$0].replicate == rows[indices[0]].replicate }
      let control = named.compactMap { rowOfFile[$0] }.min() ?? alike ?? others.first
      if control == nil { uncontrolled[rows[indices[0]].run.dataset] = controls }
      for index in indices {
        rows[index].antibody = Self.plain(rows[index].run.first[.target])
        rows[index].control = control.map {
          Control(sample: rows[$0].sample, replicate: rows[$0].replicate)
        }
      }
    }
  }

  private static func name(_ run: SequencingRun, _ hasLabels: Bool, isMixed: Bool) -> String {
    let parts =
      hasLabels ? [run.first[.target], run.first[.biosample], run.dataset] : [run.dataset]
    let name = parts.map(plain).filter { !$0.isEmpty }.joined(separator: "_")
    return (name.isEmpty ? plain(run.first.accession) : name)
      + (isMixed ? run.isPaired ? "_PE" : "_SE" : "")
  }

  /// Letters, digits, `_`, `.` and `-`, which are all that may stand in a sample's name.
  static func plain(_ text: String) -> String {
    var plain = ""
    for character in text {
      if character.isASCII
        && (character.isLetter || character.isNumber || "_.-".contains(character))
      {
        plain.append(character)
      } else if plain.last != "-" {
        plain.append("-")
      }
    }
    return plain
  }
}
