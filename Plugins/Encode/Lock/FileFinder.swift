import Files
import FlowPlugin

/// Finds the files that a lock is asked to hold.
struct FileFinder {
  /// Files as found, with what the portal says of them beyond the lock's columns.
  struct Found {
    var entry: LockEntry
    /// Whether there is a file that may be had.
    var isThere: Bool
  }

  /// An experiment, annotation or another item that files belong to.
  private struct Dataset {
    var path: String
    var accession: String
    var controls: [String]
    var status: String
    var supersededBy: [String]
  }

  /// Names in one request: longer addresses are refused by some servers and proxies.
  private static let batch = 80
  private static let mostFiles = 1_000_000
  private static let datasetFields = [
    "accession", "@id", "status", "superseded_by", "possible_controls.@id",
    "possible_controls.accession",
  ]
  /// Item types that have files.
  private static let datasetTypes = [
    "Experiment", "Annotation", "Reference", "FunctionalCharacterizationExperiment",
    "SingleCellUnit",
  ]

  let portal: Portal
  let selection: FileSelection
  /// Called with the number of files seen; may throw to stop.
  let progress: (Int) throws -> Void

  /// What could not be read of the portal's answers.
  private(set) var faults: [String] = []
  private var found: [String: Found] = [:]
  private var datasets: [String: Dataset] = [:]

  init(_ portal: Portal, _ selection: FileSelection, progress: @escaping (Int) throws -> Void) {
    self.portal = portal
    self.selection = selection
    self.progress = progress
  }

  /// All files of a request, sorted by accession.
  ///
  /// - Throws: `StepFailure`, invalid, where an accession does not exist or the portal refuses the query.
  mutating func find(_ request: LockRequest) throws -> [Found] {
    if let query = request.query {
      if query.types == ["File"] {
        try addFiles(query)
      } else {
        try addDatasets(query)
      }
    }
    let files = request.accessions.filter { $0.dropFirst(3).hasPrefix("FF") }
    try addFiles(named: files)
    try addDatasets(named: request.accessions.filter { !$0.dropFirst(3).hasPrefix("FF") })
    if request.controls {
      // Files that were found by themselves: their datasets say what controls them.
      let missing = Set(found.values.map { $0.entry[.dataset] }).subtracting(datasets.keys)
      try addDatasets(named: missing.filter(LockRequest.isAccession).sorted())
      let controls = Set(datasets.values.flatMap(\.controls)).subtracting(datasets.keys)
      try addDatasets(named: controls.sorted())
    }
    try addFiles(of: datasets.values.map(\.path).sorted())
    for accession in found.keys {
      guard let dataset = datasets[found[accession]?.entry[.dataset] ?? ""] else { continue }
      found[accession]?.entry[.controls] = dataset.controls.sorted().joined(separator: " ")
    }
    return found.values.sorted { $0.entry.accession < $1.entry.accession }
  }

  /// Datasets that should not be used any more, a line each, with what stands in their place.
  var withdrawnDatasets: [String] {
    datasets.values.filter { LockReport.withdrawn.contains($0.status) }
      .sorted { $0.accession < $1.accession }
      .map { dataset in
        let successors = dataset.supersededBy.joined(separator: ", ")
        return "\(dataset.accession) is \(cell(dataset.status))"
          + (successors.isEmpty ? "" : ", superseded by \(successors)")
      }
  }

  // MARK: - Datasets

  private mutating func addDatasets(_ query: PortalQuery) throws {
    var added: [Dataset] = []
    _ = try portal.search(query, fields: Self.datasetFields, limit: nil) { item in
      added.append(Self.dataset(item))
    }
    for dataset in added where !dataset.path.isEmpty { datasets[dataset.accession] = dataset }
  }

  private mutating func addDatasets(named accessions: [String]) throws {
    for batch in accessions.batches(of: Self.batch) {
      var query = PortalQuery()
      query.add("type", Self.datasetTypes)
      query.add("accession", batch)
      try addDatasets(query)
    }
    // An accession of another type, or one that was merged into another, is found only by its page.
    for accession in accessions where datasets[accession] == nil {
      guard let item = try portal.item(accession, frame: "object"), item["@id"]?.string != nil
      else {
        throw StepFailure(
          .invalid,
          "\(accession): \(portal.address) has no such item, or does not show it without a key")
      }
      datasets[accession] = Self.dataset(item)
    }
  }

  private static func dataset(_ item: JSON) -> Dataset {
    var controls = item.texts(at: "possible_controls.accession")
    if controls.isEmpty {
      let paths = item.texts(at: "possible_controls.@id") + item.texts(at: "possible_controls")
      controls = paths.map(LockEntry.accession)
    }
    return Dataset(
      path: item.text(at: "@id"), accession: item.text(at: "accession"),
      controls: controls.filter(LockRequest.isAccession), status: item.text(at: "status"),
      supersededBy: (item.texts(at: "superseded_by.accession") + item.texts(at: "superseded_by"))
        .map(LockEntry.accession))
  }

  // MARK: - Files

  private mutating func addFiles(of paths: [String]) throws {
    for batch in paths.batches(of: Self.batch) {
      var query = PortalQuery([.init(field: "type", value: "File")])
      query.add("dataset", batch)
      // The portal leaves out what is not asked for; the status is judged here, so that it can be told.
      query.add("assembly", selection.assembly)
      query.add("output_type", selection.outputType)
      if !selection.fileFormat.contains(where: { $0.contains(" ") }) {
        query.add("file_format", selection.fileFormat)
      } else if selection.fileFormat.allSatisfy({ $0.contains(" ") }) {
        query.add("file_type", selection.fileFormat)
      }
      try addFiles(query)
    }
  }

  private mutating func addFiles(named accessions: [String]) throws {
    for batch in accessions.batches(of: Self.batch) {
      var query = PortalQuery([.init(field: "type", value: "File")])
      query.add("accession", batch)
      try addFiles(query)
    }
    for accession in accessions where found[accession] == nil {
      guard let item = try portal.item(accession, frame: "embedded") else {
        throw StepFailure(
          .invalid,
          "\(accession): \(portal.address) has no such file, or does not show it without a key")
      }
      try add(item)
    }
  }

  private mutating func addFiles(_ query: PortalQuery) throws {
    var items: [Found] = []
    var faults: [String] = []
    _ = try portal.search(query, fields: LockEntry.portalFields, limit: nil) { item in
      do throws(LockEntry.Fault) {
        items.append(try Self.file(item, portal.address))
      } catch { faults.append(error.reason) }
      try progress(found.count + items.count)
    }
    for item in items { found[item.entry.accession] = item }
    self.faults += faults
    guard found.count <= Self.mostFiles else {
      throw StepFailure(.invalid, "more than \(Self.mostFiles) files: narrow the query")
    }
  }

  private mutating func add(_ item: JSON) throws(StepFailure) {
    do throws(LockEntry.Fault) {
      let file = try Self.file(item, portal.address)
      found[file.entry.accession] = file
    } catch { throw StepFailure(.failed, "the portal's answer: \(error.reason)") }
  }

  private static func file(_ item: JSON, _ portal: String) throws(LockEntry.Fault) -> Found {
    Found(
      entry: try LockEntry(file: item, portal: portal),
      isThere: item["no_file_available"]?.boolean != true && item["restricted"]?.boolean != true)
  }
}

extension Array {
  /// The elements in order, at most `count` at a time.
  fileprivate func batches(of count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map {
      Array(self[$0..<Swift.min($0 + count, self.count)])
    }
  }
}
