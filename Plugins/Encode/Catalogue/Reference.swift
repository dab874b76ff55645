import Files
import FlowPlugin

/// `encode/reference`: reference genomes and segmentations by name, as a list to fetch.
public struct Reference: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var names: [String]
    var cellTypes: [String]
    var chromosomes: [String]
    var digests: Bool
    var portal: String
  }

  /// The operation's name in the manifest.
  public static let name = "reference"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`: invalid where a name is not in the catalogue, unavailable where a provider's list of
  ///   digests cannot be had.
  public func run(_ step: Step) throws {
    let sets = try parameters.names.map { name throws(StepFailure) in try Catalogue.set(name) }
    let portal = try Portal(parameters.portal, for: step)
    var digests = KnownDigests(
      portal: portal, asksProviders: parameters.digests, warn: { step.warn($0) })
    var entries: [LockEntry] = []
    for set in sets {
      for file in try files(of: set) {
        try step.checkCancellation()
        entries.append(try entry(file, of: set, &digests, portal))
        step.progress(Double(entries.count), of: 0, "files")
      }
    }
    let lock = LockFile(
      facts: [("catalogue", parameters.names.joined(separator: " "))]
        + sets.map { ("terms of \($0.name)", $0.terms) } + [("date", Day.today)],
      entries: entries)
    let unverified = lock.entries.count { $0[.md5].isEmpty }
    if unverified > 0 {
      step.warn(
        "\(count(unverified, "file")) without an md5: the provider publishes none, or it was not asked; "
          + "encode/fetch takes them only with allow_unverified")
    }
    try WholeFile.write(lock.text, to: try step.output("lock"))
    try WholeFile.write(text(sets, lock), to: try step.output("table"))
    step.record("files", .integer(lock.entries.count))
    step.record("unverified", .integer(unverified))
  }

  private func text(_ sets: [CatalogueSet], _ lock: LockFile) -> String {
    if sets.isEmpty {
      return "\(Catalogue.listing)\nepigenomes of the states:\n\(Catalogue.epigenomes)"
    }
    var text = "\(count(lock.entries.count, "file")) to fetch\n\n"
    var table = TextTable(["file", "build", "cell type", "verified by"], widest: 72)
    for entry in lock.entries {
      let md5 = entry[.md5].isEmpty ? "nothing" : "md5 of \(entry[.source])"
      let cell = [entry[.cellType], entry[.biosample]].filter { !$0.isEmpty }.joined(separator: " ")
      table.append([entry.name, entry[.assembly], cell, md5])
    }
    text += table.text + "\n"
    for set in sets { text += "\(set.name): \(set.summary); \(set.terms)\n" }
    return text
  }

  /// The files of a set that are asked for.
  private func files(of set: CatalogueSet) throws(StepFailure) -> [CatalogueSet.File] {
    switch set.kind {
    case .states: return try files(of: set, ofCellTypes: parameters.cellTypes)
    case .genome where parameters.chromosomes.isEmpty: return set.files
    case .genome:
      guard let directory = set.chromosomes else {
        throw StepFailure(
          .invalid,
          "\(set.name) comes as one file: leave out 'chromosomes', or name hg19, hg38 or mm10")
      }
      var files: [CatalogueSet.File] = []
      for chromosome in parameters.chromosomes {
        guard chromosome.hasPrefix("chr"), isPlainName(chromosome), !chromosome.contains("=") else {
          throw StepFailure(
            .invalid,
            "'\(cell(chromosome).prefix(40))' is no chromosome as UCSC names them, such as chr21")
        }
        files.append(
          .init(
            id: "\(set.name).\(chromosome)", url: "\(directory)/\(chromosome).fa.gz",
            name: "\(set.name).\(chromosome).fa.gz", digest: .list("\(directory)/md5sum.txt")))
      }
      return files
    }
  }

  private func files(
    of set: CatalogueSet, ofCellTypes cellTypes: [String]
  ) throws(StepFailure) -> [CatalogueSet.File] {
    if cellTypes.isEmpty { return set.files }
    var files: [CatalogueSet.File] = []
    for name in cellTypes {
      let all = RoadmapEpigenome.matching(name)
      guard all.count == 1, let epigenome = all.first else {
        let known =
          all.isEmpty ? "" : ": \(all.map { "\($0.id) (\($0.name))" }.joined(separator: ", "))"
        throw StepFailure(
          .invalid,
          "'\(cell(name).prefix(80))' is \(all.isEmpty ? "no" : "more than one") epigenome\(known); "
            + "`flow encode reference` lists them")
      }
      guard let file = set.files.first(where: { $0.epigenome == epigenome }) else {
        throw StepFailure(
          .invalid, "\(set.name) has no segmentation of \(epigenome.id) (\(epigenome.name))")
      }
      files.append(file)
    }
    return files
  }

  private func entry(
    _ file: CatalogueSet.File, of set: CatalogueSet, _ digests: inout KnownDigests,
    _ portal: Portal
  ) throws -> LockEntry {
    var entry = LockEntry()
    let known = try digests.of(file)
    entry[.accession] = file.id
    entry[.url] = file.url.hasPrefix("/") ? portal.url(file.url) : file.url
    entry[.mirrors] = file.mirrors.joined(separator: " ")
    entry[.md5] = known.md5 ?? ""
    entry[.bytes] = (file.bytes ?? known.bytes).map(String.init) ?? ""
    entry[.name] = file.name
    entry[.assembly] = set.build
    entry[.outputType] = set.kind == .genome ? "genome reference" : "chromatin states"
    entry[.fileFormat] = set.format
    entry[.fileType] = set.format
    entry[.dataset] = set.name
    entry[.cellType] = file.epigenome?.id ?? ""
    entry[.biosample] = file.epigenome?.name ?? ""
    entry[.source] = known.md5 == nil ? "" : known.source
    return entry
  }
}
