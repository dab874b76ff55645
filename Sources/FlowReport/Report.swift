import Files
import FlowCore

/// A run as one HTML page that needs nothing else: no network, no script, no font.
public enum Report {
  /// The page of a run, whether it has ended or not.
  ///
  /// - Parameters:
  ///   - run: a run of `ledger`.
  ///   - ledger: opened for reading; logs of failed steps are read from its directory.
  /// - Returns: a complete HTML document, below 2 MB. The same ledger gives the same page.
  /// - Throws: `SQLiteError` where the ledger cannot be read.
  public static func html(of run: RunRecord, in ledger: Ledger) throws -> String {
    page(try RunContents(run, in: ledger)).text
  }

  /// Writes the same page to a file, a section at a time.
  ///
  /// - Throws: `SQLiteError` where the ledger cannot be read, `FileError` where the file cannot be written.
  public static func write(_ run: RunRecord, in ledger: Ledger, to path: String) throws {
    let contents = try RunContents(run, in: ledger)
    let file = try OutputFile(path)
    for part in parts(contents) { try file.write(Array(part().text.utf8)) }
    try file.finish()
  }

  /// The most nodes that are drawn as a graph.
  static let nodeLimit = 150

  static func page(_ contents: RunContents) -> HTML {
    var page = HTML.empty
    for part in parts(contents) { page += part() }
    return page
  }

  /// What follows each other on the page, made when it is its turn.
  private static func parts(_ contents: RunContents) -> [() -> HTML] {
    [
      { head(contents) }, { Headline.html(contents) }, { Headline.failures(contents) },
      { ResultTables.html(contents) }, { graph(contents) },
      { Elements.section("timeline", "Timeline", Timeline(contents).html) },
      { Resources.html(contents.summaries) }, { ChartSection.html(contents) },
      { StepTable.html(contents) }, { StepTable.details(contents) }, { Provenance.html(contents) },
      { "</main>\n</body>\n</html>\n" },
    ]
  }

  private static func head(_ contents: RunContents) -> HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="generator" content="flow \(contents.run.flowVersion)">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="color-scheme" content="light dark">
    <title>\(contents.run.workflow) · \(contents.run.status.rawValue) · \(contents.run.id)</title>
    <style>\(Style.sheet)</style>
    </head>
    <body>
    <main>

    """
  }

  private static func graph(_ contents: RunContents) -> HTML {
    let graph = contents.isPart && contents.summaries.count > nodeLimit ? nil : StepGraph(contents)
    let count = graph?.nodes.count ?? contents.summaries.count
    guard count > 0 else { return .empty }
    guard let graph, count <= nodeLimit else {
      return Elements.section(
        "graph", "Workflow",
        "<p class=\"note\">\(count) steps are too many for a drawing; the table of steps has them.</p>\n"
      )
    }
    return Elements.section("graph", "Workflow", GraphDrawing(graph).html)
  }
}
