import Files
import FlowCore

/// The part of a crate that tells of the files and directories, each with size and SHA-256.
struct CrateData {
  let metadata: CrateMetadata
  private var index: CrateIndex { metadata.index }

  init(metadata: CrateMetadata) { self.metadata = metadata }

  func write(to graph: EntityWriter) throws {
    for data in index.order {
      guard let item = index.items[data] else { continue }
      switch item.kind {
      // A file in a directory is told of with the directory.
      case .file where item.isPart: break
      case .file: try graph.add(file(item))
      case .directory: try write(item, data, to: graph)
      }
    }
  }

  private func entity(_ item: CrateIndex.Item) -> [String: JSON] {
    var entity: [String: JSON] = ["@id": .string(item.id), "name": .string(item.name)]
    entity["exampleOfWork"] =
      metadata.tells(.workflow)
      ? JSON.references(item.parameters.map { index.parameters[$0].id }) : nil
    return entity
  }

  private func file(_ item: CrateIndex.Item) -> [String: JSON] {
    entity(item).merging(
      Self.content(name: item.name, sha256: item.sha256, bytes: item.bytes)
    ) { first, _ in first }
  }

  private static func content(name: String, sha256: String, bytes: Int) -> [String: JSON] {
    [
      "@type": "File", "contentSize": .string("\(bytes)"), "sha256": .string(sha256),
      "encodingFormat": .string(MediaType.of(name)), "identifier": .string(URI.content(sha256)),
    ]
  }

  // MARK: Directories

  /// A part of a directory, with its identifier, and whether it is told of here.
  private struct Part {
    var entry: Artifact.Entry
    var id: String
    var item: CrateIndex.Item?
    var isToldHere: Bool
  }

  private func write(
    _ item: CrateIndex.Item, _ data: DataItem, to graph: EntityWriter
  ) throws {
    let entries = try metadata.history.ledger.entries(ofDirectory: item.sha256)
    var fields = entity(item)
    fields["@type"] = "Dataset"
    fields["contentSize"] = .string("\(item.bytes)")
    fields["description"] = .string(
      entries.count == 1 ? "A directory of 1 file." : "A directory of \(entries.count) files.")
    let croissant = entries.first { $0.path == Self.croissant }.map { part($0, of: item, data) }
    if let croissant {
      fields["subjectOf"] = .reference(croissant.id)
    }
    try graph.add(
      fields,
      lists: [
        (
          "hasPart",
          { give in
            for entry in entries { try give(part(entry, of: item, data).id) }
            for id in index.directoriesIn[data] ?? [] { try give(id) }
          }
        )
      ])
    for entry in entries {
      let part = part(entry, of: item, data)
      guard part.isToldHere else { continue }
      try graph.add(describe(part, isCroissant: part.id == croissant?.id, of: item))
    }
    if croissant != nil, item.isPart == false { try writeCroissant(to: graph) }
  }

  private func part(
    _ entry: Artifact.Entry, of directory: CrateIndex.Item, _ data: DataItem
  ) -> Part {
    var known: CrateIndex.Item?
    if case .result(let key, let output, let subpath) = data {
      let path = subpath.isEmpty ? entry.path : "\(subpath)/\(entry.path)"
      known = index.items[.result(key: key, output: output, subpath: path)]
    }
    // Published by itself, and a copy with the directory: the crate holds it twice, and tells of it twice.
    if known?.isPart == false, directory.isCopied { known = nil }
    return Part(
      entry: entry,
      id: known?.id ?? CrateIndex.part(entry.path, kind: .file, of: directory), item: known,
      // What was published by itself is told of there, what lies in a part of a directory with the directory.
      isToldHere: !directory.isPart && known?.isPart ?? true)
  }

  private func describe(
    _ part: Part, isCroissant: Bool, of directory: CrateIndex.Item
  ) -> [String: JSON] {
    var entity: [String: JSON] = ["@id": .string(part.id), "name": .string(part.entry.path)]
    if let item = part.item { entity = self.entity(item) }
    entity.merge(
      Self.content(
        name: part.entry.path, sha256: part.entry.sha256, bytes: part.entry.bytes)
    ) { first, _ in first }
    if isCroissant {
      entity["encodingFormat"] = "application/ld+json"
      entity["conformsTo"] = .reference(Self.croissantProfile)
      entity["about"] = .reference(directory.id)
    }
    return entity
  }

  // MARK: Croissant

  /// A data set that describes itself to programs that load them (https://docs.mlcommons.org/croissant/).
  private static let croissant = "croissant.json"
  private static let croissantProfile = "http://mlcommons.org/croissant/1.1"

  private func writeCroissant(to graph: EntityWriter) throws {
    try graph.addOnce([
      "@id": .string(Self.croissantProfile), "@type": "CreativeWork", "name": "Croissant",
      "version": "1.1",
    ])
  }
}
