import FlowPlugin

/// The parameters by which `search` and `lock` say what they look for: a query, and names for its most common fields.
struct SearchTerms: Decodable {
  var portal: String
  var query: String
  var type: String?
  var assay: [String]
  var target: [String]
  var biosample: [String]
  var organism: [String]
  var assembly: [String]
  var outputType: [String]
  var fileFormat: [String]
  var status: [String]
  var checkFields: Bool

  /// The query with the terms that the names stand for.
  ///
  /// - Parameter defaultType: what is searched for where neither the query nor `type` says it.
  /// - Throws: `StepFailure`, invalid.
  func portalQuery(defaultType: String = "Experiment") throws(StepFailure) -> PortalQuery {
    var query: PortalQuery
    do throws(PortalQuery.Fault) {
      query = try PortalQuery(self.query, portal: portal)
    } catch { throw StepFailure(.invalid, "the query: \(error.reason)") }
    if let type { query.add("type", [type]) }
    if query.types.isEmpty { query.terms.insert(.init(field: "type", value: defaultType), at: 0) }
    let type = query.types[0]
    for (name, values) in named where !values.isEmpty {
      // Its default must not widen what the query says.
      if name == "status", query.terms.contains(where: { $0.field == "status" }) { continue }
      for value in values {
        query.add(try Self.field(name, of: type, for: value), [value])
      }
    }
    return query
  }

  /// Whether nothing is looked for: a status or a kind of file alone, of all experiments, is not meant.
  var isEmptyButStatus: Bool {
    query.allSatisfy(\.isWhitespace) && type == nil
      && [assay, target, biosample, organism].allSatisfy(\.isEmpty)
  }

  private var named: [(name: String, values: [String])] {
    [
      ("assay", assay), ("target", target), ("biosample", biosample), ("organism", organism),
      ("assembly", assembly), ("output_type", outputType), ("file_format", fileFormat),
      ("status", status),
    ]
  }

  /// The field that a name stands for.
  private static func field(
    _ name: String, of type: String, for value: String
  ) throws(StepFailure) -> String {
    // "bed narrowPeak" is a file_type: a format and what the format holds.
    let format = value.contains(" ") ? "file_type" : "file_format"
    switch (name, type) {
    case ("assay", "Annotation"): return "assay_term_name"
    case ("assay", _): return "assay_title"
    case ("target", "Annotation"): return "targets.label"
    case ("target", _): return "target.label"
    case ("biosample", _): return "biosample_ontology.term_name"
    case ("organism", "Annotation"): return "organism.scientific_name"
    case ("organism", "File"):
      throw StepFailure(
        .invalid, "'organism' is no field of the portal's files; name the assembly instead")
    case ("organism", _): return "replicates.library.biosample.donor.organism.scientific_name"
    case ("output_type", "File"): return "output_type"
    case ("output_type", _): return "files.output_type"
    case ("file_format", "File"): return format
    case ("file_format", _): return "files.\(format)"
    default: return name
    }
  }
}
