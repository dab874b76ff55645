import Files

/// Writes the `@graph` of a JSON-LD document, one entity a line. Only one entity is in memory, and of one with a list
/// of all files not even that.
final class EntityWriter {
  private let file: TextFile
  private var isFirst = true
  private var once: Set<String> = []

  init(_ file: TextFile) { self.file = file }

  func add(_ entity: [String: JSON]) throws {
    try begin()
    try file.write(JSON.object(entity).text)
  }

  /// Adds an entity unless one of its identifier was added so before.
  ///
  /// - Returns: its identifier.
  @discardableResult
  func addOnce(_ entity: [String: JSON]) throws -> String {
    let id = entity["@id"]?.string ?? ""
    if once.insert(id).inserted { try add(entity) }
    return id
  }

  /// Adds an entity of which some members are lists of references too long to be held.
  ///
  /// - Parameter lists: for each, its name and what gives the identifiers one by one.
  func add(
    _ entity: [String: JSON],
    lists: [(name: String, ids: ((String) throws -> Void) throws -> Void)]
  ) throws {
    try begin()
    let head = JSON.object(entity).text
    try file.write(String(head.dropLast()))
    for (name, ids) in lists {
      var count = 0
      var first = ""
      try ids { id in
        count += 1
        // A list of one is written as the one (https://www.researchobject.org/ro-crate/specification/1.1/structure).
        if count == 1 {
          first = id
          return
        }
        if count == 2 { try file.write(",\"\(name)\":[\(Self.reference(first))") }
        try file.write(",\(Self.reference(id))")
      }
      if count == 1 { try file.write(",\"\(name)\":\(Self.reference(first))") }
      if count > 1 { try file.write("]") }
    }
    try file.write("}")
  }

  private func begin() throws {
    try file.write(isFirst ? "\n" : ",\n")
    isFirst = false
  }

  private static func reference(_ id: String) -> String { JSON.reference(id).text }
}

extension JSON {
  /// `{"@id": …}`
  static func reference(_ id: String) -> JSON { ["@id": .string(id)] }

  /// References; one alone is not a list, and none are nothing.
  static func references(_ ids: [String]) -> JSON? {
    guard let first = ids.first else { return nil }
    return ids.count == 1 ? reference(first) : .array(ids.map(reference))
  }
}
