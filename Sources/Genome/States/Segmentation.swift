import DNA
import Files

/// A file that gives stretches of chromosomes their chromatin states, of whatever format: read by content,
/// never by name.
///
/// | format | written by |
/// |---|---|
/// | BED, 4 columns or more, state in the fourth | ChromHMM's segments (`E7`) and mnemonics (`7_Enh`) |
/// | BED, 9 columns, with colours | ChromHMM's dense files, Segway |
/// | bigBed, state in the fourth column | IDEAS' and ChromHMM's track hubs |
/// | state by line | ChromHMM's `*_statebyline.txt`: two lines of header, then a number a bin |
/// | state table | IDEAS' `.state`: `ID CHR POSst POSed`, a column a cell type, `PosClass` |
///
/// All but bigBed may be gzip. Where a file says nothing about a base, the base has no state: a gap is never taken
/// for a quiescent state, because "not looked at" and "looked at, nothing found" are not the same.
public struct Segmentation: Sendable {
  /// How a file is written.
  public enum Format: String, Sendable {
    /// BED with `E7` in the fourth column.
    case segments = "ChromHMM segments"
    /// BED with `7_Enh` in the fourth column, or any other name.
    case mnemonics = "BED with state names"
    /// BED of nine columns, with colours.
    case dense = "dense BED"
    /// bigBed with a state in the fourth column.
    case bigBed = "bigBed"
    /// ChromHMM's `*_statebyline.txt`.
    case stateByLine = "ChromHMM state by line"
    /// IDEAS' `.state`, one column a cell type.
    case ideas = "IDEAS state table"

    /// Whether one file may hold one chromosome of a cell type and others the rest.
    public var comesByChromosome: Bool { self == .stateByLine || self == .ideas }
  }

  /// A stretch of one state in one cell type. Valid only while the closure that got it runs.
  public struct Segment {
    /// The position of the cell type in `Segmentation.cellTypes`; 0 where the file names none.
    public let cellType: Int
    /// The chromosome's name as the file has it.
    public let chromosome: String
    /// The segment's bases. Equal neighbours may come as one segment or as several.
    public let interval: Interval
    /// The number of the state in the table given to `forEachSegment`.
    public let state: Int
    /// The file.
    public let path: String
    /// The line on which the segment begins, counted from 1; the row in a bigBed.
    public let line: Int

    /// An error about this segment.
    public func error(_ reason: String) -> GenomeError {
      GenomeError(reason, path: path, line: line)
    }
  }

  /// What is to be known beside the file.
  public struct Options: Sendable {
    /// Bases in a bin, where the file does not tell: of state by line. 200 is ChromHMM's default.
    public var binSize = 200
    /// Names for states that the file only numbers.
    public var labels: StateLabels?

    /// Bins of 200 bases, states as the file writes them.
    public init() {}
  }

  /// The file.
  public let path: String
  /// How it is written.
  public let format: Format
  /// The cell types that the file itself names; empty where it names none, and then it is of one.
  public let cellTypes: [String]
  let options: Options

  /// Looks at the beginning of a file.
  ///
  /// - Throws: `GenomeError` where the file is of a format that gives no states, with its name;
  ///   `FileError` where it cannot be read.
  public init(_ path: String, _ options: Options = Options()) throws {
    let found = try SegmentationFormat.detect(path)
    self.path = path
    self.options = options
    format = found.format
    cellTypes = found.cellTypes
  }

  /// Calls `body` with each segment, for each cell type in the file's order. Memory is constant.
  ///
  /// - Parameters:
  ///   - states: gains the names of the states that it does not have yet. One table for several files
  ///     gives them common numbers.
  ///   - faults: gets each line that cannot be understood, and may throw to stop the reading or return to
  ///     go on; throws if left out.
  /// - Throws: `GenomeError` with file and line, `FileError` where the file cannot be read or is cut off,
  ///   whatever `body` throws.
  public func forEachSegment(
    _ states: StateIndex, faults: (GenomeError) throws -> Void = { throw $0 },
    _ body: (Segment) throws -> Void
  ) throws {
    switch format {
    case .segments, .mnemonics, .dense:
      try BEDSegmentation(self).read(states, faults: faults, body)
    case .bigBed:
      try BigBedSegmentation(self).read(states, faults: faults, body)
    case .stateByLine:
      try StateByLine(self).read(states, faults: faults, body)
    case .ideas:
      try IDEASTable(self).read(states, faults: faults, body)
    }
  }
}
