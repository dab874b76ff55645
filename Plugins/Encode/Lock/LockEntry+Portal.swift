import Files

extension LockEntry {
  /// Why the portal's word on a file is of no use.
  struct Fault: Error { let reason: String }

  /// The fields of a file that a lock holds.
  static let portalFields = [
    "accession", "href", "md5sum", "content_md5sum", "file_size", "s3_uri", "cloud_metadata.url",
    "assembly", "output_type", "file_format", "file_type", "status", "dataset", "assay_title",
    "assay_term_name", "target.label", "targets.label", "biosample_ontology.term_name",
    "biological_replicates", "technical_replicates", "run_type", "paired_end", "paired_with",
    "controlled_by", "preferred_default", "date_created", "superseded_by", "no_file_available",
    "restricted",
  ]

  /// A file as the portal describes it.
  ///
  /// - Parameter portal: the portal's address, which `href` begins at.
  init(file: JSON, portal: String) throws(Fault) {
    self.init()
    let accession = file.text(at: "accession")
    guard !accession.isEmpty, accession.utf8.count <= 80,
      accession.utf8.allSatisfy({ isNameByte($0) })
    else {
      throw Fault(
        reason: "a file of the answer has no accession, or '\(cell(accession).prefix(40))'")
    }
    self[.accession] = accession
    let href = file.text(at: "href")
    guard href.hasPrefix("/"), !href.hasPrefix("//") else {
      throw Fault(
        reason: "\(accession): its address '\(cell(href).prefix(80))' is no path of the portal")
    }
    self[.url] = try Self.checked(portal + href, accession)
    let name = Path.name(href)
    guard isPlainName(name) else {
      throw Fault(reason: "\(accession): '\(cell(name).prefix(80))' cannot be a file's name")
    }
    self[.name] = name
    self[.mirrors] = Self.mirrors(file).joined(separator: " ")
    self[.md5] = Self.md5(file.text(at: "md5sum"))
    self[.contentMD5] = Self.md5(file.text(at: "content_md5sum"))
    self[.bytes] = file["file_size"]?.integer.map { $0 >= 0 ? String($0) : "" } ?? ""
    self[.assembly] = file.text(at: "assembly")
    self[.outputType] = file.text(at: "output_type")
    self[.fileFormat] = file.text(at: "file_format")
    self[.fileType] = file.text(at: "file_type")
    self[.status] = file.text(at: "status")
    self[.dataset] = Self.accession(of: file.text(at: "dataset"))
    self[.assay] = file.texts(at: "assay_title").first ?? file.text(at: "assay_term_name")
    let targets = file.texts(at: "target.label") + file.texts(at: "targets.label")
    self[.target] = Set(targets).sorted().joined(separator: ", ")
    self[.biosample] = file.text(at: "biosample_ontology.term_name")
    self[.cellType] = self[.biosample]
    self[.biologicalReplicates] = Self.sorted(file.texts(at: "biological_replicates"))
    self[.technicalReplicates] = Self.sorted(file.texts(at: "technical_replicates"))
    self[.runType] = file.text(at: "run_type")
    self[.pairedEnd] = file.text(at: "paired_end")
    self[.pairedWith] = Self.accession(of: file.text(at: "paired_with"))
    self[.controlledBy] = Self.sorted(file.texts(at: "controlled_by").map(Self.accession))
    self[.preferredDefault] = file.text(at: "preferred_default")
    self[.date] = String(file.text(at: "date_created").prefix(10))
    self[.supersededBy] = Self.sorted(file.texts(at: "superseded_by").map(Self.accession))
  }

  /// The last part of an item's path, `/files/ENCFF000AAA/`: its accession.
  static func accession(of path: String) -> String {
    let name = Path.name(path)
    return name.utf8.allSatisfy(isNameByte) ? name : ""
  }

  /// Other places with the same bytes: the bucket that everybody may read, and the address that the portal names.
  ///
  /// https://registry.opendata.aws/encode-project/
  private static func mirrors(_ file: JSON) -> [String] {
    var mirrors: [String] = []
    let object = file.text(at: "s3_uri")
    if object.hasPrefix("s3://encode-public/") {
      mirrors.append("https://encode-public.s3.amazonaws.com/" + object.dropFirst(19))
    }
    let url = file.text(at: "cloud_metadata.url")
    if !url.contains("//encode-private.") { mirrors.append(url) }
    var known: Set<String> = []
    return mirrors.filter {
      $0.hasPrefix("http") && !$0.contains(" ") && (try? checked($0, "")) != nil
        && known.insert($0).inserted
    }
  }

  private static func checked(_ url: String, _ accession: String) throws(Fault) -> String {
    do throws(Address.Fault) { return try Address(url, from: "/").text } catch {
      throw Fault(reason: "\(accession): its address: \(error.reason)")
    }
  }

  private static func md5(_ text: String) -> String {
    let text = text.lowercased()
    let isMD5 = text.utf8.count == 32 && text.allSatisfy { $0.isHexDigit && $0.isASCII }
    return isMD5 ? text : ""
  }

  /// Without duplicates, numbers by value.
  private static func sorted(_ texts: [String]) -> String {
    Set(texts.filter { !$0.isEmpty && !$0.contains(" ") }).sorted {
      (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1)
    }.joined(separator: " ")
  }
}

/// Letters, digits and what else may stand in the name of a file that others chose.
func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "._-+~=,@".utf8.contains(byte)
  }
}

/// Whether a name is safe to create: no separator, nothing hidden, no option.
func isPlainName(_ name: String) -> Bool {
  guard let first = name.utf8.first, name.utf8.count <= 200 else { return false }
  return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
    && name.utf8.allSatisfy(isNameByte)
}
