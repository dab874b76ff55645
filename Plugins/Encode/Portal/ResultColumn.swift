import Files

/// A column of a search's results: what it is called and which of an item's fields it shows.
struct ResultColumn {
  enum Content {
    case first, all, count, date
    /// The last part of an item's path: its accession.
    case accession
  }

  let name: String
  let field: String
  let content: Content

  init(_ name: String, _ field: String, _ content: Content = .first) {
    self.name = name
    self.field = field
    self.content = content
  }

  /// The columns for items of a type.
  static func of(_ type: String) -> [ResultColumn] {
    switch type {
    case "File":
      [
        ResultColumn("accession", "accession"), ResultColumn("file type", "file_type"),
        ResultColumn("output type", "output_type"), ResultColumn("assembly", "assembly"),
        ResultColumn("bytes", "file_size"), ResultColumn("dataset", "dataset", .accession),
        ResultColumn("assay", "assay_title"), ResultColumn("target", "target.label"),
        ResultColumn("biosample", "biosample_ontology.term_name"),
        ResultColumn("date", "date_created", .date), ResultColumn("status", "status"),
      ]
    case "Annotation":
      [
        ResultColumn("accession", "accession"), ResultColumn("annotation", "annotation_type"),
        ResultColumn("biosample", "biosample_ontology.term_name", .all),
        ResultColumn("organism", "organism.scientific_name"),
        ResultColumn("targets", "targets.label", .all), ResultColumn("assembly", "assembly", .all),
        ResultColumn("date", "date_released", .date), ResultColumn("status", "status"),
        ResultColumn("files", "files.@id", .count),
      ]
    default:
      [
        ResultColumn("accession", "accession"), ResultColumn("assay", "assay_title"),
        ResultColumn("target", "target.label"),
        ResultColumn("biosample", "biosample_ontology.term_name"),
        ResultColumn("assembly", "assembly", .all), ResultColumn("lab", "lab.title"),
        ResultColumn("date", "date_released", .date), ResultColumn("status", "status"),
        ResultColumn("files", "files.@id", .count),
      ]
    }
  }

  /// The column's text for an item. What the portal gives as a set, in no order, is sorted.
  func text(of item: JSON) -> String {
    let texts = item.texts(at: field)
    switch content {
    case .first: return cell(texts.first ?? "")
    case .all: return cell(Set(texts).sorted().joined(separator: ", "))
    case .accession: return LockEntry.accession(of: texts.first ?? "")
    case .count: return String(texts.count)
    case .date: return cell(String((texts.first ?? "").prefix(10)))
    }
  }
}
