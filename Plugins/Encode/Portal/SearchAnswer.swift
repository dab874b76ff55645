import Files

/// What a search answers beside the items themselves.
struct SearchAnswer {
  /// How many values of a field the found items have.
  struct Facet: Equatable {
    let field: String
    let title: String
    let terms: [Term]

    struct Term: Equatable {
      let value: String
      let count: Int
    }
  }

  /// The number of items that match, whatever the limit was.
  private(set) var total = 0
  private(set) var facets: [Facet] = []
  /// The portal's word on the search: "Success", "No results found".
  private(set) var notification = ""
  private(set) var error: PortalError?
  private var hasItems = false

  /// Reads an answer's text, giving its items one by one.
  ///
  /// - Throws: `JSONReader.Fault`; what `each` throws.
  init(_ text: [UInt8], each: (JSON) throws -> Void) throws {
    var reader = JSONReader(text)
    var others: [String: JSON] = [:]
    try reader.beginObject()
    while let name = try reader.nextMember() {
      switch name {
      case "@graph":
        hasItems = true
        try reader.beginArray()
        while try reader.nextElement() { try each(try reader.readValue()) }
      case "facets":
        facets = (try reader.readValue().array ?? []).compactMap(Facet.init)
      case "total", "notification", "status", "title", "description", "detail", "code":
        others[name] = try reader.readValue()
      default: try reader.skipValue()
      }
    }
    try reader.end()
    total = others["total"]?.integer ?? 0
    notification = others["notification"]?.string ?? ""
    error = PortalError(.object(others))
  }

  /// Whether it is the answer of a search that found nothing, which comes with status 404 as an error does.
  var isEmptySearch: Bool { error == nil && hasItems && total == 0 }
}

extension SearchAnswer.Facet {
  /// Nil for what is not a list of values, such as a facet of statistics.
  init?(_ json: JSON) {
    guard let field = json["field"]?.string, let terms = json["terms"]?.array else { return nil }
    self.field = field
    title = json["title"]?.string ?? field
    self.terms = terms.compactMap { term in
      guard let count = term["doc_count"]?.integer, count > 0 else { return nil }
      let key = term["key_as_string"] ?? term["key"]
      return key.map { Term(value: $0.texts(at: "").first ?? "", count: count) }
    }
  }
}
