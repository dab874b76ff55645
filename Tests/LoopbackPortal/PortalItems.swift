import Files

/// The items of an ENCODE portal, from recorded answers, and its JSON pages over them: `/search/` and the items' own.
///
/// Of the search it has what the client uses: `field=value` and `!=`, several values, `*`, ranges, `limit`, `field=` to
/// answer only some fields, facets, and status 404 where nothing is found. Values must be equal; there is no ranking.
/// https://www.encodeproject.org/help/rest-api/
public struct PortalItems: Sendable {
  /// All items, files of experiments included, in the order in which they were added.
  public private(set) var items: [JSON] = []

  public init() {}

  /// The items of all `.json` and `.json.gz` files of a directory: each an item, a list of items, or a search's answer.
  public init(directory: String) throws {
    for name in try Path.list(directory) where name.hasSuffix(".json") || name.hasSuffix(".json.gz")
    {
      let lines = try LineReader("\(directory)/\(name)")
      var text = ""
      while let line = try lines.nextText() { text += line + "\n" }
      let json = try JSON(parsing: Array(text.utf8))
      for item in json["@graph"]?.array ?? json.array ?? [json] { add(item) }
    }
  }

  /// Adds an item; of an experiment also its files, which the portal indexes with the experiment's assay, target and
  /// biosample. An item that is there already is replaced.
  public mutating func add(_ item: JSON) {
    items.removeAll { $0["@id"] == item["@id"] }
    items.append(item)
    guard types(of: item).contains("Dataset") else { return }
    for file in item["files"]?.array ?? [] {
      guard var members = file.object else { continue }
      members["dataset"] = item["@id"]
      for name in ["assay_title", "assay_term_name", "target", "biosample_ontology"] {
        members[name] = item[name] ?? members[name]
      }
      add(.object(members))
    }
  }

  /// Changes members of the item with an accession, for tests of what the portal rarely has.
  public mutating func change(_ accession: String, _ members: [String: JSON]) {
    for index in items.indices where items[index]["accession"]?.string == accession {
      guard var item = items[index].object else { continue }
      for (name, value) in members { item[name] = value == .null ? nil : value }
      items[index] = .object(item)
    }
  }

  /// Answers what is asked of the portal; nil for what is no page of items.
  public var route: LoopbackPortal.Route {
    { request in
      guard request.side == .portal, !request.path.contains("@@") else { return nil }
      return answer(request.path, request.query).map { status, json in
        .json(json.text, status: status)
      }
    }
  }

  /// The status and the body for a path and a query.
  public func answer(_ path: String, _ query: String) -> (status: Int, json: JSON)? {
    let terms = query.split(separator: "&").map(Term.init)
    if path == "/search/" { return search(terms) }
    let parts = path.split(separator: "/").map(String.init)
    guard let name = parts.last, parts.count <= 2 else { return nil }
    let found = items.first {
      $0["@id"]?.string == "/\(parts.joined(separator: "/"))/" || $0["accession"]?.string == name
        || $0["alternate_accessions"]?.array?.contains(.string(name)) == true
    }
    if let found { return (200, found) }
    // Files and pages of others stay theirs.
    return name.hasPrefix("ENC") ? (404, Self.notFound(path)) : nil
  }

  private static func notFound(_ path: String) -> JSON {
    [
      "@type": ["HTTPNotFound", "Error"], "status": "error", "code": 404, "title": "Not Found",
      "description": "The resource could not be found.", "detail": .string(path),
    ]
  }

  // MARK: - Search

  /// `field=value` or `field!=value` of an address.
  private struct Term {
    let field: String
    let isNegated: Bool
    let value: String

    init(_ text: Substring) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(parts[0])
      isNegated = name.hasSuffix("!")
      field = isNegated ? String(name.dropLast()) : name
      value = parts.count > 1 ? Self.decoded(parts[1]) : ""
    }

