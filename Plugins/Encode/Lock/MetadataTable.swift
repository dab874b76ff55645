import Files
import FlowPlugin

/// Reads `metadata.tsv`, the table that the portal's "Download" button and `/metadata/` give.
///
/// Columns are found by name: those of experiments and of annotations differ, and their order has changed over the years.
/// Cells that the portal fills from sets come in any order and are sorted here.
/// https://www.encodeproject.org/help/batch-download/
struct MetadataTable {
  private static let mostRows = 1_000_000
  /// Where a lock's column stands in the table; the first name that is there counts.
  private static let columns: [(LockEntry.Column, [String])] = [
    (.accession, ["File accession"]), (.url, ["File download URL"]), (.md5, ["md5sum"]),
    (.bytes, ["Size"]), (.assembly, ["File assembly", "Assembly"]),
    (.outputType, ["Output type"]), (.fileFormat, ["File format"]), (.fileType, ["File type"]),
    (.status, ["File Status"]), (.dataset, ["Experiment accession", "Dataset accession"]),
    (.assay, ["Assay", "Assay term name"]), (.target, ["Experiment target", "Targets"]),
    (.biosample, ["Biosample term name"]), (.biologicalReplicates, ["Biological replicate(s)"]),
    (.technicalReplicates, ["Technical replicate(s)", "Technical replicate"]),
    (.runType, ["Run type"]), (.pairedEnd, ["Paired end"]), (.pairedWith, ["Paired with"]),
    (.controlledBy, ["Controlled by"]), (.mirrors, ["s3_uri", "S3 URL"]),
    (.date, ["Experiment date released", "Dataset date released"]),
  ]

  /// - Throws: `StepFailure`, invalid, with file and line; `FileError`.
  static func read(_ path: String) throws -> [FileFinder.Found] {
    let lines = try LineReader(path, longestLine: 1 << 22)
    func wrong(_ reason: String) -> StepFailure {
      StepFailure(.invalid, "\(path):\(lines.lineNumber): \(reason)")
    }
    var positions: [LockEntry.Column: Int] = [:]
    var format: Int?
    var width = 0
    var found: [FileFinder.Found] = []
    while let line = try lines.nextText() {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if positions.isEmpty {
        for (column, names) in columns {
          positions[column] = names.lazy.compactMap { fields.firstIndex(of: $0) }.first
        }
        format = fields.firstIndex(of: "File format type")
        width = fields.count
        for column in [LockEntry.Column.accession, .url] where positions[column] == nil {
          throw wrong("no column '\(name(of: column))' in the header; is it a metadata.tsv?")
        }
        continue
      }
      if line.isEmpty { continue }
      // Trailing empty cells may be missing.
      guard fields.count <= width else {
        throw wrong("\(fields.count) fields, but the header has \(width)")
      }
      func text(_ position: Int?) -> String {
        position.map { $0 < fields.count ? fields[$0] : "" } ?? ""
      }
      do throws(LockEntry.Fault) {
        let entry = try LockEntry(
          metadata: { text(positions[$0]) }, fileFormatType: text(format))
        found.append(FileFinder.Found(entry: entry, isThere: true))
      } catch { throw wrong(error.reason) }
      guard found.count <= mostRows else { throw wrong("more than \(mostRows) files") }
    }
    return found
  }

  private static func name(of column: LockEntry.Column) -> String {
    columns.first { $0.0 == column }?.1.first ?? column.rawValue
  }
}

extension LockEntry {
  /// A row of `metadata.tsv`.
  ///
  /// - Parameters:
  ///   - text: the cell of a column.
  ///   - fileFormatType: what a format holds, which older tables do not give with it.
  init(metadata text: (Column) -> String, fileFormatType: String) throws(Fault) {
    let text = text
    func list(_ column: Column) -> JSON {
      let parts = text(column).split { $0 == "," || $0 == " " }
      return .array(parts.map { .string(String($0)) })
    }
    let url = text(.url)
    guard let end = url.firstRange(of: "://"), let path = url[end.upperBound...].firstIndex(of: "/")
    else {
      throw Fault(reason: "'\(cell(url).prefix(80))' is no address of a file")
    }
    let format = text(.fileFormat)
    var type = text(.fileType).isEmpty ? format : text(.fileType)
    if type == format, !fileFormatType.isEmpty { type = "\(format) \(fileFormatType)" }
    // "CTCF-human" is the target's name; its label is what stands before the species.
    let target = text(.target).split(separator: ",").map { name in
      let name = name.drop { $0 == " " }
      return name.lastIndex(of: "-").map { String(name[..<$0]) } ?? String(name)
    }
    try self.init(
      file: [
        "accession": .string(text(.accession)), "href": .string(String(url[path...])),
        "md5sum": .string(text(.md5)), "s3_uri": .string(text(.mirrors)),
        "file_size": Int(text(.bytes)).map { .integer($0) } ?? .null,
        "assembly": .string(text(.assembly)), "output_type": .string(text(.outputType)),
        // "bed narrowPeak" stood under "File format" before the two were two columns.
        "file_format": .string(String(format.prefix { $0 != " " })), "file_type": .string(type),
        "status": .string(text(.status)), "dataset": .string(text(.dataset)),
        "assay_title": .string(text(.assay)),
        "target": ["label": .array(target.map { .string($0) })],
        "biosample_ontology": ["term_name": .string(text(.biosample))],
        "biological_replicates": list(.biologicalReplicates),
        "technical_replicates": list(.technicalReplicates), "run_type": .string(text(.runType)),
        "paired_end": .string(text(.pairedEnd)), "paired_with": .string(text(.pairedWith)),
        "controlled_by": list(.controlledBy), "date_created": .string(text(.date)),
      ], portal: String(url[..<path]))
  }
}
