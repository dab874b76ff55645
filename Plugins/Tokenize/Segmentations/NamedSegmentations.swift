import DNA
import Files
import FlowPlugin

/// The segmentations of a step with their cell types and tracks: from the input `states` and the parameters, or from
/// the input `samplesheet`.
struct NamedSegmentations: Equatable {
  /// The files.
  var paths: [String] = []
  /// By file; empty where the files name their cell types.
  var cellTypes: [String] = []
  /// By file; empty where all are of one model.
  var tracks: [String] = []

  private init(paths: [String] = [], cellTypes: [String] = [], tracks: [String] = []) {
    (self.paths, self.cellTypes, self.tracks) = (paths, cellTypes, tracks)
  }

  /// - Throws: `StepFailure`, invalid, where both are given; `GenomeError` with file and line where the sheet is
  ///   wrong or names a file that is not there; `FileError` where it cannot be read.
  init(_ step: Step, cellTypes: [String], tracks: [String]) throws {
    let states = step.inputs("states")
    let directory = step.optionalInput("files")
    guard let path = step.optionalInput("samplesheet") else {
      if directory != nil {
        throw StepFailure(
          .invalid, "files is where a samplesheet's segmentations are; give the samplesheet too")
      }
      self.init(paths: states, cellTypes: cellTypes, tracks: tracks)
      return
    }
    for (name, isGiven) in [
      ("states", !states.isEmpty), ("cell_types", !cellTypes.isEmpty), ("tracks", !tracks.isEmpty),
    ] where isGiven {
      throw StepFailure(
        .invalid,
        "\(name) is given, but so is samplesheet, which says the same; leave one of them out")
    }
    try self.init(SegmentationSheet(reading: path), files: directory)
  }

  /// - Parameter directory: where the files are, by their names; nil for where the sheet says, from its own directory.
  init(_ sheet: SegmentationSheet, files directory: String?) throws {
    self.init()
    // The sheet may be a link, as a step's inputs are: what it names lies beside the real one.
    let base = try directory ?? Path.parent(Path.real(sheet.path))
    for row in sheet.rows {
      let name = Path.name(row.states)
      guard directory == nil || !["", ".", "..", "/"].contains(name) else {
        throw GenomeError("'\(row.states)' names no file", path: sheet.path, line: row.line)
      }
      let path = directory == nil ? Path.resolve(row.states, from: base) : "\(base)/\(name)"
      guard Path.exists(path) else {
        let reason =
          row.states.contains("://") && directory == nil
          ? "'\(row.states)' is an address: fetch the files, and give their directory as files"
          : "\(path) does not exist"
        throw GenomeError(reason, path: sheet.path, line: row.line)
      }
      paths.append(path)
      cellTypes.append(row.cellType)
      if let track = row.track { tracks.append(track) }
    }
  }
}
