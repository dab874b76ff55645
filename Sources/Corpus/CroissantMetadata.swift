import DNA
import Files
import Genome

/// `croissant.json`: what a corpus is, in the vocabulary of MLCommons' Croissant 1.1
/// (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html), for catalogues of data sets and for programs
/// that load them.
///
/// Files are told with size and SHA-256; chromosomes and tracks are records in the metadata itself, regions are
/// records that are cut out of the BED files. When and by whom the data were made, and under which licence, no file
/// tells: `facts` must.
struct CroissantMetadata {
  /// What only a person knows, and its name in Croissant.
  static let allowed = [
    "name", "description", "license", "creator", "datePublished", "url", "citeAs", "version",
  ]

  private let manifest: CorpusManifest
  /// Size and SHA-256 of the manifest's own file.
  private let own: CorpusManifest.File
  private let facts: [String: String]

  /// - Parameter facts: by name, as `name=value`.
  /// - Throws: `GenomeError` where one is not in `allowed`.
  init(
    _ manifest: CorpusManifest, own: CorpusManifest.File, facts: [String]
  ) throws(GenomeError) {
    self.manifest = manifest
    self.own = own
    self.facts = try CroissantMetadata.parse(facts)
  }

  static func parse(_ facts: [String]) throws(GenomeError) -> [String: String] {
    var found: [String: String] = [:]
    for fact in facts {
      let parts = fact.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, allowed.contains(String(parts[0])) else {
        throw GenomeError(
          "croissant: '\(fact.prefix(100))' is not a fact; write name=value with one of the names "
            + allowed.joined(separator: ", "))
      }
      found[String(parts[0])] = String(parts[1])
    }
    return found
  }

  var json: JSON {
    var members: [String: JSON] = [
      "@context": CroissantMetadata.context, "@type": "sc:Dataset",
      "conformsTo": "http://mlcommons.org/croissant/1.1",
      "name": .string(facts["name"] ?? "chromatin-state-corpus"),
      "description": .string(facts["description"] ?? description),
      "license": .string(
        facts["license"] ?? "that of the sequence and of the segmentations it was made from"),
      "url": .string(facts["url"] ?? "manifest.json"),
      "distribution": .array(([own] + manifest.files).map(file)),
      "recordSet": .array(
        [chromosomes, tracks]
          + [CorpusManifest.training, CorpusManifest.validation, CorpusManifest.test].map(regions)),
    ]
    for name in ["datePublished", "citeAs", "version"] {
      if let value = facts[name] { members[name] = .string(value) }
    }
    if let creator = facts["creator"] {
      members["creator"] = ["@type": "sc:Organization", "name": .string(creator)]
    }
    return .object(members)
  }

  private var description: String {
    let bases = manifest.chromosomes.reduce(0) { $0 + $1.length }
    let cells = Set(manifest.tracks.flatMap(\.cellTypes)).count
    let tracks = manifest.tracks.map { "\($0.name) (\($0.cellTypes.count) cell types)" }
    return "A reference sequence of \(bases) bases at two bits a base"
      + (tracks.isEmpty
        ? "." : " and chromatin states of \(cells) cell types: \(tracks.joined(separator: ", ")).")
      + " Format \(manifest.format)."
  }

  private func file(_ file: CorpusManifest.File) -> JSON {
    let isText = [".bed", ".txt"].contains { file.path.hasSuffix($0) }
    let encoding =
      file.path.hasSuffix(".json")
      ? "application/json" : isText ? "text/plain" : "application/octet-stream"
    return [
      "@type": "cr:FileObject", "@id": .string(file.path), "name": .string(file.path),
      "contentUrl": .string(file.path), "contentSize": .string("\(file.bytes) B"),
      "encodingFormat": .string(encoding), "sha256": .string(file.sha256),
    ]
  }

  private var chromosomes: JSON {
    recordSet(
      "chromosomes", "The sequences, in the order in which they lie in the files.",
      fields: [("name", "sc:Text"), ("length", "sc:Integer")],
      data: manifest.chromosomes.map { ["name": .string($0.name), "length": .integer($0.length)] })
  }

  private var tracks: JSON {
    recordSet(
      "tracks",
      "Each file of states: which cell type and model, and what its bytes mean, by value.",
      fields: [
        ("track", "sc:Text"), ("bin_size", "sc:Integer"), ("cell_type", "sc:Text"),
        ("file", "sc:Text"), ("state_names", "sc:Text"),
      ],
      data: manifest.tracks.flatMap { track in
        zip(track.cellTypes, manifest.paths(of: track)).map { cell, path in
          [
            "track": .string(track.name), "bin_size": .integer(track.binSize),
            "cell_type": .string(cell), "file": .string(path),
            "state_names": .string(track.stateNames.joined(separator: "\t")),
          ]
        }
      })
  }

  private func recordSet(
    _ name: String, _ description: String, fields: [(String, JSON)], data: [[String: JSON]]
  ) -> JSON {
    [
      "@type": "cr:RecordSet", "@id": .string(name), "name": .string(name),
      "description": .string(description),
      "field": .array(
        fields.map { field, type in
          [
            "@type": "cr:Field", "@id": .string("\(name)/\(field)"),
            "name": .string(field), "dataType": type,
          ]
        }),
      "data": .array(
        data.map { row in
          .object(Dictionary(uniqueKeysWithValues: row.map { ("\(name)/\($0)", $1) }))
        }),
    ]
  }

  /// Lines of a BED file cut by expressions: Croissant's readers of tables take the first line for names.
  private func regions(_ path: String) -> JSON {
    let name = String(path.dropLast(4))
    let columns: [(String, JSON)] = [
      ("chromosome", "sc:Text"), ("start", "sc:Integer"), ("end", "sc:Integer"),
    ]
    return [
      "@type": "cr:RecordSet", "@id": .string(name), "name": .string(name),
      "description": .string("The \(name) regions, 0-based and half-open."),
      "field": .array(
        columns.enumerated().map { place, column in
          let before = String(repeating: "[^\\t]+\\t", count: place)
          return [
            "@type": "cr:Field", "@id": .string("\(name)/\(column.0)"),
            "name": .string(column.0), "dataType": column.1,
            "source": [
              "fileObject": ["@id": .string(path)], "extract": ["fileProperty": "lines"],
              "transform": ["regex": .string("^\(before)([^\\t]+)")],
            ],
          ]
        }),
    ]
  }

  /// Croissant 1.1's, appendix 1 of the specification.
  private static let context: JSON = [
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs",
    "column": "cr:column", "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "data": ["@id": "cr:data", "@type": "@json"],
    "dataType": ["@id": "cr:dataType", "@type": "@vocab"], "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": ["@id": "cr:examples", "@type": "@json"], "extract": "cr:extract",
    "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex",
    "repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source",
    "subField": "cr:subField", "transform": "cr:transform",
  ]
}
