import Files
import FlowPlugin

/// `encode/samplesheet`: the files of a lock as the table that a pipeline begins with.
public struct Samplesheet: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var layout: Layout
    var sampleNames: SampleNames
    var strandedness: String
    var withoutControls: Bool
  }

  /// Whose table it is.
  public enum Layout: String, Decodable, Sendable { case chipseq, atacseq, rnaseq, states }
  /// What samples are called by.
  public enum SampleNames: String, Decodable, Sendable { case accession, label }

  /// The operation's name in the manifest.
  public static let name = "samplesheet"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`, invalid, where the lock has no files for the layout, or not all that the layout needs.
  public func run(_ step: Step) throws {
    let lock = try LockFile.read(try step.input("lock"))
    let places = try FilePlaces(directory: step.optionalInput("files"))
    let rows: [[String]]
    switch parameters.layout {
    case .states: rows = try states(lock, places)
    case .chipseq, .atacseq, .rnaseq: rows = try samples(lock, places, step)
    }
    for (number, row) in rows.enumerated() {
      if let cell = row.first(where: { $0.contains { $0 == "," || $0 == "\"" || $0.isWhitespace } })
      {
        throw StepFailure(
          .invalid,
          "row \(number + 1): '\(cell)' has a space, comma or quote, which pipelines do not read; put the files into "
            + "a directory without")
      }
    }
    var table = TextTable(rows[0], widest: 60)
    for row in rows.dropFirst() { table.append(row) }
    let text = rows.map { $0.joined(separator: ",") + "\n" }.joined()
    try WholeFile.write(text, to: try step.output("sheet"))
    try WholeFile.write(table.text, to: try step.output("table"))
    step.record("rows", .integer(rows.count - 1))
  }

  /// Header and rows for tables of sequencing runs.
  private func samples(
    _ lock: LockFile, _ places: FilePlaces, _ step: Step
  ) throws -> [[String]] {
    let (runs, leftOut) = SequencingRun.all(in: lock)
    for reason in leftOut.prefix(20) { step.warn("left out: \(reason)") }
    guard !runs.isEmpty else {
      throw StepFailure(
        .invalid, "the lock has no FASTQ files with reads; lock some with file_format fastq")
    }
    let table = SampleTable(runs, hasLabels: parameters.sampleNames == .label)
    if parameters.layout == .chipseq, !parameters.withoutControls,
      let (dataset, controls) = table.uncontrolled.min(by: { $0.key < $1.key })
    {
      let more =
        table.uncontrolled.count > 1 ? ", and \(table.uncontrolled.count - 1) more alike" : ""
      throw StepFailure(
        .invalid,
        "the lock lacks the control of \(dataset) (\(controls.joined(separator: ", ")))\(more): lock again with "
          + "controls: true, or set without_controls")
    }
    let hasControls = table.rows.contains { $0.control != nil }
    let header: [String]
    switch parameters.layout {
    case .chipseq:
      header = [
        "sample", "fastq_1", "fastq_2", "replicate", "antibody", "control", "control_replicate",
      ]
    case .atacseq where hasControls:
      header = ["sample", "fastq_1", "fastq_2", "replicate", "control", "control_replicate"]
    case .atacseq: header = ["sample", "fastq_1", "fastq_2", "replicate"]
    case .rnaseq, .states: header = ["sample", "fastq_1", "fastq_2", "strandedness"]
    }
    return try [header]
      + table.rows.map { row in
        let files = [
          try places.path(of: row.run.first), try row.run.second.map(places.path) ?? "",
        ]
        let control = row.control.map { [$0.sample, String($0.replicate)] } ?? ["", ""]
        switch parameters.layout {
        case .chipseq:
          let antibody = row.control == nil ? "" : row.antibody
          return [row.sample] + files + [String(row.replicate), antibody] + control
        case .atacseq:
          return [row.sample] + files + [String(row.replicate)] + (hasControls ? control : [])
        case .rnaseq, .states:
          return ["\(row.sample)_REP\(row.replicate)"] + files + [parameters.strandedness]
        }
      }
  }

  /// Header and rows of segmentations by cell type.
  private func states(_ lock: LockFile, _ places: FilePlaces) throws -> [[String]] {
    let files = lock.entries.filter {
      ["bed", "bigBed", "starch"].contains($0[.fileFormat])
    }
    guard !files.isEmpty else {
      throw StepFailure(.invalid, "the lock has no segmentations (bed or bigBed)")
    }
    let names = files.map {
      SampleTable.plain($0[.cellType].isEmpty ? $0.accession : $0[.cellType])
    }
    let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    var fileOf: [String: LockEntry] = [:]
    return try [["cell_type", "states"]]
      + zip(files, names).map { file, name in
        // Of one cell type there may be segmentations of several donors or versions.
        let name = counts[name] == 1 ? name : "\(name)_\(SampleTable.plain(file[.dataset]))"
        if let other = fileOf.updateValue(file, forKey: name) {
          throw StepFailure(
            .invalid,
            "\(other.accession) and \(file.accession) are both of '\(name)': a cell type has one segmentation; lock "
              + "one of them")
        }
        return [name, try places.path(of: file)]
      }
  }
}
