import Files

/// One file of a lock: what it is, where it can be had, by what it is verified.
struct LockEntry: Equatable, Sendable {
  /// A column of the lock's table; the names are those of the file.
  enum Column: String, CaseIterable, Sendable {
    case accession, url, mirrors, md5
    /// Of the bytes inside a gzip file.
    case contentMD5 = "content_md5"
    case bytes, name, assembly
    case outputType = "output_type"
    case fileFormat = "file_format"
    case fileType = "file_type"
    case status, dataset, assay, target, biosample
    /// Of a segmentation: a short name for its cell type.
    case cellType = "cell_type"
    case biologicalReplicates = "biological_replicates"
    case technicalReplicates = "technical_replicates"
    case runType = "run_type"
    case pairedEnd = "paired_end"
    case pairedWith = "paired_with"
    case controls
    case controlledBy = "controlled_by"
    case preferredDefault = "preferred_default"
    case date
    case supersededBy = "superseded_by"
    /// Where the digest was published, where it is not the portal.
    case source
  }

  /// The column's texts; what stands for nothing is absent. Lists are separated by spaces.
  private var texts: [Column: String] = [:]

  init() {}

  /// The text of a column, empty where there is none; what is set is made safe for a table.
  subscript(column: Column) -> String {
    get { texts[column] ?? "" }
    set { texts[column] = newValue.isEmpty ? nil : cell(newValue) }
  }

  /// The parts of a column that is a list.
  func list(_ column: Column) -> [String] { self[column].split(separator: " ").map(String.init) }

  var accession: String { self[.accession] }
  var name: String { self[.name] }
  var bytes: Int? { Int(self[.bytes]) }
  /// The status, of ENCODE's: released, archived, replaced, revoked, …
  var status: String { self[.status] }
}
