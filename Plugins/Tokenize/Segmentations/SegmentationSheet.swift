import DNA
import Files

/// A table of segmentations: comma-separated, with a header that names the columns `cell_type`, `states` (the
/// file) and, where there are several models, `track`. `encode/samplesheet` writes it with the layout `states`.
///
/// Other columns are passed over. A field may stand in double quotes, as spreadsheets write it.
struct SegmentationSheet {
  struct Row: Equatable {
    let cellType: String
    /// The file as the sheet has it.
    let states: String
    /// nil where the sheet has no such column.
    let track: String?
    let line: Int
  }

  let path: String
  let rows: [Row]

  /// More than there are cell types in any atlas.
  private static let mostRows = 100_000

  /// - Throws: `GenomeError` with file and line where it is no such table; `FileError` where it cannot be read.
  init(reading path: String) throws {
    self.path = path
    // A pipe that nobody writes to would be waited for.
    _ = try FileHandle.openRegular(path)
    let lines = try LineReader(path, longestLine: 1 << 16)
    var header: Header?
    var rows: [Row] = []
    while let text = try lines.nextText() {
      if text.isEmpty || text.hasPrefix("#") { continue }
      let line = lines.lineNumber
      do throws(Fault) {
        let fields = try SegmentationSheet.fields(text)
        guard let columns = header else {
          header = try Header(fields)
          continue
        }
        rows.append(try columns.row(fields, line))
      } catch {
        throw GenomeError(error.reason, path: path, line: line)
      }
      guard rows.count <= SegmentationSheet.mostRows else {
        throw GenomeError("more than 100,000 rows", path: path, line: line)
      }
    }
    guard !rows.isEmpty else { throw GenomeError("it names no segmentation", path: path) }
    self.rows = rows
  }

  /// What is wrong with a line.
  private struct Fault: Error { let reason: String }

  /// Where the columns are.
  private struct Header {
    let cellType, states: Int
    let track: Int?
    let count: Int

    init(_ fields: [String]) throws(Fault) {
      guard let cellType = fields.firstIndex(of: "cell_type"),
        let states = fields.firstIndex(of: "states")
      else {
        throw Fault(
          reason:
            "the header must name the columns cell_type and states, with a comma between; it is "
            + "'\(fields.joined(separator: ",").prefix(80))'")
      }
      (self.cellType, self.states, count) = (cellType, states, fields.count)
      track = fields.firstIndex(of: "track")
    }

    func row(_ fields: [String], _ line: Int) throws(Fault) -> Row {
      guard fields.count == count else {
        throw Fault(reason: "\(fields.count) field(s), the header has \(count)")
      }
      for (name, place) in [("cell_type", cellType), ("states", states)] where fields[place].isEmpty
      {
        throw Fault(reason: "the field \(name) is empty")
      }
      return Row(
        cellType: fields[cellType], states: fields[states], track: track.map { fields[$0] },
        line: line)
    }
  }

  /// The fields of a line (RFC 4180, but no line break within a field).
  private static func fields(_ line: String) throws(Fault) -> [String] {
    var fields = [""]
    var isQuoted = false
    var before: Character?
    for character in line where character != "\r" {
      switch character {
      case "\"":
        // Two quotes within quotes are one.
        if !isQuoted, before == "\"" { fields[fields.count - 1].append("\"") }
        isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
      before = character
    }
    if isQuoted { throw Fault(reason: "a quote without its second") }
    return fields
  }
}
