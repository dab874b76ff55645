import FlowPlugin

/// Which of the found files go into a lock, and what is said of the others.
struct FileSelection {
  /// Of several values any will do; an empty list asks for nothing.
  var assembly: [String] = []
  var outputType: [String] = []
  var fileFormat: [String] = []
  var status: [String] = ["released"]
  /// Only the files that the portal's own browser shows first.
  var preferredDefault = false

  /// Why a file is not taken.
  enum Refusal: Hashable {
    /// It is not what was asked for.
    case other
    /// It has another status.
    case status(String)
    /// The portal knows of it, but nobody can have it.
    case unavailable
  }

  /// What speaks against a file; nil where nothing does.
  func refusal(of entry: LockEntry, isThere: Bool) -> Refusal? {
    let format = fileFormat.isEmpty || fileFormat.contains(entry[.fileFormat])
    guard assembly.isEmpty || assembly.contains(entry[.assembly]),
      outputType.isEmpty || outputType.contains(entry[.outputType]),
      format || fileFormat.contains(entry[.fileType]),
      !preferredDefault || entry[.preferredDefault] == "true"
    else { return .other }
    guard status.isEmpty || status.contains(entry.status) else { return .status(entry.status) }
    return isThere ? nil : .unavailable
  }

  /// The selection in the syntax of a query, for the lock's `files` fact.
  var query: PortalQuery {
    var query = PortalQuery()
    query.add("assembly", assembly)
    query.add("output_type", outputType)
    query.add("file_format", fileFormat)
    query.add("status", status)
    if preferredDefault { query.add("preferred_default", ["true"]) }
    return query
  }
}

extension FileSelection {
  /// The selection with what a query says of the files themselves, so that a query for experiments with
  /// `files.file_type=bed narrowPeak` locks these files and not the experiments' others.
  func adding(_ query: PortalQuery?) -> FileSelection {
    guard let query else { return self }
    let prefix = query.types == ["File"] ? "" : "files."
    func values(_ names: String...) -> [String] { names.flatMap { query.values(of: prefix + $0) } }
    func merged(_ own: [String], _ other: [String]) -> [String] {
      own + other.filter { !own.contains($0) }
    }
    var selection = self
    selection.assembly = merged(assembly, values("assembly"))
    selection.outputType = merged(outputType, values("output_type"))
    selection.fileFormat = merged(fileFormat, values("file_format", "file_type"))
    if prefix.isEmpty, query.terms.contains(where: { $0.field == "status" }) {
      selection.status = query.values(of: "status")
    }
    selection.preferredDefault = preferredDefault || values("preferred_default") == ["true"]
    return selection
  }

  /// The selection of a lock's `files` fact.
  init(_ query: PortalQuery) {
    assembly = query.values(of: "assembly")
    outputType = query.values(of: "output_type")
    fileFormat = query.values(of: "file_format")
    status = query.values(of: "status")
    preferredDefault = query.values(of: "preferred_default") == ["true"]
  }
}
