import Files
import FlowPlugin

/// `encode/lock`: what the portal has now, frozen into a list that can be fetched again years later.
public struct Lock: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    let terms: SearchTerms
    let accessions: [String]
    let preferredDefault: Bool
    let controls: Bool

    private enum Names: String, CodingKey { case accessions, preferredDefault, controls }

    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
      terms = try SearchTerms(from: decoder)
      let named = try decoder.container(keyedBy: Names.self)
      accessions = try named.decode([String].self, forKey: .accessions)
      preferredDefault = try named.decode(Bool.self, forKey: .preferredDefault)
      controls = try named.decode(Bool.self, forKey: .controls)
    }
  }

  /// The operation's name in the manifest.
  public static let name = "lock"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`: invalid where the query or an accession is wrong, or a file that was named may not be
  ///   had; unavailable where the network is.
  public func run(_ step: Step) throws {
    let previous = try step.optionalInput("previous").map { try LockFile.read($0) }
    let request = try request(previous, path: step.optionalInput("previous") ?? "", step)
    let (found, faults, withdrawn) = try find(request, step)
    let isNothing = found.isEmpty && step.optionalInput("metadata") == nil
    let why = try isNothing ? request.query.map { try explanation(of: $0, request, step) } : nil
    let sorted = SortedFiles(found, by: request)
    try sorted.checkNamed(request.accessions)
    var lock = LockFile(facts: request.facts + [("date", Day.today)], entries: sorted.taken)
    var changes: [LockComparison.Change]?
    if let previous {
      let comparison = LockComparison(from: previous, to: lock)
      changes = comparison.changes
      // The same answer gives the same bytes, whatever day it is.
      let isSame = previous.facts.filter { $0.key != "date" }.elementsEqual(
        lock.facts.filter { $0.key != "date" && !$0.value.isEmpty }, by: ==)
      if comparison.changes.isEmpty, isSame { lock = previous }
      for accession in comparison.replacedContent.prefix(10) {
        step.warn("\(accession): the portal has other bytes under this accession now")
      }
    }
    let report = LockReport(
      lock: lock, sorted: sorted, faults: faults, withdrawnDatasets: withdrawn, changes: changes,
      request: request)
    for warning in report.warnings { step.warn(warning) }
    try WholeFile.write(lock.text, to: try step.output("lock"))
    try WholeFile.write(LockComparison.tsv(changes ?? []), to: try step.output("changes"))
    try WholeFile.write(report.text + (why ?? ""), to: try step.output("report"))
    try WholeFile.write(report.json.prettyText, to: try step.output("json"))
    step.record("table:locked", report.table)
    step.record("files", .integer(lock.entries.count))
    step.record("bytes", .integer(report.bytes))
    for (key, value) in request.facts where !value.isEmpty && value.utf8.count < 4096 {
      step.record(key, .string(value))
    }
  }

  /// Why nothing may have been found.
  private func explanation(
    of query: PortalQuery, _ request: LockRequest, _ step: Step
  ) throws -> String {
    try EmptySearch.explanation(of: query, in: Portal(request.portal, for: step))
  }

  /// The files of the request, and what could not be read: from the portal, or from a table that it gave.
  private func find(
    _ request: LockRequest, _ step: Step
  ) throws -> ([FileFinder.Found], faults: [String], withdrawnDatasets: [String]) {
    if let table = step.optionalInput("metadata") { return (try MetadataTable.read(table), [], []) }
    var finder = FileFinder(try Portal(request.portal, for: step), request.selection) { count in
      step.progress(Double(count), of: 0, "files")
      try step.checkCancellation()
    }
    let found = try finder.find(request)
    return (found, finder.faults, finder.withdrawnDatasets)
  }

  /// What the parameters ask for; without a query and accessions, what the earlier lock was asked for.
  private func request(
    _ previous: LockFile?, path: String, _ step: Step
  ) throws(StepFailure) -> LockRequest {
    let terms = parameters.terms
    if step.optionalInput("metadata") != nil {
      guard terms.isEmptyButStatus && parameters.accessions.isEmpty else {
        throw StepFailure(
          .invalid,
          "a metadata.tsv holds its files already: give it, or a query or accessions, not both")
      }
      return try LockRequest(
        portal: "", query: nil, accessions: [], selection: selection(nil), controls: false
      )
    }
    if terms.isEmptyButStatus && parameters.accessions.isEmpty {
      guard let previous else {
        throw StepFailure(
          .invalid,
          "nothing is asked for: give a query, names such as assay and target, or accessions")
      }
      let request = try LockRequest(previous, path: path)
      // A lock is a file of anybody's: it must not decide who is sent the user's key.
      guard Origin(of: request.portal) == Origin(of: terms.portal) else {
        throw StepFailure(
          .invalid,
          "\(path): it is of the portal \(cell(request.portal)), not of \(terms.portal); if you trust it, name it: "
            + "portal: \(cell(request.portal))")
      }
      return request
    }
    var query: PortalQuery?
    if !terms.isEmptyButStatus {
      let asked = try terms.portalQuery()
      if terms.checkFields {
        for doubt in try PortalFields.check(asked) { step.warn(doubt) }
      }
      query = asked
    }
    return try LockRequest(
      portal: terms.portal, query: query, accessions: parameters.accessions,
      selection: selection(query), controls: parameters.controls)
  }

  private func selection(_ query: PortalQuery?) -> FileSelection {
    let terms = parameters.terms
    return FileSelection(
      assembly: terms.assembly, outputType: terms.outputType, fileFormat: terms.fileFormat,
      status: terms.status, preferredDefault: parameters.preferredDefault
    ).adding(query)
  }
}