    private static func decoded(_ text: Substring) -> String {
      var bytes: [UInt8] = []
      var rest = Array(text.utf8)[...]
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"),
          let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
          bytes.append(value)
          rest = rest.dropFirst(2)
        } else {
          bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    func holds(for item: JSON) -> Bool {
      let values = texts(item, field == "type" ? "@type" : field)
      switch value {
      case "*": return !values.isEmpty
      default:
        for (prefix, test) in Self.ranges where value.hasPrefix(prefix) {
          guard let bound = Double(value.dropFirst(prefix.count)) else { return false }
          return values.contains { Double($0).map { test($0, bound) } == true }
        }
        return values.contains(value)
      }
    }

    private static var ranges: [(String, (Double, Double) -> Bool)] {
      [("gt:", { $0 > $1 }), ("gte:", { $0 >= $1 }), ("lt:", { $0 < $1 }), ("lte:", { $0 <= $1 })]
    }
  }

  private func search(_ terms: [Term]) -> (Int, JSON) {
    let shown = Set(terms.filter { $0.field == "field" }.map(\.value))
    let limit = terms.last { $0.field == "limit" }?.value ?? "25"
    let filters = terms.filter {
      !["field", "limit", "format", "frame", "sort"].contains($0.field)
    }
    let wanted = Dictionary(grouping: filters.filter { !$0.isNegated }, by: \.field)
    let found = items.filter { item in
      wanted.values.allSatisfy { $0.contains { $0.holds(for: item) } }
        && !filters.contains { $0.isNegated && $0.holds(for: item) }
    }
    let graph = limit == "all" ? found : Array(found.prefix(Int(limit) ?? 25))
    let answer: JSON = [
      "@type": ["Search"], "title": "Search", "total": .integer(found.count),
      "notification": .string(found.isEmpty ? "No results found" : "Success"),
      "@graph": .array(
        graph.map { item in
          shown.isEmpty ? item : only(shown.union(["@id", "@type"]).sorted(), of: item)
        }),
      "facets": .array(found.isEmpty ? [] : facets(of: found)),
    ]
    return (found.isEmpty ? 404 : 200, answer)
  }

  private func facets(of found: [JSON]) -> [JSON] {
    [
      ("assay_title", "Assay title"), ("status", "Status"), ("target.label", "Target of assay"),
      ("biosample_ontology.term_name", "Biosample"), ("assembly", "Genome assembly"),
      ("files.file_type", "Available file types"), ("file_format", "File format"),
      ("output_type", "Output type"),
    ].compactMap { field, title in
      let counts = Dictionary(
        found.flatMap { Set(texts($0, field)).map { ($0, 1) } }, uniquingKeysWith: +)
      if counts.isEmpty { return nil }
      let terms = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      return [
        "field": .string(field), "title": .string(title),
        "terms": .array(terms.map { ["key": .string($0.key), "doc_count": .integer($0.value)] }),
      ]
    }
  }

  private func types(of item: JSON) -> [String] { texts(item, "@type") }
}

/// The texts and numbers at a path of names, of all elements of the lists on the way.
private func texts(_ json: JSON, _ path: String) -> [String] {
  var values = [json]
  for name in path.split(separator: ".") {
    values = values.flatMap { ($0.array ?? [$0]).compactMap { $0[String(name)] } }
  }
  return values.flatMap { $0.array ?? [$0] }.compactMap { value in
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .boolean(let truth): truth ? "true" : "false"
    default: nil
    }
  }
}

/// An item with nothing but what stands at some paths.
private func only(_ paths: [String], of json: JSON) -> JSON {
  if let list = json.array { return .array(list.map { only(paths, of: $0) }) }
  guard let object = json.object else { return json }
  var kept: [String: JSON] = [:]
  for (name, value) in object {
    if paths.contains(name) {
      kept[name] = value
    } else {
      let below = paths.filter { $0.hasPrefix(name + ".") }.map {
        String($0.dropFirst(name.count + 1))
      }
      if !below.isEmpty { kept[name] = only(below, of: value) }
    }
  }
  return .object(kept)
}
