import Files

/// What a search found, in the forms in which it is written.
struct SearchResults {
  let portal: String
  let query: PortalQuery
  let columns: [ResultColumn]
  /// The columns' texts for each item.
  let rows: [[String]]
  let answer: SearchAnswer

  /// One item a line, tab-separated, with a header.
  var tsv: String {
    ([columns.map(\.name)] + rows).map { $0.joined(separator: "\t") + "\n" }.joined()
  }

  /// One value of a facet a line.
  var facetTSV: String {
    var text = "field\ttitle\tvalue\tcount\n"
    for facet in answer.facets {
      for term in facet.terms {
        text += "\(cell(facet.field))\t\(cell(facet.title))\t\(cell(term.value))\t\(term.count)\n"
      }
    }
    return text
  }

  /// For programs: `{portal, query, total, results: [{column: text}], facets: [{field, title, terms}]}`.
  var json: JSON {
    [
      "portal": .string(portal), "query": .string(query.text), "total": .integer(answer.total),
      "results": .array(
        rows.map { row in
          .object(
            Dictionary(zip(columns, row).map { ($0.key, $1) }) { first, _ in first }
              .mapValues { .string($0) })
        }),
      "facets": .array(
        answer.facets.map { facet in
          [
            "field": .string(facet.field), "title": .string(facet.title),
            "terms": .array(
              facet.terms.map { ["value": .string($0.value), "count": .integer($0.count)] }),
          ]
        }),
    ]
  }

  /// For people: the count, the first rows, then each facet's most frequent values.
  func text(mostRows: Int) -> String {
    let type = query.types.joined(separator: ", ")
    guard !rows.isEmpty else { return "No results for \(query.text)\n" }
    var text = "\(count(answer.total, "result")) of type \(type)"
    text += rows.count < answer.total ? ", of which \(rows.count) were asked for," : ""
    text += " for \(cell(query.text))\n\n"
    var table = TextTable(columns.map(\.name))
    for row in rows.prefix(mostRows) { table.append(row) }
    text += table.text
    if rows.count > mostRows { text += "… and \(rows.count - mostRows) more in results.tsv\n" }
    var facets = TextTable(["field", "values"], widest: 110)
    for facet in answer.facets where facet.field != "type" && !facet.terms.isEmpty {
      let terms = facet.terms.prefix(5).map { "\($0.value) \($0.count)" }.joined(separator: ", ")
      facets.append([facet.field, terms + (facet.terms.count > 5 ? ", …" : "")])
    }
    return answer.facets.isEmpty ? text : text + "\n" + facets.text
  }
}

extension ResultColumn {
  /// The column's name in JSON.
  var key: String { String(name.map { $0 == " " ? "_" : $0 }) }
}
