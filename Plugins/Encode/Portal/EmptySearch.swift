import Files
import FlowPlugin

/// Why a search may have found nothing.
enum EmptySearch {
  /// Looks for each value of the query among those that the portal's items have.
  ///
  /// One more request: all items of the type, of which only the facets are read.
  ///
  /// - Returns: lines for people, each ended; empty where nothing can be said.
  static func explanation(of query: PortalQuery, in portal: Portal) throws -> String {
    let whole = PortalQuery(query.terms.filter { $0.field == "type" })
    guard whole.terms.count < query.terms.count else { return "" }
    let answer: SearchAnswer
    do {
      answer = try portal.search(whole, fields: ["accession"], limit: 1) { _ in }
    } catch let failure as StepFailure where failure.kind != .cancelled {
      // The search itself was answered: that the reason cannot be had is no failure.
      return ""
    }
    var (text, knowsAll) = ("", true)
    for term in query.terms where !term.isNegated && term.field != "type" {
      guard let facet = answer.facets.first(where: { $0.field == term.field && !$0.terms.isEmpty })
      else {
        knowsAll = false
        continue
      }
      let isPattern =
        term.value == "*" || ["gt:", "gte:", "lt:", "lte:"].contains { term.value.hasPrefix($0) }
      if isPattern || facet.terms.contains(where: { $0.value == term.value }) { continue }
      let values = facet.terms.map(\.value)
      text +=
        "no \(query.types.joined(separator: ", ")) has \(cell(term.field)) '\(cell(term.value))'; "
      if let near = Suggestion.nearest(to: term.value, among: values) {
        text += "did you mean '\(cell(near))'?\n"
      } else {
        let some = values.prefix(8).map(cell).joined(separator: ", ")
        text += "it has \(some)\(values.count > 8 ? ", …" : "")\n"
      }
    }
    return text.isEmpty && knowsAll ? "Each value exists, but no item has all of them.\n" : text
  }
}
