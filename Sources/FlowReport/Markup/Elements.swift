/// The few compound elements that several sections share.
package enum Elements {
  /// A section with a heading that the page's contents and tests find by `id`.
  package static func section(_ id: String, _ title: String, _ body: HTML) -> HTML {
    "<section id=\"\(id)\" aria-labelledby=\"\(id)-title\">\n<h2 id=\"\(id)-title\">\(title)</h2>\n\(body)</section>\n"
  }

  /// A block that opens on a click, without a script.
  package static func folded(_ summary: HTML, _ body: HTML, isOpen: Bool = false) -> HTML {
    let attribute: HTML = isOpen ? " open" : ""
    return "<details\(attribute)><summary>\(summary)</summary>\n\(body)</details>\n"
  }

  /// The first digits of a hash; all of it as the tooltip.
  package static func hash(_ digest: String) -> HTML {
    "<code class=\"hash\" title=\"\(digest)\">\(digest.prefix(12))</code>"
  }

  /// A table that scrolls sideways by itself where it is too wide.
  ///
  /// - Parameters:
  ///   - columns: the headings.
  ///   - numeric: positions of columns that are aligned to the right.
  ///   - rows: cells; each row as long as `columns`.
  package static func table(_ columns: [String], numeric: Set<Int> = [], rows: [[HTML]]) -> HTML {
    func attribute(_ column: Int) -> HTML { numeric.contains(column) ? " class=\"number\"" : "" }
    var body: HTML = "<div class=\"scroll\"><table>\n<thead><tr>"
    for (column, title) in columns.enumerated() {
      body += "<th scope=\"col\"\(attribute(column))>\(title)</th>"
    }
    body += "</tr></thead>\n<tbody>\n"
    for row in rows {
      body += "<tr>"
      for (column, cell) in row.enumerated() { body += "<td\(attribute(column))>\(cell)</td>" }
      body += "</tr>\n"
    }
    body += "</tbody></table></div>\n"
    return body
  }

  /// Text of several lines as it is, at most `limit` characters of it: its beginning, or with `fromEnd` its end.
  package static func verbatim(_ text: String, limit: Int = 200_000, fromEnd: Bool = false) -> HTML
  {
    // Counted in bytes: a text without line ends or with long clusters must stay bounded, too.
    guard text.utf8.count > limit else { return "<pre>\(text)</pre>\n" }
    let kept: String
    if fromEnd {
      kept = "… " + String(decoding: text.utf8.suffix(limit), as: UTF8.self)
    } else {
      kept = String(decoding: text.utf8.prefix(limit), as: UTF8.self) + " …"
    }
    return "<pre>\(kept)</pre>\n"
  }
}
