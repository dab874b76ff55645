import Files
import FlowPlugin

/// `encode/search`: what the portal has, as tables.
public struct Search: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    let terms: SearchTerms
    let limit: Int?
    let showRows: Int

    private enum Names: String, CodingKey { case limit, showRows }

    /// - Throws: `DecodingError`.
    public init(from decoder: any Decoder) throws {
      terms = try SearchTerms(from: decoder)
      let named = try decoder.container(keyedBy: Names.self)
      limit = try named.decodeIfPresent(Int.self, forKey: .limit)
      showRows = try named.decode(Int.self, forKey: .showRows)
    }
  }

  /// The operation's name in the manifest.
  public static let name = "search"

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`: invalid where the query is wrong or the portal refuses it, unavailable where the
  ///   network is.
  public func run(_ step: Step) throws {
    let query = try parameters.terms.portalQuery()
    let doubts = parameters.terms.checkFields ? try PortalFields.check(query) : []
    let portal = try Portal(parameters.terms.portal, for: step)
    let columns = ResultColumn.of(query.types[0])
    var rows: [[String]] = []
    let answer = try portal.search(
      query, fields: columns.map(\.field), limit: parameters.limit
    ) { item in
      rows.append(columns.map { $0.text(of: item) })
      if rows.count % 1000 == 0 {
        step.progress(Double(rows.count), of: 0, "items")
        try step.checkCancellation()
      }
    }
    for doubt in doubts { step.warn(doubt) }
    // The portal's order is that of its index, which changes between two answers.
    rows.sort { $0.lexicographicallyPrecedes($1) }
    let results = SearchResults(
      portal: portal.address, query: query, columns: columns, rows: rows, answer: answer)
    var text = results.text(mostRows: parameters.showRows)
    if rows.isEmpty {
      text += try EmptySearch.explanation(of: query, in: portal)
    }
    try WholeFile.write(results.tsv, to: try step.output("results"))
    try WholeFile.write(results.facetTSV, to: try step.output("facets"))
    try WholeFile.write(results.json.prettyText, to: try step.output("json"))
    try WholeFile.write(text, to: try step.output("table"))
    step.record("query", .string(query.text))
    step.record("portal", .string(portal.address))
    step.record("total", .integer(answer.total))
  }
}
